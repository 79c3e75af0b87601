import {defineCommand, type CommandContext} from '../command-line/command.ts';
import {exitCode, type ExitCode} from '../errors.ts';
import type {Session} from '../session/session.ts';
import {printerOf, type Printer} from '../output/printer.ts';
import {outputOptions, timeout} from './shared-options.ts';
import {tellGaps} from '../terminal/tell.ts';

/** `runs [RUN]`: past runs of this cluster, newest first; `-o json` gives their journals in full. */
export const runs = defineCommand({
	name: 'runs',
	summary: 'List repairs recorded in the cluster or on this machine',
	words: {usage: '[RUN]', most: 1, are: 'run'},
	examples: [
		['list runs', ''],
		['their journals', '-o json'],
	],
	options: {...outputOptions(['table', 'wide', 'name']), timeout},
	connects: true,
	async run(options, context) {
		const [{withTimeLimit}, {sessionOf}] = await Promise.all([import('../session/time-limit.ts'), import('./session-of.ts')]);
		const printer = await printerOf(options, context);
		return withTimeLimit(sessionOf(options, context), options.timeout, async session => list(context, session, printer));
	},
});

async function list(context: CommandContext, session: Session, {textOf, form, sorted, layout}: Printer): Promise<ExitCode> {
	const [{runsOf}, {runNames, runTable}] = await Promise.all([import('../session/past-runs.ts'), import('../output/run-table.ts')]);
	const {runs: all, keptIn, damaged, unseen} = await runsOf(session, context.words[0]);
	tellGaps(context, {gaps: unseen});
	for (const {error} of damaged) context.stderr.write(`${error.message}\n${error.hint}\n`);
	const runList = {apiVersion: 'hostport.dev/v1', kind: 'RunList', items: all};
	if (textOf !== undefined) context.stdout.write(textOf(runList));
	else if (form === 'name') context.stdout.write(runNames(sorted(runList).items));
	else if (all.length > 0) context.stdout.write(runTable(sorted(runList).items, keptIn, layout.headers));
	else if (unseen.length === 0) context.stdout.write('No runs.\n');
	return unseen.length > 0 ? exitCode.incomplete : exitCode.ok;
}
