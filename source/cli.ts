import process from 'node:process';
import meow from 'meow';
import type {Command, CommandContext} from './commands/command.ts';
import {commands} from './commands/index.ts';
import {ActionableError, exitCode, messageOf, UsageError, type ExitCode} from './errors.ts';
import {commonFlags, connectionFlags, type Flag, type FlagValues} from './flags.ts';
import {helpOf, usageOf} from './help.ts';
import {listenForInterruption} from './interruption.ts';
import {writtenApart} from './short-flags.ts';
import {version} from './version.ts';

/** Parses the words typed, runs one command and sets the process's exit code. */
export async function main(words: readonly string[]): Promise<void> {
	const interruption = listenForInterruption();
	const {signal} = interruption;
	let verbosity = 0;
	try {
		const {command, words: input, flags} = parse(words);
		verbosity = Number(flags['verbosity'] ?? 0);
		if (flags['help'] === true) process.stdout.write(helpOf(command));
		else if (flags['version'] === true) process.stdout.write(`kubectl-hostport ${version}\n`);
		else {
			const context: CommandContext = {
				words: input,
				flags,
				signal,
				environment: process.env,
				stdout: process.stdout,
				stderr: process.stderr,
				stdin: process.stdin,
			};
			const {run} = await command.load();
			process.exitCode = await run(context);
		}

		const failure = await interruption.outputFailure();
		if (failure !== undefined) process.exitCode = withLostOutput(Number(process.exitCode ?? exitCode.well) as ExitCode, failure);
	} catch (error) {
		process.exitCode = report(error, signal, verbosity);
	} finally {
		interruption.dispose();
	}
}

/**
 * The exit code of a command that came to its end while its output did not. A reader that goes away (`| head`) has read what it
 * wanted, and a closed terminal reads nothing; a full disk has lost the result.
 */
function withLostOutput(code: ExitCode, {code: failure, message}: NodeJS.ErrnoException): ExitCode {
	if (failure === 'EPIPE' || failure === 'EIO') return code;
	process.stderr.write(`kubectl hostport: cannot write to standard output: ${message}\nFree some space there, or write to another file.\n`);
	return code === exitCode.well || code === exitCode.faults ? exitCode.incomplete : code;
}

/** What the words typed ask for. */
export type Invocation = {readonly command: Command; readonly words: readonly string[]; readonly flags: FlagValues};

/**
 * Words to command, flags and remaining words. Flags may stand anywhere, as in kubectl: all flags of all commands are
 * read first, then the first word that is no flag names the command, and flags that are not its own are refused.
 * @throws UsageError for a flag that the command does not know or a value that does not fit
 */
export function parse(words: readonly string[]): Invocation {
	const everyFlag = new Map(
		[...commands.flatMap(command => command.flags), ...connectionFlags, ...commonFlags].map(flag => [flag.name, flag]),
	);
	const read = () =>
		meow({
			importMeta: import.meta,
			argv: writtenApart(words, everyFlag.values()),
			pkg: {name: 'kubectl-hostport', version},
			autoHelp: false,
			autoVersion: false,
			booleanDefault: undefined,
			flags: Object.fromEntries(
				[...everyFlag.values()].map(flag => [
					camelCase(flag.name),
					{type: flag.type, ...(flag.short !== undefined && {shortFlag: flag.short}), ...(flag.multiple === true && {isMultiple: true})},
				]),
			) as Record<string, {type: 'string'}>,
		});
	let parsed: ReturnType<typeof read>;
	try {
		parsed = read();
	} catch (error) {
		// Such as a flag that is given twice and may not be.
		throw new UsageError(messageOf(error), 'See: kubectl hostport --help', error);
	}

	// `help COMMAND` is `COMMAND --help`, as in kubectl.
	const asksHelp = parsed.input[0] === 'help';
	const typedWords = asksHelp ? parsed.input.slice(1) : parsed.input;
	const named = commandNamed(typedWords[0]);
	if (asksHelp && named === undefined && typedWords[0] !== undefined)
		throw new UsageError(`there is no command "${typedWords[0]}"`, 'See: kubectl hostport --help');
	const command = named ?? commands[0];
	const input = named === undefined ? typedWords : typedWords.slice(1);
	// `demo check -o json`: the flags of the command that runs on the demo cluster are its flags too.
	const played = command.name === 'demo' ? commandNamed(input[0]) : undefined;
	const accepted = new Map(
		[...(played === undefined ? [] : flagsOf(played)), ...flagsOf(command)].map(flag => [camelCase(flag.name), flag]),
	);
	const flags: Record<string, FlagValues[string]> = {};
	for (const [key, value] of Object.entries(parsed.flags as Record<string, unknown>)) {
		if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
		const flag = accepted.get(key);
		if (flag === undefined) {
			const typed = words.find(word => camelCase(word.replace(/^-+(?:no-)?/u, '').replace(/=.*$/u, '')) === key) ?? key;
			throw new UsageError(`${usageOf(command)} has no flag ${typed.replace(/=.*$/u, '')}`, `See: ${usageOf(command)} --help`);
		}

		flags[flag.name] = Array.isArray(value) ? value.map(each => String(checkedValue(flag, each))) : checkedValue(flag, value);
	}

	for (const word of input) assertNoControls(word, 'a word');
	return {command, words: input, flags: asksHelp ? {...flags, help: true} : flags};
}

/** No name, path or address that anybody means holds a line break; in a manifest or a script it would begin a line of its own. */
function assertNoControls(text: string, what: string): void {
	if (/\p{Cc}/u.test(text))
		throw new UsageError(`${what} holds a control character: "${text}"`, 'Type it without line breaks and control characters');
}

const commandNamed = (word: string | undefined): Command | undefined => commands.find(({name}) => name !== '' && name === word);

const flagsOf = (command: Command): readonly Flag[] => [...command.flags, ...(command.connects ? connectionFlags : []), ...commonFlags];

function checkedValue(flag: Flag, value: unknown): string | number | boolean {
	if (flag.type === 'string' && (typeof value !== 'string' || value === ''))
		throw new UsageError(`--${flag.name} needs a value`, flag.help);
	if (typeof value === 'string') assertNoControls(value, `--${flag.name}`);
	if (flag.type === 'number' && (typeof value !== 'number' || !Number.isInteger(value) || value < 0)) {
		throw new UsageError(`--${flag.name} needs a whole number`, flag.help);
	}

	const choices = flag.value?.includes('|') === true ? flag.value.split('|') : undefined;
	if (choices !== undefined && !choices.includes(String(value))) {
		throw new UsageError(`--${flag.name} cannot be "${String(value)}"`, `One of: ${choices.join(', ')}`);
	}

	return value as string | number | boolean;
}

const camelCase = (name: string): string => name.replaceAll(/-([a-z])/gu, (_, letter: string) => letter.toUpperCase());

function report(error: unknown, signal: AbortSignal, verbosity: number): ExitCode {
	const shown: unknown = signal.aborted && !(error instanceof ActionableError) ? signal.reason : error;
	process.stderr.write(`kubectl hostport: ${messageOf(shown)}\n`);
	if (shown instanceof ActionableError) process.stderr.write(`${shown.hint}\n`);
	else process.stderr.write('This is a fault of kubectl hostport itself; run it again with -v=6 and report what it prints.\n');
	if (verbosity >= 6 && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
	return shown instanceof ActionableError ? shown.exitCode : exitCode.incomplete;
}
