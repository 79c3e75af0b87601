import {exitCode, type ExitCode} from '../errors.ts';
import {isStandardOutput} from '../named-file.ts';
import type {CommandContext} from './command.ts';
import {textFlag} from './flag-values.ts';
import {canDrawOn} from './terminal.ts';

/** No command: the terminal UI; where there is no terminal, or standard output is wanted for the evidence, `check`. */
export async function run(context: CommandContext): Promise<ExitCode> {
	if (!canDrawOn(context) || isStandardOutput(textFlag(context.flags, 'save') ?? '')) {
		const {run: check} = await import('./check.ts');
		return check(context);
	}

	const {runTuiSession} = await import('./tui-session.ts');
	await runTuiSession(context);
	return context.signal.aborted ? exitCode.interrupted : exitCode.well;
}
