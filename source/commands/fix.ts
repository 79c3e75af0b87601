import {defineCommand, nodeWords} from '../command-line/command.ts';
import {flag, oneOf, textOfForm} from '../command-line/option.ts';
import {choiceOptions, chosenBy} from './chosen.ts';
import {color, concurrency, nodeTimeout, outputOptions, strategyToGo, writingOptions} from './shared-options.ts';

/** `fix`: look, plan, ask, carry out, prove. An unfinished run is resumed. */
export const fix = defineCommand({
	name: 'fix',
	summary: 'Repair: show every change, carry it out node by node, prove it; can be rolled back',
	words: nodeWords,
	details:
		'fix installs portmap on every node and runs it there before any CNI file names it. It writes each action to a journal first, in the cluster and in a local file, so that the next fix resumes an interrupted run and rollback undoes it. In a terminal it shows the cause, asks for what no flag says (strategy, source of portmap), and at last for the name of the cluster; elsewhere it needs --yes.',
	examples: [
		['show the plan and let the API server check it', '--dry-run=server'],
		['repair, asking first', '--portmap release:1.9.1'],
		['repair without a terminal, and roll back on failure', '--portmap node:worker-1 --yes --auto-rollback'],
	],
	options: {
		strategy: strategyToGo,
		...choiceOptions,
		portmapSha256: textOfForm(
			{value: 'SUM', help: 'checksum that the file or archive must have'},
			{matches: /^[\da-f]{64}$/iu, says: 'no SHA-256 checksum', hint: 'Write its 64 hexadecimal digits, as sha256sum prints them.'},
		),
		yes: flag({short: 'y', help: 'do not ask'}),
		dryRun: oneOf(['none', 'client', 'server'], {
			fallback: 'none',
			help: 'show the plan only; server: let the API server check the changes too',
		}),
		autoRollback: flag({help: 'roll back if a step fails'}),
		...outputOptions(['text']),
		concurrency,
		...writingOptions,
		nodeTimeout,
		color,
	},
	connects: true,
	async run(values, context) {
		const [{withDialogue}, {fixCluster}, {showFix}] = await Promise.all([
			import('./with-session.ts'),
			import('../session/fix-cluster.ts'),
			import('../terminal/show-repair.ts'),
		]);
		const {strategy, dryRun, autoRollback, portmapSha256: expectedSum} = values;
		const choice = {...chosenBy(values), nodes: context.words, ...(strategy !== undefined && {strategy})};
		return withDialogue(values, context, async (opened, dialogue, printer) =>
			fixCluster(opened, {choice, dryRun, autoRollback, expectedSum}, dialogue, showFix(context, printer, dryRun !== 'none')),
		);
	},
});
