import type {Command} from './command.ts';
import {flagOf, typedAs, type Completes, type Option, type Options} from './option.ts';
import {sharedOptions} from './shared-options.ts';

/** What may stand where the cursor is: words that are known, or what they name, which has to be asked for. */
export type Completion = {
	/** What is typed of it so far. */
	readonly typed: string;
	readonly candidates: readonly Candidate[] | Exclude<Completes, readonly string[] | 'command'>;
};

/** A word, and what it means in a few others. */
export type Candidate = readonly [word: string, says?: string];

/**
 * What completes the last of the words typed. Nothing is asked: words of ours alone decide.
 * @param words behind the program's name; the last is the one that the cursor is in, `''` where it is not begun
 */
export function completionOf(words: readonly string[], commands: readonly Command[]): Completion {
	const whole = rejoined(words);
	const typed = whole.at(-1) ?? '';
	const before = whole.slice(0, -1);
	const everyOption = Object.assign({}, ...commands.map(({options}) => options), sharedOptions) as Options;
	const {command, positionals} = commandOf(before, everyOption, commands);
	const options: Options = {...command?.options, ...sharedOptions};
	const isBehindDashes = before.includes('--');

	const [, flag, value] = /^(--[^=]+)=(.*)$/su.exec(typed) ?? [];
	if (flag !== undefined && value !== undefined && !isBehindDashes) return {typed: value, candidates: valuesOf(flag, options)};
	const last = before.at(-1) ?? '';
	if (!isBehindDashes && takesValue(last, options)) return {typed, candidates: valuesOf(last, options)};
	if (typed.startsWith('-') && !isBehindDashes) return {typed, candidates: flagsOf(options)};
	const {words: taken} = command ?? commands[0] ?? {};
	// A node that has a command's name is typed `node/NAME`.
	if (command === undefined && !typed.startsWith('node/')) return {typed, candidates: positionals === 0 ? commandsOf(commands) : []};
	if (taken === undefined || positionals >= taken.most || taken.are === undefined) return {typed, candidates: []};
	if (taken.are === 'command') return {typed, candidates: commandsOf(commands.filter(({connects}) => connects))};
	return {typed, candidates: typeof taken.are === 'string' ? taken.are : taken.are.map(word => [word])};
}

/** Bash hands over `--output=js` as three words: `=` breaks words there. */
function rejoined(words: readonly string[]): readonly string[] {
	const whole: string[] = [];
	for (const word of words) {
		const before = whole.at(-1) ?? '';
		if (word === '=' && /^--[^=]+$/u.test(before)) whole[whole.length - 1] = `${before}=`;
		else if (/^--[^=]+=$/u.test(before) && words.includes('=')) whole[whole.length - 1] = before + word;
		else whole.push(word);
	}

	return whole;
}

/** The command that words name, and how many words stand behind its name. */
function commandOf(
	before: readonly string[],
	options: Options,
	commands: readonly Command[],
): {readonly command: Command | undefined; readonly positionals: number} {
	const words = before.filter((word, index) => !word.startsWith('-') && !takesValue(before[index - 1] ?? '', options));
	const isHelp = words[0] === 'help';
	const named = (word: string | undefined): Command | undefined => commands.find(({name}) => name !== '' && name === word);
	const [first, second] = isHelp ? words.slice(1) : words;
	const command = isHelp ? undefined : named(first);
	const played = command?.words.are === 'command' ? named(second) : undefined;
	if (played !== undefined && command !== undefined)
		return {command: {...played, options: {...command.options, ...played.options}}, positionals: words.length - 2};
	return {command, positionals: command === undefined ? words.length - (isHelp ? 1 : 0) : words.length - 1};
}

const optionOf = (flag: string, options: Options): Option | undefined =>
	Object.entries(options).find(([name, {short}]) => flagOf(name) === flag || (short !== undefined && `-${short}` === flag))?.[1];

function takesValue(flag: string, options: Options): boolean {
	const option = optionOf(flag, options);
	return option !== undefined && option.type !== 'boolean' && option.bare === undefined;
}

function valuesOf(flag: string, options: Options): Completion['candidates'] {
	const completes = optionOf(flag, options)?.completes ?? [];
	if (typeof completes !== 'string') return completes.map(word => [word]);
	return completes === 'command' ? [] : completes;
}

const flagsOf = (options: Options): readonly Candidate[] =>
	Object.entries(options).map(([name, option]) => [typedAs(name, option), option.help]);

const commandsOf = (commands: readonly Command[]): readonly Candidate[] =>
	commands.flatMap(({name, summary, isHidden}): Candidate[] => (name === '' || isHidden === true ? [] : [[name, summary]]));

/** Cobra's directives (spf13/cobra, ShellCompDirective), bits: what a shell does besides. */
const directive = {files: 0, noSpace: 2, noFiles: 4} as const;

/** Characters of what a candidate means. */
const longestHelp = 60;

/**
 * A completion as kubectl's completion scripts read it: a candidate a line, its meaning behind a tab, and at the end a directive.
 * @param candidates `file`: the shell completes names of files by itself
 */
export function completionLines(typed: string, candidates: readonly Candidate[] | 'file'): string {
	if (candidates === 'file') return `:${directive.files}\n`;
	const prefix = /^(?:nodes?|no)\//u.exec(typed)?.[0] ?? '';
	const lines = candidates
		.map(([word, says]) => [prefix + word, says] as const)
		.filter(([word]) => word.startsWith(typed))
		.map(([word, says = '']) =>
			says === '' ? word : `${word}\t${says.length > longestHelp ? `${says.slice(0, longestHelp - 1)}…` : says}`,
		);
	const goesOn = lines.length > 0 && lines.every(line => line.endsWith('='));
	return [...lines, `:${directive.noFiles + (goesOn ? directive.noSpace : 0)}`, ''].join('\n');
}
