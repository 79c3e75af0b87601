import {defineCommand, nodeWords, type CommandValues} from '../command-line/command.ts';
import {flag, oneOf} from '../command-line/option.ts';
import {outputOptions} from './output.ts';
import {concurrency, reachOptions, selector} from './shared-options.ts';

const options = {
	yes: flag({short: 'y', help: 'do not ask'}),
	dryRun: oneOf(['none', 'client'], {fallback: 'none', help: 'client: show only'}),
	all: flag({help: 'also locks and journals of runs that never ended; they cannot be undone then'}),
	...outputOptions(['table', 'wide']),
	selector,
	concurrency,
	...reachOptions,
};
/** Values of the options of `cleanup`. */
export type CleanupValues = CommandValues<typeof options>;

/** `cleanup`: what interrupted runs have left, shown and then removed. */
export const cleanup = defineCommand({
	name: 'cleanup',
	summary: 'Find what interrupted runs have left, show it, and remove it',
	words: nodeWords,
	details:
		'Pods of ours in any namespace, unfinished files in the CNI binary folders, the settings of a first node, folders of this machine that a killed process has left. Locks and journals of runs that never ended are shown, and removed with --all only: a run is undone by them. Exit code 0: nothing is left, 1: something is, 3: not everything could be looked at or removed.',
	examples: [
		['show what is left and ask', ''],
		['only show it', '--dry-run=client'],
	],
	options,
	connects: true,
	run: async (values, context) => (await import('./cleanup/find-and-remove.ts')).cleanUp(values, context),
});
