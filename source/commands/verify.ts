import {defineCommand, nodeWords, type CommandContext, type CommandValues} from '../command-line/command.ts';
import {flag, optionalDuration, wordsOf} from '../command-line/option.ts';
import {exitCode, UsageError} from '../errors.ts';
import {proofFormats} from '../output/formats.ts';
import type {startProgressLine} from '../terminal/progress-line.ts';
import type {Proof} from '../proof/proof.ts';
import type {Look} from '../session/look.ts';
import type {Session} from '../session/session.ts';
import type {Ways} from '../session/ways.ts';
import {outputOptions, printerOf} from './output.ts';
import {agentOrSsh, color, concurrency, nodeTimeout, selector} from './shared-options.ts';
import {tellGaps, tellNotice} from '../terminal/tell.ts';

const options = {
	...outputOptions(wordsOf(proofFormats)),
	selector,
	withPods: flag({
		help: 'ask from pods too: makes small pods with the agent’s image and removes them, and runs a connection in each hostPort’s own pod, where it has a shell',
	}),
	testPod: flag({help: 'where no pod has a hostPort, make one for the moment, on each NODE or on one'}),
	wait: optionalDuration({bare: '5m', help: 'ask again until every hostPort answers, for at most so long (default 5m)'}),
	skipClient: flag({help: 'do not connect from this machine, such as where it has no way to the nodes'}),
	concurrency,
	...agentOrSsh('what connections of a node leave from (default auto: its Cilium agent)'),
	nodeTimeout,
	color,
};
type Values = CommandValues<typeof options>;
type Proved = {readonly seen: Look; readonly proof: Proof};

/** Between two times that `--wait` asks. */
const pauseMilliseconds = 5000;

/** `verify`: connects to every hostPort from every place there is; ends with 0 only where all of them answered. */
export const verify = defineCommand({
	name: 'verify',
	summary: 'Live proof: connect to every hostPort from every place there is',
	words: nodeWords,
	details:
		'Connects to each hostPort from the node itself and its loopback, from another node and from this machine, and to the pod at its own address. A place that gets no answer by version, strategy or hostIP is shown as not served, and is no failure. Over TCP a connection is proof; over UDP an answer is, and silence is none unless the pod itself answers. What fails while an agent has just started is asked again for up to 30 seconds. With NODE only the hostPorts of these nodes are asked, from these nodes. Exit code 0: all of them work, 1: some do not, 3: not everything could be asked or proved.',
	examples: [
		['connect to every hostPort', ''],
		['of one node, from pods too', 'node/worker-1 --with-pods'],
		['after a repair, until all of them answer', '--wait=10m'],
	],
	options,
	connects: true,
	async run(values, context) {
		const [{startProgressLine}, {sessionOf}, {withWays}, {summaryOf}, {outcomeOfProof}, {shouldColour}, render] = await Promise.all([
			import('../terminal/progress-line.ts'),
			import('./session-of.ts'),
			import('../session/ways.ts'),
			import('../proof/judge.ts'),
			import('../session/outcome.ts'),
			import('../output/colour.ts'),
			typeof values.output === 'string' ? proofFormats[values.output]() : undefined,
		]);
		const {sorted, textOf, layout} = await printerOf(values, context);
		const {stdout, stderr, environment} = context;
		const progress = startProgressLine(stderr, environment);
		const session = sessionOf(values, context, open => progress.show({type: 'question', open}));
		const {seen, proof} = await withWays(session, async ways => lookAndProve(values, context, {session, ways, progress})).finally(
			progress.end,
		);
		const own = (shown: Proof): string =>
			render?.({proof: shown, summary: summaryOf(proof), colour: shouldColour(values.color, stdout, environment), ...layout}) ?? '';
		stdout.write(textOf?.(proof) ?? own(sorted(proof)));
		const alone = onlyPlaceOf(session, proof);
		if (alone !== undefined)
			stderr.write(`nothing was tried from another node: ${alone} alone was asked for; name a second one to connect from it too\n`);
		if (proof.results.length === 0 && proof.unasked.length === 0) {
			stderr.write('no pod that was asked for has a hostPort, so there is nothing to connect to; --test-pod makes one for the moment\n');
		}

		tellGaps(context, seen.evidence);
		const isUnproved = values.wait !== undefined && proof.results.length === 0;
		return outcomeOfProof(proof, seen.evidence.gaps.length > 0 || isUnproved);
	},
});

type Opened = {readonly session: Session; readonly ways: Ways; readonly progress: ReturnType<typeof startProgressLine>};

/** With `--wait` again and again until there are hostPorts and every one answers; what was seen last counts. */
async function lookAndProve(values: Values, context: CommandContext, opened: Opened): Promise<Proved> {
	const {clock, signal} = context;
	const deadline = clock.now() + (values.wait ?? 0);
	const {outcomeOfProof} = await import('../session/outcome.ts');
	for (;;) {
		const proved = await lookAndProveOnce(values, context, opened, values.wait === undefined ? undefined : deadline);
		const {seen, proof} = proved;
		const isDone = proof.results.length > 0 && outcomeOfProof(proof, seen.evidence.gaps.length > 0) === exitCode.well;
		if (isDone || clock.now() >= deadline) return proved;
		opened.progress.show({type: 'phase', text: `waiting: ${(await import('../proof/judge.ts')).summaryOf(proof)}`});
		await clock.sleep(Math.min(pauseMilliseconds, Math.max(0, deadline - clock.now())), signal);
	}
}

/** @param settlesUntil until when it may wait for agents that have just started; as long as they need unless told */
async function lookAndProveOnce(
	values: Values,
	context: CommandContext,
	{session, ways, progress}: Opened,
	settlesUntil: number | undefined,
): Promise<Proved> {
	const [{look}, {verify: prove}] = await Promise.all([import('../session/look.ts'), import('../session/verify.ts')]);
	const seen = await look(session, {onProgress: progress.show, onNotice: says => tellNotice(context, says), ways, settlesUntil});
	let answered = 0;
	let total = 0;
	const show = (): void => progress.show({type: 'phase', text: `connecting: ${answered} of ${total} answers`});
	const onAnswer = (): void => {
		answered += 1;
		show();
	};
	const proof = await prove(session, seen, ways, {
		withPods: values.withPods,
		fromClient: !values.skipClient,
		settlesUntil,
		testPodOn: values.testPod ? await nodesForTestPods(context, seen) : [],
		onSettle: connections => progress.show({type: 'phase', text: settlingText(connections)}),
		onQuestions(questions) {
			total = questions.length;
			show();
		},
		onResult: onAnswer,
		onPod: onAnswer,
	});
	return {seen, proof};
}

const settlingText = (connections: number): string =>
	`an agent has just started: asking ${connections} ${connections === 1 ? 'connection' : 'connections'} again`;

/** The node that every connection inside the cluster left from, where that is so because no other was asked for. */
function onlyPlaceOf({scope: {nodes, selector}}: Session, {results}: Proof): string | undefined {
	const [first, ...others] = new Set(results.filter(({from}) => from !== 'client').map(({via}) => via));
	return (nodes.length > 0 || selector !== undefined) && others.length === 0 ? first : undefined;
}

/** On each node that was named, else on one; none where a hostPort is there to be asked anyway. */
async function nodesForTestPods({words, stderr}: CommandContext, {evidence}: Look): Promise<readonly string[]> {
	if (evidence.pods.some(({hostNetwork, phase, trouble}) => !hostNetwork && phase === 'Running' && trouble !== 'Terminating')) {
		stderr.write('no test pod was made: there are hostPorts to connect to\n');
		return [];
	}

	if (words.length > 0) return words;
	const {nodeForTestPod} = await import('../proof/prove-host-ports.ts');
	const node = nodeForTestPod(evidence);
	if (node === undefined)
		throw new UsageError('there is no node for a test pod', 'A node with a running Cilium agent is needed; see kubectl hostport check.');
	return [node.name];
}
