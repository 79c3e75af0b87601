import {formats, type Format} from '../output/formats.ts';
import {shouldColour} from '../output/colour.ts';
import type {ExitCode} from '../errors.ts';
import {textFlag} from './flag-values.ts';
import type {CommandContext} from './command.ts';
import {lookInTime} from './look-in-time.ts';
import {tellGaps} from './tell.ts';
import {outcomeOf, type FailOn} from '../session/outcome.ts';

/** `check`: the diagnosis in the form asked for; the exit code says whether something is wrong. */
export async function run(context: CommandContext): Promise<ExitCode> {
	const format = (textFlag(context.flags, 'output') ?? 'table') as Format;
	const seen = await lookInTime(context);
	const render = await formats[format]();
	context.stdout.write(render({...seen, colour: shouldColour(textFlag(context.flags, 'color'), context.stdout, context.environment)}));
	tellGaps(context, seen.evidence);
	return outcomeOf(seen, textFlag(context.flags, 'fail-on') as FailOn | undefined);
}
