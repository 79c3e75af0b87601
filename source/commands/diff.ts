import {defineCommand, nodeWords} from '../command-line/command.ts';
import {exitCode} from '../errors.ts';
import {printerOf} from '../output/printer.ts';
import {outputOptions} from './output.ts';
import {color, lookOptions, strategy, timeout} from './shared-options.ts';

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
		const [{lookInTime}, {differenceList, differencesOf}, {colouredDiff, unifiedDiff}, {tellGaps}] = await Promise.all([
			import('./with-session.ts'),
			import('../session/differences.ts'),
			import('../output/unified-diff.ts'),
			import('../terminal/tell.ts'),
		]);
		const {stdout, stderr} = context;
		const {textOf, layout} = await printerOf(options, context);
		const seen = await lookInTime(options, context);
		const differences = differencesOf(seen, options.strategy);
		const {changes, owner, unseen, fileless, refusals, strategy: shown} = differences;
		const text = changes.map(change => unifiedDiff(change)).join('');
		stdout.write(textOf?.(differenceList(differences)) ?? (layout.colour ? colouredDiff(text) : text));
		if (owner !== undefined) stderr.write(`${owner.message}\n${owner.hint}\n`);
		for (const {name, reason} of unseen) stderr.write(`${name}: not read: ${reason}\n`);
		for (const {name, reason} of fileless) stderr.write(`${name}: its CNI file was not read: ${reason}\n`);
		for (const {message, hint} of refusals) stderr.write(`${shown} is not possible: ${message}\n${hint}\n`);
		tellGaps(context, seen.evidence);
		if (changes.length > 0 && fileless.length === 0) return exitCode.faults;
		const isBlind = unseen.length > 0 || fileless.length > 0 || seen.evidence.gaps.length > 0;
		return isBlind || refusals.length > 0 ? exitCode.incomplete : exitCode.well;
	},
});
