import {exitCode, type ExitCode} from '../errors.ts';
import type {CommandContext} from './command.ts';
import {canDrawOn} from './terminal.ts';

/** No command: the terminal UI; where there is no terminal, `check`. */
export async function run(context: CommandContext): Promise<ExitCode> {
	if (!canDrawOn(context)) {
		const {run: check} = await import('./check.ts');
		return check(context);
	}

	const {runTuiSession} = await import('./tui-session.ts');
	await runTuiSession(context);
	return context.signal.aborted ? exitCode.interrupted : exitCode.well;
}
