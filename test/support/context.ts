// What a command knows of the outside, for tests that run one without words to parse.
import {PassThrough} from 'node:stream';
import type {CommandContext} from '../../source/command-line/command.ts';
import {shortWaits} from './program.ts';

/** A context whose three ends are terminals or are not, and what was written to it. */
export function contextAt(isTTY: boolean, more: Partial<CommandContext> = {}) {
	const written = {stdout: '', stderr: ''};
	const end = (name?: keyof typeof written) =>
		Object.assign(new PassThrough(), {isTTY, columns: 80}).on('data', (part: Buffer) => {
			if (name !== undefined) written[name] += part.toString();
		});
	const context = {
		words: [],
		typed: {},
		stdin: end(),
		stdout: end('stdout'),
		stderr: end('stderr'),
		environment: {},
		signal: new AbortController().signal,
		clock: shortWaits,
		...more,
	} as unknown as CommandContext;
	return {context, written};
}
