import {defineCommand, nodeWords} from '../command-line/command.ts';
import {oneOf, wordsOf} from '../command-line/option.ts';
import {outputOption} from '../command-line/output-option.ts';
import {diagnosisFormats} from '../output/formats.ts';
import type {FailOn} from '../session/outcome.ts';
import {color, lookOptions, timeout} from './shared-options.ts';

const failOn = ['error', 'warning', 'never'] as const satisfies readonly FailOn[];

/** `check`: the diagnosis in the form asked for; the exit code says whether something is wrong. */
export const check = defineCommand({
	name: 'check',
	summary: 'Diagnose: every node, every hostPort, and the cause of what does not work',
	words: nodeWords,
	details: 'Results go to stdout, talk to stderr. -o name prints the nodes that are broken or degraded.',
	examples: [
		['what is wrong, and where', ''],
		['hostPorts of one namespace, every column', '-n web -o wide'],
		['fail a pipeline also on warnings', '-o junit --fail-on=warning'],
		['keep what was seen, for --from', '--save seen.json'],
	],
	options: {
		output: outputOption(wordsOf(diagnosisFormats)),
		failOn: oneOf(failOn, {
			fallback: 'error',
			help: 'which findings end with exit code 1 (default error); never: none, and 3 stays for what could not be looked at',
		}),
		...lookOptions,
		timeout,
		color,
	},
	connects: true,
	async run(options, context) {
		const [{lookInTime}, {outcomeOf}, {shouldColour}, {tellGaps}, render] = await Promise.all([
			import('./look-in-time.ts'),
			import('../session/outcome.ts'),
			import('../output/colour.ts'),
			import('./tell.ts'),
			diagnosisFormats[options.output](),
		]);
		const {stdout, environment} = context;
		const seen = await lookInTime(options, context);
		stdout.write(render({...seen, colour: shouldColour(options.color, stdout, environment)}));
		tellGaps(context, seen.evidence);
		return outcomeOf(seen, options.failOn);
	},
});
