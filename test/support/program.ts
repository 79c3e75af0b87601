// The program as tests run it: the built one as a child process, or the same commands in this process, without its start.
import {spawn} from 'node:child_process';
import {PassThrough, type Readable} from 'node:stream';
import {answer} from '../../source/cli.ts';
import {realClock, type Clock} from '../../source/clock.ts';
import {ActionableError, exitCode} from '../../source/errors.ts';
import {built, isRunByNode, startOf} from './built.ts';

export type Ended = {readonly code: number | null; readonly output: string; readonly errors: string};

/** Waits are a tenth of what they are, limits as long as ever: a busy machine must not fail a test. */
export const shortWaits: Clock = {...realClock, sleep: async (milliseconds, signal) => realClock.sleep(milliseconds / 10, signal)};

/** Runs the built program without a terminal; `heap` is its limit in MiB, which Node alone knows. */
export async function runBuilt(words: readonly string[], environment: Readonly<Record<string, string>>, heap?: number): Promise<Ended> {
	const limit = heap === undefined || !isRunByNode ? [] : [`--max-old-space-size=${heap}`];
	const [file, first] = startOf(built);
	const child = spawn(file, [...limit, ...first, ...words], {
		env: {...process.env, ...environment},
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	const [output, errors] = [textOf(child.stdout), textOf(child.stderr)];
	const code = await new Promise<number | null>(resolve => child.on('close', resolve));
	return {code, output: output(), errors: errors()};
}

/** Runs a command in this process as the built program would without a terminal, but with short waits. */
export async function runHere(words: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ended> {
	return run(words, environment, [new PassThrough(), new PassThrough(), new PassThrough().end()]);
}

/** The same as long as it is let: `onOutput` is given all that it has printed, whenever that is more, and a way to end it as Ctrl-C does. */
export async function runUntil(
	words: readonly string[],
	environment: Readonly<Record<string, string>>,
	onOutput: (output: string, stop: () => void) => void,
): Promise<Ended> {
	const [stdout, stopping] = [new PassThrough(), new AbortController()];
	const stop = (): void => stopping.abort(new ActionableError('interrupted', '', {exitCode: exitCode.interrupted}));
	let printed = '';
	stdout.on('data', (part: Buffer) => onOutput((printed += part.toString()), stop));
	return run(words, environment, [stdout, new PassThrough(), new PassThrough().end()], stopping.signal);
}

/**
 * The same before a person at a terminal. `reply` is given what stands on the screen, standard output and error alike, where the program
 * waits for a line, and gives that line.
 */
export async function runAtTerminal(
	words: readonly string[],
	environment: Readonly<Record<string, string>>,
	reply: (screen: string) => string,
): Promise<Ended> {
	const terminal = () => Object.assign(new PassThrough(), {isTTY: true, columns: 200, rows: 50});
	const [stdout, stderr, stdin] = [terminal(), terminal(), terminal()];
	let screen = '';
	stdout.on('data', (part: Buffer) => (screen += part.toString()));
	stderr.on('data', (part: Buffer) => {
		screen += part.toString();
		if (/(?:\[y\/N\]|\([^()\n]*\):) $/u.test(screen)) stdin.write(`${reply(screen)}\r`);
	});
	return run(words, {CI: '', ...environment}, [stdout, stderr, stdin]);
}

async function run(
	words: readonly string[],
	environment: Readonly<Record<string, string>>,
	[stdout, stderr, stdin]: readonly [PassThrough, PassThrough, PassThrough],
	signal = new AbortController().signal,
): Promise<Ended> {
	const [output, errors] = [textOf(stdout), textOf(stderr)];
	const code = await answer(words, {
		signal,
		environment: {...process.env, ...environment},
		stdout: stdout as unknown as NodeJS.WriteStream,
		stderr: stderr as unknown as NodeJS.WriteStream,
		stdin: stdin as unknown as NodeJS.ReadStream,
		clock: shortWaits,
		outputFailure: async () => undefined,
	});
	return {code, output: output(), errors: errors()};
}

function textOf(stream: Readable): () => string {
	let text = '';
	stream.setEncoding('utf8').on('data', (part: string) => (text += part));
	return () => text;
}
