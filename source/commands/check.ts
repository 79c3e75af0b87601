import {defineCommand, nodeWords, type CommandContext, type CommandValues} from '../command-line/command.ts';
import {flag, oneOf, wordsOf} from '../command-line/option.ts';
import type {Diagnosis} from '../diagnosis/diagnosis.ts';
import {UsageError} from '../errors.ts';
import {diagnosisFormats} from '../output/formats.ts';
import type {Look} from '../session/look.ts';
import type {FailOn} from '../session/outcome.ts';
import {printerOf} from '../output/printer.ts';
import {color, lookOptions, outputOptions, timeout} from './shared-options.ts';

const failOn = ['error', 'warning', 'never'] as const satisfies readonly FailOn[];

/** What its text is like, and how it ends. */
export const textOptions = {
	...outputOptions(wordsOf(diagnosisFormats)),
	failOn: oneOf(failOn, {
		fallback: 'error',
		help: 'which findings give exit code 1 (default error); never: none, but 3 stays if something could not be read',
	}),
	watch: flag({
		short: 'w',
		help: 'keep running and print a line per change; with -o json each changed diagnosis on one line',
	}),
};

const options = {
	...textOptions,
	...lookOptions,
	timeout,
	color,
};
type Values = CommandValues<typeof options>;

/** `check`: the diagnosis in the form asked for; the exit code says whether something is wrong. */
export const check = defineCommand({
	name: 'check',
	summary: 'Diagnose every node and hostPort, with the cause of what does not work',
	words: nodeWords,
	details: 'Results go to stdout, messages to stderr. -o name prints the nodes that are broken or degraded.',
	examples: [
		['see what is wrong, and where', ''],
		['hostPorts of one namespace, every column', '-n web -o wide'],
		['watch changes during a repair', '--watch'],
	],
	options,
	connects: true,
	async run(values, context) {
		if (values.watch) return watch(values, context);
		const [{lookInTime}, {outcomeOf}, {tellGaps}, render] = await Promise.all([
			import('./with-session.ts'),
			import('../session/outcome.ts'),
			import('../terminal/tell.ts'),
			typeof values.output === 'string' ? diagnosisFormats[values.output]() : undefined,
		]);
		const {sorted, textOf, layout} = await printerOf(values, context);
		const seen = await lookInTime(values, context);
		const own = (diagnosis: Diagnosis): string => render?.({...seen, diagnosis, ...layout}) ?? '';
		context.stdout.write(textOf?.(seen.diagnosis) ?? own(sorted(seen.diagnosis)));
		tellGaps(context, seen.evidence);
		return outcomeOf(seen, values.failOn);
	},
});

/** @throws UsageError where there is nothing to watch, or no form for it */
async function watch(values: Values, context: CommandContext): Promise<never> {
	if (values.from !== undefined)
		throw new UsageError('--watch cannot be used with --from', 'Remove --watch: a saved file does not change.');
	const form = typeof values.output === 'string' ? values.output : values.output.objectForm;
	if (form !== 'table' && form !== 'json')
		throw new UsageError(`--watch cannot be used with -o ${form}`, 'Use -o json, or no -o for a line per change.');
	const [{watchLines}, {withTimeLimit}, {sessionOf}, {table}, {sorted, layout}] = await Promise.all([
		import('../terminal/watch-lines.ts'),
		import('../session/time-limit.ts'),
		import('./session-of.ts'),
		import('../output/table.ts'),
		printerOf(values, context),
	]);
	const isByLine = form === 'table';
	const print = (seen: Look): void => {
		const diagnosis = sorted(seen.diagnosis);
		context.stdout.write(isByLine ? table({...seen, diagnosis, ...layout}) : `${JSON.stringify(diagnosis)}\n`);
	};
	// Without a limit: whoever watches ends it.
	return withTimeLimit(sessionOf(values, context), values.timeout ?? 0, async session => watchLines(session, context, {print, isByLine}));
}
