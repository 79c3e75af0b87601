import {UsageError, type ExitCode} from '../errors.ts';
import {shouldColour} from '../output/colour.ts';
import {startProgressLine} from '../output/progress-line.ts';
import {proofFormats} from '../output/proof-formats.ts';
import {summaryOf} from '../proof/judge.ts';
import type {Proof} from '../proof/proof.ts';
import {nodeForTestPod} from '../proof/prove-host-ports.ts';
import {look, type Look} from '../session/look.ts';
import {outcomeOfProof} from '../session/outcome.ts';
import type {Session} from '../session/session.ts';
import {verify} from '../session/verify.ts';
import {withWays, type Ways} from '../session/ways.ts';
import {textFlag} from './flag-values.ts';
import type {CommandContext} from './command.ts';
import {sessionOf} from './session-of.ts';
import {tellGaps, tellNotice} from './tell.ts';

/** `verify`: connects to every hostPort from every place there is; ends with 0 only where all of them answered. */
export async function run(context: CommandContext): Promise<ExitCode> {
	const progress = startProgressLine(context.stderr, context.environment);
	const session = sessionOf(context, open => progress.show({type: 'question', open}));
	const {seen, proof} = await withWays(session, async ways => lookAndProve(context, session, progress, ways)).finally(progress.end);
	const colour = shouldColour(textFlag(context.flags, 'color'), context.stdout, context.environment);
	const format = (textFlag(context.flags, 'output') ?? 'table') as keyof typeof proofFormats;
	context.stdout.write(proofFormats[format]({proof, summary: summaryOf(proof), colour}));
	const alone = onlyPlaceOf(session, proof);
	if (alone !== undefined)
		context.stderr.write(`nothing was tried from another node: ${alone} alone was asked for; name a second one to connect from it too\n`);
	if (proof.results.length === 0 && proof.unasked.length === 0) {
		context.stderr.write(
			'no pod that was asked for has a hostPort, so there is nothing to connect to; --test-pod makes one for the moment\n',
		);
	}

	tellGaps(context, seen.evidence);
	return outcomeOfProof(proof, seen.evidence.gaps.length > 0);
}

async function lookAndProve(
	context: CommandContext,
	session: Session,
	progress: ReturnType<typeof startProgressLine>,
	ways: Ways,
): Promise<{readonly seen: Look; readonly proof: Proof}> {
	const seen = await look(session, {onProgress: progress.show, onNotice: says => tellNotice(context, says), ways});
	let answered = 0;
	let total = 0;
	const show = (): void => progress.show({type: 'phase', text: `connecting: ${answered} of ${total} answers`});
	const onAnswer = (): void => {
		answered += 1;
		show();
	};
	const proof = await verify(session, seen, ways, {
		withPods: context.flags['with-pods'] === true,
		fromClient: context.flags['skip-client'] !== true,
		testPodOn: context.flags['test-pod'] === true ? nodesForTestPods(context, seen) : [],
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
function nodesForTestPods({words, stderr}: CommandContext, {evidence}: Look): readonly string[] {
	if (evidence.pods.some(({hostNetwork, phase, trouble}) => !hostNetwork && phase === 'Running' && trouble !== 'Terminating')) {
		stderr.write('no test pod was made: there are hostPorts to connect to\n');
		return [];
	}

	if (words.length > 0) return words;
	const node = nodeForTestPod(evidence);
	if (node === undefined)
		throw new UsageError('there is no node for a test pod', 'A node with a running Cilium agent is needed; see kubectl hostport check.');
	return [node.name];
}
