import process from 'node:process';
import meow from 'meow';
import {assertNoControls, checkedValue} from './checked-value.ts';
import {realClock} from './clock.ts';
import type {Command, CommandContext} from './commands/command.ts';
import {commands} from './commands/index.ts';
import {ActionableError, exitCode, messageOf, UsageError, type ExitCode} from './errors.ts';
import {commonFlags, connectionFlags, type Flag, type FlagValues} from './flags.ts';
import {helpOf, usageLine, usageOf} from './help.ts';
import {listenForInterruption, type Interruption} from './interruption.ts';
import {didYouMean} from './near-names.ts';
import {nodeName} from './node-name.ts';
import {writtenApart} from './short-flags.ts';
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
export type Surroundings = Omit<CommandContext, 'words' | 'flags'> & Pick<Interruption, 'outputFailure'>;

/** Parses the words typed and runs one command. Whatever fails is told on stderr. */
export async function answer(words: readonly string[], {outputFailure, ...around}: Surroundings): Promise<ExitCode> {
	const {stdout, stderr, signal} = around;
	let verbosity = 0;
	try {
		const {command, words: input, flags} = parse(words);
		verbosity = Number(flags['verbosity'] ?? 0);
		let code: ExitCode = exitCode.well;
		if (flags['help'] === true) stdout.write(helpOf(command, widthOf(stdout)));
		else if (flags['version'] === true) stdout.write(`kubectl-hostport ${version}\n`);
		else {
			const {run} = await command.load();
			code = await run({...around, words: input, flags});
		}

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
function withLostOutput(code: ExitCode, {code: failure, message}: NodeJS.ErrnoException, stderr: NodeJS.WriteStream): ExitCode {
	if (failure === 'EPIPE' || failure === 'EIO') return code;
	stderr.write(`kubectl hostport: cannot write to standard output: ${message}\nFree some space there, or write to another file.\n`);
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
	if (named === undefined && typedWords[0] !== undefined) assertNoCommandMeant(typedWords[0], asksHelp);
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
			throw unknownFlag(
				command,
				words.find(word => camelCase(word.replace(/^-+(?:no-)?/u, '').replace(/=.*$/u, '')) === key) ?? key,
				accepted.values(),
			);
		}

		flags[flag.name] = Array.isArray(value) ? value.map(each => String(checkedValue(flag, each))) : checkedValue(flag, value);
	}

	for (const word of input) assertNoControls(word, 'a word');
	return {command, words: wordsOf(command, input), flags: asksHelp ? {...flags, help: true} : flags};
}

/**
 * A word alone is a node, but not where somebody meant a command: nodes are not asked then, and `node/NAME` is a node whatever its name.
 * @throws UsageError
 */
function assertNoCommandMeant(word: string, mustBeCommand: boolean): void {
	const meant = didYouMean(word, ['help', ...commands.slice(1).map(({name}) => name)]);
	if (meant === '' && !mustBeCommand) return;
	const hint = mustBeCommand
		? 'See: kubectl hostport --help'
		: `If a node has this name, type node/${word}; all commands: kubectl hostport --help`;
	throw new UsageError(`there is no command ${word}${meant}`, hint);
}

function unknownFlag(command: Command, typed: string, flags: Iterable<Flag>): UsageError {
	const name = typed.replace(/=.*$/u, '');
	const names = [...flags].map(flag => `--${flag.name}`);
	// A letter or two are near to everything.
	const meant = /^--.{3}/u.test(name) ? didYouMean(name, names) : '';
	return new UsageError(`${usageOf(command)} has no flag ${name}${meant}`, `See: ${usageOf(command)} --help`);
}

/**
 * The words behind a command's name; nodes by their bare names.
 * @throws UsageError for more words than it takes: one that nobody reads would be taken for done
 */
function wordsOf(command: Command, [first, ...more]: readonly string[]): readonly string[] {
	if (first === undefined) return [];
	const played = command.name === 'demo' ? commandNamed(first) : undefined;
	if (played !== undefined) return [first, ...wordsOf(played, more)];
	const most = command.usage === '' ? 0 : command.usage.includes('…') ? Infinity : 1;
	const extra = [first, ...more].slice(most);
	if (extra.length > 0) throw new UsageError(`${usageOf(command)} does not take ${extra.join(' ')}`, `Usage: ${usageLine(command)}`);
	return command.usage.startsWith('[NODE…]') ? [first, ...more].map(word => nodeName(word)) : [first, ...more];
}

const commandNamed = (word: string | undefined): Command | undefined => commands.find(({name}) => name !== '' && name === word);

const flagsOf = (command: Command): readonly Flag[] => [...command.flags, ...connectionFlags, ...commonFlags];

const camelCase = (name: string): string => name.replaceAll(/-([a-z])/gu, (_, letter: string) => letter.toUpperCase());

function report(error: unknown, signal: AbortSignal, verbosity: number, stderr: NodeJS.WriteStream): ExitCode {
	const shown: unknown = signal.aborted && !(error instanceof ActionableError) ? signal.reason : error;
	stderr.write(`kubectl hostport: ${messageOf(shown)}\n`);
	if (shown instanceof ActionableError) stderr.write(`${shown.hint}\n`);
	else stderr.write('This is a fault of kubectl hostport itself; run it again with -v=6 and report what it prints.\n');
	if (verbosity >= 6 && error instanceof Error) stderr.write(`${error.stack ?? ''}\n`);
	return shown instanceof ActionableError ? shown.exitCode : exitCode.incomplete;
}
