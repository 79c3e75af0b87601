import {exitCode, type ExitCode} from '../errors.ts';
import {isStandardOutput} from '../named-file.ts';
import type {CommandContext} from './command.ts';
import {textFlag, textsFlag} from './flag-values.ts';
import {sessionOf} from './session-of.ts';
import {canDrawOn} from './terminal.ts';

/** No command: the terminal UI; where there is no terminal, or standard output is wanted for the evidence, `check`. */
export async function run(context: CommandContext): Promise<ExitCode> {
	if (!canDrawOn(context) || isStandardOutput(textFlag(context.flags, 'save') ?? '')) {
		const {run: check} = await import('./check.ts');
		return check(context);
	}

	const {runTuiSession} = await import('../live/tui-session.ts');
	await runTuiSession(sessionOf(context), {
		sources: textsFlag(context.flags, 'portmap'),
		stdout: context.stdout,
		say: line => void context.stderr.write(`${line}\n`),
	});
	return context.signal.aborted ? exitCode.interrupted : exitCode.well;
}
