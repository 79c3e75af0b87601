import {defineCommand, nodeWords} from '../command-line/command.ts';
import {flag, optionalDuration, wordsOf} from '../command-line/option.ts';
import {proofFormats} from '../output/formats.ts';
import type {Proof} from '../proof/proof.ts';
import {printerOf} from '../output/printer.ts';
import {agentOrSsh, color, concurrency, nodeTimeout, outputOptions, selector} from './shared-options.ts';

const options = {
	...outputOptions(wordsOf(proofFormats)),
	selector,
	withPods: flag({
		help: 'connect from pods too: creates small pods with the agent’s image and removes them, and connects from each hostPort’s own pod if it has a shell',
	}),
	testPod: flag({help: 'if no pod has a hostPort, create a temporary one, on each NODE or on one'}),
	wait: optionalDuration({bare: '5m', help: 'repeat until every hostPort answers, for at most this long (default 5m)'}),
	skipClient: flag({help: 'do not connect from this machine, for example if it has no route to the nodes'}),
	concurrency,
	...agentOrSsh('where connections of a node start (default auto: its Cilium agent)'),
	nodeTimeout,
	color,
};

/** `verify`: connects to every hostPort from every place there is; ends with 0 only where all of them answered. */
export const verify = defineCommand({
	name: 'verify',
	summary: 'Connect to every hostPort from its node, from another node and from here',
	words: nodeWords,
	details:
		'Connects to each hostPort from the node itself and its loopback, from another node and from this machine, and to the pod at its own address. A place that gets no answer by version, strategy or hostIP is shown as not served, which is not a failure. Over TCP a connection is proof; over UDP an answer is, and no answer proves nothing unless the pod itself answers. What fails while an agent has just started is tried again for up to 30 seconds. With NODE only the hostPorts of these nodes are asked, from these nodes. Exit code 0: all of them work, 1: some do not, 3: not everything could be asked or proved.',
	examples: [
		['connect to every hostPort', ''],
		['those of one node, from pods too', 'node/worker-1 --with-pods'],
		['after a repair, until all of them answer', '--wait=10m'],
	],
	options,
	connects: true,
	async run(values, context) {
		const [{withSession}, {lookAndProve, onlyPlaceOf}, {summaryOf}, {outcomeOfProof}, {tellGaps, tellProof}, render] = await Promise.all([
			import('./with-session.ts'),
			import('../session/look-and-prove.ts'),
			import('../proof/summary.ts'),
			import('../session/outcome.ts'),
			import('../terminal/tell.ts'),
			typeof values.output === 'string' ? proofFormats[values.output]() : undefined,
		]);
		const {sorted, textOf, layout} = await printerOf(values, context);
		const {alone, gaps, proof} = await withSession(values, context, async ({session, accesses, ...telling}) => {
			const {seen, proof: proved} = await lookAndProve(session, accesses, {...values, fromClient: !values.skipClient}, telling);
			// Of what was seen no more is held while thousands of results are put into words.
			return {proof: proved, gaps: seen.evidence.gaps, alone: onlyPlaceOf(session, proved)};
		});
		const own = (shown: Proof): string => render?.({proof: shown, summary: summaryOf(proof), ...layout}) ?? '';
		context.stdout.write(textOf?.(proof) ?? own(sorted(proof)));
		tellProof(context, proof, gaps, alone);
		tellGaps(context, {gaps});
		const isUnproved = values.wait !== undefined && proof.results.length === 0;
		return outcomeOfProof(proof, gaps.length > 0 || isUnproved);
	},
});
