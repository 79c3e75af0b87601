import {exitCode, UsageError, type ExitCode} from '../errors.ts';
import {shouldColour} from '../output/colour.ts';
import {startProgressLine} from '../output/progress-line.ts';
import {proofFormats} from '../output/proof-formats.ts';
import {countOf, summaryOf} from '../proof/judge.ts';
import type {Proof} from '../proof/proof.ts';
import {nodeForTestPod, proveHostPorts} from '../proof/prove-host-ports.ts';
import {openConnection} from './connection.ts';
import {numberFlag, textFlag} from './flag-values.ts';
import type {CommandContext} from './command.ts';
import {look, type Look} from './look.ts';
import {proofWays, withWays, type Ways} from './ways.ts';

/** `verify`: connects to every hostPort from every place there is; ends with 0 only where all of them answered. */
export async function run(context: CommandContext): Promise<ExitCode> {
	const progress = startProgressLine(context.stderr, context.environment);
	const onQuestion = (open: boolean): void => progress.show({type: 'question', open});
	const {seen, proof} = await withWays(context, {onQuestion}, async ways => lookAndProve(context, progress, ways)).finally(progress.end);
	const colour = shouldColour(textFlag(context.flags, 'color'), context.stdout, context.environment);
	const format = (textFlag(context.flags, 'output') ?? 'table') as keyof typeof proofFormats;
	context.stdout.write(proofFormats[format]({proof, summary: summaryOf(proof), colour}));
	const alone = onlyPlaceOf(context, proof);
	if (alone !== undefined)
		context.stderr.write(`nothing was tried from another node: ${alone} alone was asked for; name a second one to connect from it too\n`);
	if (proof.results.length === 0 && proof.unasked.length === 0) {
		context.stderr.write(
			'no pod that was asked for has a hostPort, so there is nothing to connect to; --test-pod makes one for the moment\n',
		);
	}

	for (const gap of seen.evidence.gaps) context.stderr.write(`could not read ${gap.what}: ${gap.reason} (${gap.hint})\n`);
	return outcomeOfProof(proof, seen.evidence.gaps.length > 0);
}

async function lookAndProve(
	context: CommandContext,
	progress: ReturnType<typeof startProgressLine>,
	ways: Ways,
): Promise<{readonly seen: Look; readonly proof: Proof}> {
	const seen = await look(context, {onProgress: progress.show, ways});
	const {evidence} = seen;
	const client = await openConnection(context);
	let answered = 0;
	let total = 0;
	const show = (): void => progress.show({type: 'phase', text: `connecting: ${answered} of ${total} answers`});
	const onAnswer = (): void => {
		answered += 1;
		show();
	};
	try {
		const concurrency = numberFlag(context.flags, 'concurrency');
		const proof = await proveHostPorts(client, {
			...seen,
			signal: context.signal,
			generatedAt: new Date().toISOString(),
			...proofWays(ways),
			withPods: context.flags['with-pods'] === true,
			fromClient: context.flags['skip-client'] !== true,
			demoNetwork: context.demoNetwork,
			testPodOn: context.flags['test-pod'] === true ? nodesForTestPods(context, seen) : [],
			...(concurrency !== undefined && {concurrency}),
			settle: true,
			onSettle: connections => progress.show({type: 'phase', text: settlingText(connections)}),
			onQuestions(questions) {
				total = questions.length;
				show();
			},
			onResult: onAnswer,
			onPod: onAnswer,
		});
		if (evidence.cilium === null && evidence.pods.length > 0 && ways.via !== 'ssh') {
			return {
				seen,
				proof: {...proof, unasked: ['no Cilium agent was found: connections could leave from this machine alone', ...proof.unasked]},
			};
		}

		return {seen, proof};
	} finally {
		await client.close();
	}
}

const settlingText = (connections: number): string =>
	`an agent has just started: asking ${connections} ${connections === 1 ? 'connection' : 'connections'} again`;

/** The node that every connection inside the cluster left from, where that is so because no other was asked for. */
function onlyPlaceOf({words, flags}: CommandContext, {results}: Proof): string | undefined {
	const [first, ...others] = new Set(results.filter(({from}) => from !== 'client').map(({via}) => via));
	return (words.length > 0 || flags['selector'] !== undefined) && others.length === 0 ? first : undefined;
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

/** A connection that fails weighs more than one that could not be tried or proves nothing. */
export function outcomeOfProof(proof: Proof, hasGaps: boolean): ExitCode {
	const {fails, notProven, unasked} = countOf(proof);
	if (fails > 0) return exitCode.faults;
	return notProven > 0 || unasked > 0 || hasGaps ? exitCode.incomplete : exitCode.well;
}
