import {defineCommand, noWords} from '../command-line/command.ts';
import {flagRows} from '../command-line/flag-rows.ts';
import {sharedOptions} from '../command-line/shared-options.ts';
import {exitCode} from '../errors.ts';
import {widthOf} from '../wrapped.ts';

/** `options`: the flags that every command takes, as `kubectl options`. */
export const options = defineCommand({
	name: 'options',
	summary: 'List the flags that every command takes',
	words: noWords,
	examples: [],
	options: {},
	connects: false,
	async run(_options, {stdout}) {
		stdout.write(`Flags of every command:\n\n${flagRows(sharedOptions, widthOf(stdout)).join('\n')}\n`);
		return exitCode.well;
	},
});
