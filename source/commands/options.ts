import {exitCode, type ExitCode} from '../errors.ts';
import {flagRows} from '../flag-rows.ts';
import {commonFlags, connectionFlags} from '../flags.ts';
import {widthOf} from '../wrapped.ts';
import type {CommandContext} from './command.ts';

/** `options`: the flags that every command takes, as `kubectl options`. */
export function run({stdout}: CommandContext): Promise<ExitCode> {
	const rows = flagRows([...connectionFlags, ...commonFlags], widthOf(stdout));
	stdout.write(`Flags of every command:\n\n${rows.join('\n')}\n`);
	return Promise.resolve(exitCode.well);
}
