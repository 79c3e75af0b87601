import {defineCommand, noWords} from '../command-line/command.ts';
import {flagRows} from '../command-line/flag-rows.ts';
import type {Options} from '../command-line/option.ts';
import {sharedOptions} from '../command-line/shared-options.ts';
import {exitCode} from '../errors.ts';
import {widthOf} from '../wrapped.ts';
import {podOptions, sshOptions} from './shared-options.ts';

const parts: ReadonlyArray<readonly [title: string, options: Options]> = [
	['Flags of every command:', sharedOptions],
	['SSH to the nodes, of commands that reach nodes:', sshOptions],
	['Helper pods, of commands that reach nodes:', podOptions],
];

/** `options`: the flags that commands share, as `kubectl options`. */
export const options = defineCommand({
	name: 'options',
	summary: 'List the flags that commands share: connection, SSH, helper pods',
	words: noWords,
	examples: [],
	options: {},
	connects: false,
	async run(_options, {stdout}) {
		const width = widthOf(stdout);
		stdout.write(parts.map(([title, all]) => `${title}\n\n${flagRows(all, width).join('\n')}\n`).join('\n'));
		return exitCode.ok;
	},
});
