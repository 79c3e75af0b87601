import {defineCommand, nodeWords} from '../command-line/command.ts';
import {flag, oneOf} from '../command-line/option.ts';
import {concurrency, outputOptions, reachOptions, selector} from './shared-options.ts';

/** `cleanup`: what interrupted runs have left, shown and then removed. */
export const cleanup = defineCommand({
	name: 'cleanup',
	summary: 'Find, show and remove leftovers of interrupted runs',
	words: nodeWords,
	details:
		'Leftovers are pods of this program in any namespace, unfinished files in the CNI binary folders, settings of a first node, and temporary folders of killed processes on this machine. Locks and journals of unfinished runs are shown and removed with --all only, because rollback needs them. Exit code 0: no leftovers, 1: some remain, 3: not everything could be read or removed.',
	examples: [
		['show leftovers and ask', ''],
		['only show them', '--dry-run=client'],
	],
	options: {
		yes: flag({short: 'y', help: 'do not ask'}),
		dryRun: oneOf(['none', 'client'], {fallback: 'none', help: 'client: show only'}),
		all: flag({help: 'also remove locks and journals of unfinished runs; those can then no longer be rolled back'}),
		...outputOptions(['table', 'wide']),
		selector,
		concurrency,
		...reachOptions,
	},
	connects: true,
	async run(values, context) {
		const [{withDialogue}, {cleanUp}, {showLeftovers}] = await Promise.all([
			import('./with-session.ts'),
			import('../session/cleanup.ts'),
			import('../terminal/show-leftovers.ts'),
		]);
		const wishes = {isAll: values.all, isDry: values.dryRun === 'client'};
		return withDialogue(values, context, async (opened, dialogue, printer) =>
			cleanUp(opened, wishes, dialogue, showLeftovers(context, printer)),
		);
	},
});
