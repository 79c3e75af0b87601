/** Characters of texts that are remembered; twice as many at most are held. */
const mostCharacters = 2_000_000;
/** The runtime copies what is shorter; of longer slices it holds the whole text that they were cut from. */
const shortestSlice = 13;
const latin = /^[\u0000-\u00FF]*$/u;

let recent = new Map<string, string>();
let before = new Map<string, string>();
let characters = 0;

/**
 * The same value with texts of its own: a line that was cut from a node's answer keeps all of the answer in memory. What many nodes say is
 * held once.
 */
export function ownCopies<T>(value: T): T {
	return copyOf(value) as T;
}

function copyOf(value: unknown): unknown {
	if (typeof value === 'string') return ownText(value);
	if (Array.isArray(value)) return value.map(copyOf);
	if (typeof value !== 'object' || value === null) return value;
	return Object.fromEntries(Object.entries(value).map(([key, part]) => [ownText(key), copyOf(part)]));
}

function ownText(text: string): string {
	if (text.length < shortestSlice) return text;
	const known = recent.get(text);
	if (known !== undefined) return known;
	const encoding = latin.test(text) ? 'latin1' : 'utf16le';
	const copy = before.get(text) ?? Buffer.from(text, encoding).toString(encoding);
	characters += copy.length;
	// What is said again and again stays, what was said once goes.
	if (characters > mostCharacters) [before, recent, characters] = [recent, new Map(), copy.length];
	recent.set(copy, copy);
	return copy;
}
