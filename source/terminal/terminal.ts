import type {CommandContext} from '../command-line/command.ts';

/** Whether the terminal UI can be drawn: both ends are terminals, the environment names no CI, and the terminal can move its cursor. */
export function canDrawOn({stdin, stdout, environment}: CommandContext): boolean {
	return stdin.isTTY && stdout.isTTY && !isCi(environment) && environment['TERM'] !== 'dumb';
}

/** Whether the environment says that this is a CI job, where nobody is there to answer. */
export const isCi = ({CI: value = ''}: Readonly<Record<string, string | undefined>>): boolean => value !== '' && value !== 'false';
