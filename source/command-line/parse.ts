import meow from 'meow';
import {messageOf, UsageError} from '../errors.ts';
import {didYouMean} from '../near-names.ts';
import {nodeName} from '../node-name.ts';
import {version} from '../version.ts';
import type {Command} from './command.ts';
import {usageLine, usageOf} from './help.ts';
import {assertNoControls, flagOf, readOptions, typedAs, type Option, type Options, type Typed, type TypedValue} from './option.ts';
import {sharedOptions} from './shared-options.ts';
import {writtenApart} from './short-flags.ts';

/** What the words typed ask for. */
export type Invocation = {readonly command: Command; readonly words: readonly string[]; readonly typed: Typed};

/** Every command; the first is what runs without a command's name. */
export type Commands = readonly [Command, ...Command[]];

/**
 * Words to command, flags and remaining words. Flags may stand anywhere, as in kubectl: all flags of all commands are
 * read first, then the first word that is no flag names the command, and flags that are not its own are refused.
 * @throws UsageError for a flag that the command does not know or a value that does not fit
 */
export function parse(words: readonly string[], commands: Commands): Invocation {
	const everyOption = Object.assign({}, ...commands.map(({options}) => options), sharedOptions) as Options;
	assertSwitches(everyOption, words);
	const {input, flags} = readBy(everyOption, words);
	// `help COMMAND` is `COMMAND --help`, as in kubectl.
	const asksHelp = input[0] === 'help';
	const typedWords = asksHelp ? input.slice(1) : input;
	const named = commandNamed(typedWords[0], commands);
	if (named === undefined && typedWords[0] !== undefined) assertNoCommandMeant(typedWords[0], asksHelp, commands);
	const command = named ?? commands[0];
	const behind = named === undefined ? typedWords : typedWords.slice(1);
	// `demo check -o json`: the flags of the command that runs on the demo cluster are its flags too.
	const played = command.words.are === 'command' ? commandNamed(behind[0], commands) : undefined;
	const accepted: Options = {...played?.options, ...command.options, ...sharedOptions};
	const typed: Record<string, TypedValue> = {};
	for (const [name, value] of Object.entries(flags)) {
		if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
		if (!Object.hasOwn(accepted, name)) throw unknownFlag(command, asTyped(name, words), accepted);
		typed[name] = Array.isArray(value) ? value.map(String) : (value as TypedValue);
	}

	readOptions(accepted, typed);
	for (const word of behind) assertNoControls(word, 'a word');
	return {command, words: wordsOf(command, behind, commands), typed: asksHelp ? {...typed, help: true} : typed};
}

/** A switch is on or off: of another value nobody knows what was meant. @throws UsageError */
function assertSwitches(options: Options, words: readonly string[]): void {
	const switches = new Set(
		Object.entries(options).flatMap(([name, option]) => (option.type === 'boolean' ? [typedAs(name, option), flagOf(name)] : [])),
	);
	const end = words.indexOf('--');
	for (const word of words.slice(0, end === -1 ? undefined : end)) {
		const [, flag = '', value] = /^(--[^=]+)=(.*)$/su.exec(word) ?? [];
		if (switches.has(flag) && value !== 'true' && value !== 'false')
			throw new UsageError(`${flag} cannot be "${value}"`, `Write ${flag}, ${flag}=true or ${flag}=false.`);
	}
}

type Read = {readonly input: readonly string[]; readonly flags: Readonly<Record<string, unknown>>};

function readBy(options: Options, words: readonly string[]): Read {
	const read = (): Read =>
		meow({
			importMeta: import.meta,
			argv: writtenApart(words, options),
			pkg: {name: 'kubectl-hostport', version},
			autoHelp: false,
			autoVersion: false,
			booleanDefault: undefined,
			flags: Object.fromEntries(Object.entries(options).map(([name, option]) => [name, ofMeow(option)])) as Record<
				string,
				{type: 'string'}
			>,
		});
	try {
		return read();
	} catch (error) {
		// Such as a flag that is given twice and may not be; meow has its own way to write a flag's name.
		const says = messageOf(error).replace(/--\w+/u, name => flagOf(name.slice(2)));
		throw new UsageError(says, 'See: kubectl hostport --help', error);
	}
}

const ofMeow = ({type, short, isRepeatable}: Option): object => ({
	type,
	...(short !== undefined && {shortFlag: short}),
	...(isRepeatable === true && {isMultiple: true}),
});

/** The flag of a name as it was typed. */
function asTyped(name: string, words: readonly string[]): string {
	const camelCase = (typed: string): string => typed.replaceAll(/-([a-z])/gu, (_, letter: string) => letter.toUpperCase());
	return words.find(word => camelCase(word.replace(/^-+(?:no-)?/u, '').replace(/=.*$/su, '')) === name) ?? name;
}

/**
 * A word alone is a node, but not where somebody meant a command: nodes are not asked then, and `node/NAME` is a node whatever its name.
 * @throws UsageError
 */
function assertNoCommandMeant(word: string, mustBeCommand: boolean, commands: Commands): void {
	const names = commands.filter(({name, isHidden}) => name !== '' && isHidden !== true).map(({name}) => name);
	const meant = didYouMean(word, ['help', ...names]);
	if (meant === '' && !mustBeCommand) return;
	const hint = mustBeCommand
		? 'See: kubectl hostport --help'
		: `If a node has this name, type node/${word}; all commands: kubectl hostport --help`;
	throw new UsageError(`there is no command ${word}${meant}`, hint);
}

function unknownFlag(command: Command, typed: string, accepted: Options): UsageError {
	const flag = typed.replace(/=.*$/su, '');
	// A letter or two are near to everything.
	const names = Object.entries(accepted).map(([name, option]) => typedAs(name, option));
	const isTelling = /^--.{3}/u.test(flag);
	const longer = isTelling ? names.filter(name => name.startsWith(flag)) : [];
	const meant = longer.length === 1 ? `; did you mean ${longer[0]}?` : isTelling ? didYouMean(flag, names) : '';
	const what = command.name === '' ? 'there is' : `${command.name} has`;
	return new UsageError(`${what} no flag ${flag}${meant}`, `See: ${usageOf(command)} --help`);
}

/**
 * The words behind a command's name; nodes by their bare names.
 * @throws UsageError for more words than it takes: one that nobody reads would be taken for done
 */
function wordsOf(command: Command, typed: readonly string[], commands: Commands): readonly string[] {
	const [first, ...more] = typed;
	if (first === undefined) return [];
	const {most, are} = command.words;
	const played = are === 'command' ? commandNamed(first, commands) : undefined;
	if (played !== undefined) return [first, ...wordsOf(played, more, commands)];
	const extra = typed.slice(most);
	if (extra.length > 0) throw new UsageError(`${command.name} does not accept ${extra.join(' ')}`, `Usage: ${usageLine(command)}`);
	return are === 'node' ? typed.map(word => nodeName(word)) : typed;
}

const commandNamed = (word: string | undefined, commands: Commands): Command | undefined =>
	commands.find(({name}) => name !== '' && name === word);
