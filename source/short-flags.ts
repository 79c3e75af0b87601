import type {Flag} from './flags.ts';

/**
 * The words typed, with short flags that hold their value (`-ojson`, `-nkube-system`, `-lk=v`, `-v=6`) or other short flags (`-Ay`, `-Aojson`)
 * written apart, as kubectl reads them (spf13/pflag, `parseShortArg`): letters without a value may stand together, and the first one that takes a
 * value takes the rest of the word, or the next word where nothing is left. `-`, standard input, is joined to the flag before it (`--from=-`): the
 * parser would take it for a word. What begins with an unknown letter stays as it was typed, and so does
 * everything behind `--`.
 */
export function writtenApart(words: readonly string[], flags: Iterable<Flag>): string[] {
	const known = [...flags];
	const takers = new Set(known.filter(({type}) => type !== 'boolean').flatMap(({name, short}) => [`--${name}`, `-${short ?? name}`]));
	const byLetter = new Map(known.flatMap(flag => (flag.short === undefined ? [] : [[flag.short, flag] as const])));
	const apart: string[] = [];
	for (const [index, word] of words.entries()) {
		if (word === '--') return [...apart, ...words.slice(index)];
		const before = apart.at(-1) ?? '';
		if (word === '-' && takers.has(before)) apart[apart.length - 1] = `${before}=-`;
		else apart.push(...(/^-[^-]./su.test(word) ? (lettersOf(word, byLetter) ?? [word]) : [word]));
	}

	return apart;
}

/** One word of short flags as words of their own; undefined where a letter is none of ours. */
function lettersOf(word: string, byLetter: ReadonlyMap<string, Flag>): string[] | undefined {
	const apart: string[] = [];
	for (let at = 1; at < word.length; at++) {
		const flag = byLetter.get(word.charAt(at));
		if (flag === undefined) return undefined;
		const rest = word.slice(at + 1);
		if (flag.type !== 'boolean') return [...apart, ...(rest === '' ? [`--${flag.name}`] : [`--${flag.name}=${rest.replace(/^=/u, '')}`])];
		if (rest.startsWith('=')) return [...apart, `--${flag.name}${rest}`];
		apart.push(`--${flag.name}`);
	}

	return apart;
}
