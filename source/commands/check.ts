import {formats, type Format} from '../output/formats.ts';
import {shouldColour} from '../output/colour.ts';
import {startProgressLine} from '../output/progress-line.ts';
import type {ExitCode} from '../errors.ts';
import {textFlag} from './flag-values.ts';
import type {CommandContext} from './command.ts';
import {lookInTime} from './time-limit.ts';
import {outcomeOf, tellGaps, type FailOn} from './outcome.ts';

/** `check`: the diagnosis in the form asked for; the exit code says whether something is wrong. */
export async function run(context: CommandContext): Promise<ExitCode> {
	const format = (textFlag(context.flags, 'output') ?? 'table') as Format;
	const progress = startProgressLine(context.stderr, context.environment);
	const seen = await lookInTime(context, progress.show).finally(progress.end);
	const render = await formats[format]();
	context.stdout.write(render({...seen, colour: shouldColour(textFlag(context.flags, 'color'), context.stdout, context.environment)}));
	tellGaps(context, seen.evidence);
	return outcomeOf(seen, textFlag(context.flags, 'fail-on') as FailOn | undefined);
}
