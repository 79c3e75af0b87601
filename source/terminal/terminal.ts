import type {CommandContext} from '../command-line/command.ts';

/** Whether the terminal UI can be drawn: both ends are terminals, nobody runs us from CI, and the terminal can move its cursor. */
export function canDrawOn({stdin, stdout, environment}: CommandContext): boolean {
	return stdin.isTTY && stdout.isTTY && isUnset(environment['CI']) && environment['TERM'] !== 'dumb';
}

const isUnset = (value: string | undefined): boolean => value === undefined || value === '' || value === 'false';
