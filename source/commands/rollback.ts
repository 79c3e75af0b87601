import {defineCommand} from '../command-line/command.ts';
import {flag} from '../command-line/option.ts';
import {color, outputOptions, writingOptions} from './shared-options.ts';

/** `rollback [RUN]`: undoes a run, by whomever it was begun; without a name the newest that is not undone yet. */
export const rollback = defineCommand({
	name: 'rollback',
	summary: 'Roll back a run, even one of another machine',
	words: {usage: '[RUN]', most: 1, are: 'run'},
	details:
		'Without RUN it rolls back the newest run that is not rolled back. It restores the CNI config first, then the pods; the portmap binary stays and does no harm.',
	examples: [
		['roll back the newest run', ''],
		['roll back one of kubectl hostport runs, without asking', 'RUN --yes'],
	],
	options: {
		yes: flag({short: 'y', help: 'do not ask'}),
		...outputOptions(['text']),
		...writingOptions,
		color,
	},
	connects: true,
	async run(values, context) {
		const [{withDialogue}, {rollBack}, {showRollback}] = await Promise.all([
			import('./with-session.ts'),
			import('../session/roll-back.ts'),
			import('../terminal/show-repair.ts'),
		]);
		return withDialogue(values, context, async (opened, dialogue, printer) =>
			rollBack(opened, context.words[0], dialogue, showRollback(context, printer)),
		);
	},
});
