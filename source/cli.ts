import process from 'node:process';
import {realClock} from './clock.ts';
import type {CommandContext} from './command-line/command.ts';
import {helpOf} from './command-line/help.ts';
import {parse as parseBy, type Invocation} from './command-line/parse.ts';
import {commands} from './commands/index.ts';
import {ActionableError, exitCode, messageOf, whyUnusable, type ExitCode} from './errors.ts';
import {listenForInterruption, type Interruption} from './interruption.ts';
import {version} from './version.ts';
import {widthOf} from './wrapped.ts';

/** Answers the words typed, and sets the process's exit code. */
export async function main(words: readonly string[]): Promise<void> {
	const interruption = listenForInterruption();
	const {stdin, stdout, stderr, env: environment} = process;
	try {
		process.exitCode = await answer(words, {...interruption, environment, stdout, stderr, stdin, clock: realClock});
	} finally {
		interruption.dispose();
	}
}

/** Everything outside of the words that are typed. */
export type Surroundings = Omit<CommandContext, 'words' | 'typed'> & Pick<Interruption, 'outputFailure'>;

/** Parses the words typed and runs one command. Whatever fails is told on stderr. */
export async function answer(words: readonly string[], {outputFailure, ...around}: Surroundings): Promise<ExitCode> {
	const {stdout, stderr, signal} = around;
	let verbosity = 0;
	try {
		if (words[0] === '__complete') {
			const {complete} = await import('./commands/complete.ts');
			stdout.write(await complete(words.slice(1), commands, around));
			return exitCode.ok;
		}

		const {command, words: input, typed} = parse(words);
		verbosity = Number(typed['verbosity'] ?? 0);
		let code: ExitCode = exitCode.ok;
		if (typed['help'] === true) stdout.write(helpOf(command, commands, widthOf(stdout)));
		else if (typed['version'] === true) stdout.write(`kubectl-hostport ${version}\n`);
		else code = await command.run(typed, {...around, words: input, typed});

		const failure = await outputFailure();
		return failure === undefined ? code : withLostOutput(code, failure, stderr);
	} catch (error) {
		return report(error, signal, verbosity, stderr);
	}
}

/**
 * The exit code of a command that came to its end while its output did not. A reader that goes away (`| head`) has read what it
 * wanted, and a closed terminal reads nothing; a full disk has lost the result.
 */
function withLostOutput(code: ExitCode, error: NodeJS.ErrnoException, stderr: NodeJS.WriteStream): ExitCode {
	if (error.code === 'EPIPE' || error.code === 'EIO') return code;
	stderr.write(
		`kubectl hostport: cannot write to standard output: ${whyUnusable(error)}\nFree some space there, or write to another file.\n`,
	);
	return code === exitCode.ok || code === exitCode.faults ? exitCode.incomplete : code;
}

/** What the words typed ask for, of all commands. @throws UsageError */
export const parse = (words: readonly string[]): Invocation => parseBy(words, commands);

function report(error: unknown, signal: AbortSignal, verbosity: number, stderr: NodeJS.WriteStream): ExitCode {
	const shown: unknown = signal.aborted && !(error instanceof ActionableError) ? signal.reason : error;
	stderr.write(`kubectl hostport: ${messageOf(shown)}\n`);
	if (shown instanceof ActionableError) stderr.write(`${shown.hint}\n`);
	else stderr.write('This is a fault of kubectl hostport itself; run it again with -v=6 and report what it prints.\n');
	if (verbosity >= 6 && error instanceof Error) stderr.write(`${error.stack ?? ''}\n`);
	return shown instanceof ActionableError ? shown.exitCode : exitCode.incomplete;
}
