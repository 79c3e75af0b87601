import {flagOf, typedAs, type Option, type Options} from './option.ts';

/**
 * The words typed, with short flags that hold their value (`-ojson`, `-nkube-system`, `-lk=v`, `-v=6`) or other short flags (`-Ay`, `-Aojson`)
 * written apart, as kubectl reads them (spf13/pflag, `parseShortArg`): letters without a value may stand together, and the first one that takes a
 * value takes the rest of the word, or the next word where nothing is left. `-`, standard input, is joined to the flag before it (`--from=-`): the
 * parser would take it for a word. A flag whose value need not be said gets the one that it means. What begins with an unknown letter stays as it was typed, and so does
 * everything behind `--`.
 */
export function writtenApart(words: readonly string[], options: Options): string[] {
	const known = Object.entries(options);
	const takers = new Set(
		known
			.filter(([, {type}]) => type !== 'boolean')
			.flatMap(([name, {short}]) => [flagOf(name), ...(short === undefined ? [] : [`-${short}`])]),
	);
	const bareValues = new Map(known.flatMap(([name, {bare}]) => (bare === undefined ? [] : [[flagOf(name), bare] as const])));
	const byLetter: ByLetter = new Map(
		known.flatMap(([name, {short, type}]) => (short === undefined ? [] : [[short, {flag: flagOf(name), type}]])),
	);
	const apart: string[] = [];
	for (const [index, word] of words.entries()) {
		const bare = bareValues.get(word);
		if (word === '--') return [...apart, ...words.slice(index)];
		const before = apart.at(-1) ?? '';
		if (bare !== undefined) apart.push(`${word}=${bare}`);
		else if (word === '-' && takers.has(before)) apart[apart.length - 1] = `${before}=-`;
		else if (isNegation(word, options))
			apart.push(
				word.replace(/^--no-(.*)=(?:true|(false))$/u, (_, name: string, off?: string) => `--${off === undefined ? 'no-' : ''}${name}`),
			);
		else apart.push(...(/^-[^-]./su.test(word) ? (lettersOf(word, byLetter) ?? [word]) : [word]));
	}

	return apart;
}

/** `--no-headers=true`, as kubectl's switches may be typed. */
const isNegation = (word: string, options: Options): boolean =>
	Object.entries(options).some(
		([name, option]) =>
			option.isOnUnlessNegated === true && [`${typedAs(name, option)}=true`, `${typedAs(name, option)}=false`].includes(word),
	);

type ByLetter = ReadonlyMap<string, {readonly flag: string; readonly type: Option['type']}>;

/** One word of short flags as words of their own; undefined where a letter is none of ours. */
function lettersOf(word: string, byLetter: ByLetter): string[] | undefined {
	const apart: string[] = [];
	for (let at = 1; at < word.length; at++) {
		const known = byLetter.get(word.charAt(at));
		if (known === undefined) return undefined;
		const {flag, type} = known;
		const rest = word.slice(at + 1);
		if (type !== 'boolean') return [...apart, ...(rest === '' ? [flag] : [`${flag}=${rest.replace(/^=/u, '')}`])];
		if (rest.startsWith('=')) return [...apart, `${flag}${rest}`];
		apart.push(flag);
	}

	return apart;
}
