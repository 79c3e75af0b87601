import {parseDuration} from '../cluster/duration.ts';
import {UsageError} from '../errors.ts';
import {didYouMean} from '../near-names.ts';
import {nodeName} from '../node-name.ts';

/** What was typed for one flag: once, or each time where it may be repeated. */
export type TypedValue = string | number | boolean | readonly string[];

/** What was typed, by the names of options (`sshUser` for `--ssh-user`). */
export type Typed = Readonly<Record<string, TypedValue | undefined>>;

/** What may stand at a place, for the shell's completion: values that are known, or what they name. */
export type Completes = readonly string[] | 'cluster' | 'code' | 'command' | 'context' | 'file' | 'namespace' | 'node' | 'run' | 'user';

/** What several commands have flags for. */
export type Topic = 'SSH' | 'helper pods';

/** A flag as it is typed, shown in help, completed and checked: one row serves all four. */
export type Option<Value = unknown> = {
	readonly type: 'string' | 'boolean';
	/** One letter. */
	readonly short?: string;
	readonly isRepeatable?: boolean;
	/** A switch that is on: it is typed `--no-…`. */
	readonly isOnUnlessNegated?: boolean;
	/** What it means without a value, which is then given behind `=` alone. */
	readonly bare?: string;
	/** Placeholder of the value in help, or the values that are accepted, separated by `|`. */
	readonly value?: string;
	readonly help: string;
	readonly completes?: Completes;
	/** What it belongs to beside the command: `options` lists it then, and the help of each command that has it leaves room for its own. */
	readonly topic?: Topic;
	/**
	 * The value that a command is given: checked where something was typed, else what holds without it.
	 * @param flag as it is typed, with its dashes
	 * @throws UsageError for a value that does not fit
	 */
	readonly read: (typed: TypedValue | undefined, flag: string) => Value;
};

/** Options of a command by the names that its `run` knows them by. */
export type Options = Readonly<Record<string, Option>>;

/** What a command's `run` is given of its options. */
export type ValuesOf<O extends Options> = {readonly [Name in keyof O]: O[Name] extends Option<infer Value> ? Value : never};

/** The long name of a flag: `sshUser` is typed `--ssh-user`. */
export const flagOf = (name: string): string => `--${name.replaceAll(/[A-Z]/gu, letter => `-${letter.toLowerCase()}`)}`;

/** A flag as somebody types it who wants what is not so without it. */
export const typedAs = (name: string, {isOnUnlessNegated}: Pick<Option, 'isOnUnlessNegated'>): string =>
	flagOf(isOnUnlessNegated === true ? `no-${name}` : name);

/** The same options, listed by `options` rather than in the help of each command. */
export const about = <O extends Options>(topic: Topic, options: O): O =>
	Object.fromEntries(Object.entries(options).map(([name, option]) => [name, {...option, topic}])) as O;

/** Everything that was typed, checked; options that were not typed have what holds without them. @throws UsageError */
export function readOptions<O extends Options>(options: O, typed: Typed): ValuesOf<O> {
	return Object.fromEntries(Object.entries(options).map(([name, option]) => [name, option.read(typed[name], flagOf(name))])) as ValuesOf<O>;
}

type Row = {readonly help: string; readonly short?: string};
type ValueRow = Row & {readonly value: string; readonly completes?: Completes};

/** A text; undefined where nothing was typed. */
export const text = (row: ValueRow): Option<string | undefined> => ({
	...row,
	type: 'string',
	read: (typed, flag) => (typed === undefined ? undefined : textOf(typed, flag, row)),
});

/** A text of one form. @param form what it matches, and what is said of one that does not */
export const textOfForm = (
	row: ValueRow,
	{matches, says, hint}: {readonly matches: RegExp; readonly says: string; readonly hint: string},
): Option<string | undefined> => ({
	...text(row),
	read(typed, flag) {
		const given = typed === undefined ? undefined : textOf(typed, flag, row);
		if (given !== undefined && !matches.test(given)) throw new UsageError(`${flag}: "${given}" is ${says}`, hint);
		return given;
	},
});

/** A text that may be given again and again. */
export const texts = (row: ValueRow): Option<readonly string[]> => ({
	...row,
	type: 'string',
	isRepeatable: true,
	read: (typed = [], flag) => (typeof typed === 'object' ? typed : [typed]).map(each => textOf(each, flag, row)),
});

type FileRow = Row & {
	/** What `-` is: standard input or output. Where it is not said, another program reads the file by its name, and `-` is refused. */
	readonly dash?: 'standard input' | 'standard output';
};

/** A file's name. */
export const file = ({dash, help, ...row}: FileRow): Option<string | undefined> => {
	const option = text({...row, value: 'FILE', completes: 'file', help: dash === undefined ? help : `${help}; - for ${dash}`});
	return {
		...option,
		read(typed, flag) {
			if (typed === '-' && dash === undefined)
				throw new UsageError(`${flag} cannot be standard input`, 'Use the path of a file; ./- is a file of this name.');
			return option.read(typed, flag);
		},
	};
};

/** A node's name, bare; as `NAME` or `node/NAME`. */
export const node = (row: Row): Option<string | undefined> => ({
	...text({...row, value: 'NODE', completes: 'node'}),
	read: (typed, flag) => (typed === undefined ? undefined : nodeName(textOf(typed, flag, {...row, value: 'NODE'}))),
});

/** Names of nodes, bare. */
export const nodes = (row: Row): Option<readonly string[]> => {
	const names = texts({...row, value: 'NODE', completes: 'node'});
	return {...names, read: (typed, flag) => names.read(typed, flag).map(name => nodeName(name))};
};

/** A switch that is off unless it is typed. */
export const flag = (row: Row): Option<boolean> => ({...row, type: 'boolean', read: typed => typed === true});

/** A switch that is on unless `--no-…` is typed. */
export const onUnlessNegated = (row: Row): Option<boolean> => ({
	...row,
	type: 'boolean',
	isOnUnlessNegated: true,
	read: typed => typed !== false,
});

/** A switch that is left open unless it or its `--no-…` is typed. */
export const decision = (row: Row): Option<boolean | undefined> => ({
	...row,
	type: 'boolean',
	read: typed => (typed === undefined ? undefined : typed === true),
});

type Foreign = {readonly value?: string; readonly why: string};

/** A flag of kubectl’s that is taken, and changes nothing here. */
export const withoutEffect = ({value, why}: Foreign): Option<undefined> => ({
	type: value === undefined ? 'boolean' : 'string',
	...(value !== undefined && {value}),
	help: `accepted, without effect: ${why}`,
	read: () => undefined,
});

/** A flag of kubectl’s that nobody may take for heard: refused unless it is off, or has the one value that asks for nothing. */
export const wouldChange = ({value, allowed, why}: Foreign & {readonly allowed?: string}): Option<undefined> => ({
	...withoutEffect({why, ...(value !== undefined && {value})}),
	help: `not available: ${why}`,
	read(typed, name) {
		if (typed !== undefined && typed !== false && typed !== allowed)
			throw new UsageError(`${name} is not available: ${why}`, `Remove ${name}.`);
		return undefined;
	},
});

/** A whole number from 0, or within a range. */
export const wholeNumber = (
	row: Row & {readonly value: string; readonly range?: readonly [least: number, most: number]},
): Option<number | undefined> => ({
	type: 'string',
	value: row.value,
	help: row.help,
	...(row.short !== undefined && {short: row.short}),
	read(typed, flag) {
		if (typed === undefined) return undefined;
		const [least, most] = row.range ?? [0, Number.MAX_SAFE_INTEGER];
		const hint = row.range === undefined ? 'Use 0 or more' : `Use a number from ${least} to ${most}`;
		// A number where a program calls, not a person.
		if (!/^-?\d+$/u.test(String(typed))) throw new UsageError(`${flag} needs a whole number`, hint);
		const number = Number(typed);
		if (number < least || number > most) throw new UsageError(`${flag} cannot be ${number}`, hint);
		return number;
	},
});

/** A duration in milliseconds, typed as kubectl's are; 0 stays 0. */
export const duration = (row: Row): Option<number | undefined> => ({
	...row,
	type: 'string',
	value: 'DURATION',
	read: (typed, flag) => (typed === undefined ? undefined : parseDuration(textOf(typed, flag, {...row, value: 'DURATION'}), flag)),
});

/** A duration in milliseconds that need not be said: `--wait`, `--wait=10m`. @param bare what it is without a value */
export const optionalDuration = (row: Row & {readonly bare: string}): Option<number | undefined> => ({...duration(row), bare: row.bare});

/** One of several words; what `fallback` says where nothing was typed. */
export function oneOf<const Word extends string>(words: readonly Word[], row: Row & {readonly fallback: NoInfer<Word>}): Option<Word>;
export function oneOf<const Word extends string>(words: readonly Word[], row: Row): Option<Word | undefined>;
export function oneOf(words: readonly string[], {fallback, ...row}: Row & {readonly fallback?: string}): Option<string | undefined> {
	return {
		...row,
		type: 'string',
		value: words.join('|'),
		completes: words,
		read(typed, flag) {
			if (typed === undefined) return fallback;
			const hint = `Choose one of: ${words.join(', ')}`;
			if (typed === '') throw new UsageError(`${flag} needs a value`, hint);
			const word = String(typed);
			if (words.includes(word)) return word;
			throw new UsageError(`${flag} cannot be "${word}"${didYouMean(word, words)}`, hint);
		},
	};
}

/** The words of a table with one row a word. */
export const wordsOf = <Word extends string>(rows: Readonly<Record<Word, unknown>>): [Word, ...Word[]] =>
	Object.keys(rows) as [Word, ...Word[]];

function textOf(typed: TypedValue, flag: string, {value, help}: Pick<ValueRow, 'value' | 'help'>): string {
	if (typeof typed !== 'string' || typed === '') throw new UsageError(`${flag} needs a value`, `Write ${flag}=${value}: ${help}`);
	assertNoControls(typed, flag);
	return typed;
}

/** No name, path or address that anybody means holds a line break; in a manifest or a script it would begin a line of its own. */
export function assertNoControls(typed: string, what: string): void {
	if (/\p{Cc}/u.test(typed))
		throw new UsageError(`${what} contains a control character: "${typed}"`, 'Type it without line breaks and control characters.');
}
