import {defineCommand, nodeWords} from '../command-line/command.ts';
import {printerOf} from '../output/printer.ts';
import {color, lookOptions, outputOptions, strategy, timeout} from './shared-options.ts';

/**
 * `diff`: what the repair would change, and nothing else; like `kubectl diff` it ends with 1 where there is a difference. Where hostPort
 * does not work and the repair would refuse, it says why and ends with 3.
 */
export const diff = defineCommand({
	name: 'diff',
	summary: 'Show current and needed CNI files and cilium-config as a diff',
	words: nodeWords,
	details: 'Unified diffs, one header for each node and file. Exit code 0: no difference, 1: some.',
	examples: [
		['what a repair would change', ''],
		['the same for kube-proxy replacement', '--strategy native'],
		['nodes whose CNI file would change', "-o jsonpath='{.items[*].node}'"],
	],
	options: {strategy, ...outputOptions(['diff']), ...lookOptions, timeout, color},
	connects: true,
	async run(options, context) {
		const [{lookInTime}, {differenceList, differencesOf}, {outcomeOfDifferences}, {diffText}, {tellDifferences, tellGaps}] =
			await Promise.all([
				import('./with-session.ts'),
				import('../session/differences.ts'),
				import('../session/outcome.ts'),
				import('../output/unified-diff.ts'),
				import('../terminal/tell.ts'),
			]);
		const {textOf, layout} = await printerOf(options, context);
		const seen = await lookInTime(options, context);
		const differences = differencesOf(seen, options.strategy);
		context.stdout.write(textOf?.(differenceList(differences)) ?? diffText(differences.changes, layout.colour));
		tellDifferences(context, differences);
		tellGaps(context, seen.evidence);
		return outcomeOfDifferences(differences, seen.evidence);
	},
});
