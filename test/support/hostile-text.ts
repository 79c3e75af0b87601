// Text as somebody writes it who wants to own the reader's terminal, CI report or issue.
import {evidenceSchema, type Evidence} from '../../source/evidence/evidence.ts';

/** Everything that does something where it is shown, in one text: each begins with what a plain field could hold. */
export const hostileText = [
	'x',
	'\u001B]0;title\u0007\u001B[2J\u001B[31m\u001B]52;c;ZXZpbA==\u0007', // title, screen, colour, clipboard
	'\u009B2J\u0090q\u009C', // C1
	'\u0000\b\r\v\f',
	'\nFORGED line',
	'\u061C\u00AD\u180E\u200B\u200E\u202E\u2066\u206A\u2060\uFEFF\uFFF9\uFFFC', // bidi, zero width
	'\u2028\u2029\u034F\u115F\u3164\uFFA0\uFE0F\u{E0041}\u{E0100}\u{1D173}\uFFFE', // separators, fillers, selectors, tags
	'\uD800',
	'<b>&"\']]>--><!-- ',
	'![i](http://evil.test/i.png) @evil evil/evil#12 #13 `code` ``` | **b** _i_ ~~s~~ [l](javascript:x) :smile:',
].join('');

/** What must not be in anything that is shown. The newline is looked at by itself, and U+FFFC is visible. */
// oxlint-disable-next-line no-control-regex
export const raw =
	/[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u00AD\u061C\u115F\u1160\u180E\u200B-\u200F\u2028-\u202E\u2060-\u206F\u3164\uD800-\uDFFF\uFEFF\uFFA0\uFFF0-\uFFFB\uFFFE\uFFFF\u{1D173}-\u{1D17A}\u{E0000}-\u{E00FF}]|\u034F|[\u17B4\u17B5]|[\u180B-\u180F]|[\uFE00-\uFE0F]|[\u{E0100}-\u{E0FFF}]/u;

/** Fields whose value is not text from outside but one of a few words. */
const words = new Set(['apiVersion', 'kind', 'via', 'podIs', 'answer', 'of']);

/**
 * A value with hostile text behind each text in it that `chooses` takes, by its path: `nodes[].observation.kernel`; names of maps
 * are texts of the path `….data{}`.
 */
export function poisoned(value: unknown, chooses: (path: string) => boolean, path = ''): unknown {
	if (typeof value === 'string') return chooses(path) ? value + hostileText : value;
	if (Array.isArray(value)) return value.map(item => poisoned(item, chooses, `${path}[]`));
	if (typeof value !== 'object' || value === null) return value;
	return Object.fromEntries(
		Object.entries(value).map(([key, item]) => {
			const isMap = maps.has(path.slice(path.lastIndexOf('.') + 1));
			if (!isMap) return [key, words.has(key) ? item : poisoned(item, chooses, path === '' ? key : `${path}.${key}`)];
			return [chooses(`${path}{}`) ? key + hostileText : key, poisoned(item, chooses, `${path}.*`)];
		}),
	);
}

/** Objects whose keys come from outside. */
const maps = new Set(['labels', 'annotations', 'templateAnnotations', 'data', 'env', 'defaults', 'matchLabels', 'selector', 'facts']);

/** Every path that a value has a text at, each once. */
export function textPaths(value: unknown): string[] {
	const paths = new Set<string>();
	poisoned(value, path => paths.add(path) === undefined);
	return [...paths];
}

/** Evidence as a stranger sends it, read as `--from` reads it. */
export function received(value: unknown): Evidence {
	return evidenceSchema.parse(JSON.parse(JSON.stringify(value)));
}

/**
 * Whether a text is well-formed XML 1.0 of the kind that JUnit files are: no comments, no CDATA, the five entities.
 * Gives what is wrong, or nothing.
 */
export function xmlFault(text: string): string | undefined {
	const forbidden = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u.exec(text);
	if (forbidden !== null) return `forbidden character ${forbidden[0].codePointAt(0)?.toString(16)}`;
	const open: string[] = [];
	const token = /<\?xml [^<>]*\?>|<(?<close>\/)?(?<name>\w+)(?<attributes>(?:\s+[\w:]+="[^"<]*")*)\s*(?<empty>\/)?>|(?<text>[^<]+)/uy;
	for (let match = token.exec(text); match !== null; match = token.exec(text)) {
		const {close, name = '', attributes = '', empty, text: inner = ''} = match.groups ?? {};
		const bare = /&(?!(?:amp|lt|gt|quot|apos);)/u.exec(attributes + inner);
		if (bare !== null) return `bare & in ${match[0].slice(0, 80)}`;
		if (name !== '' && close !== undefined && open.pop() !== name) return `</${name}> closes something else`;
		if (name !== '' && close === undefined && empty === undefined) open.push(name);
		if (token.lastIndex === text.length) return open.length === 0 ? undefined : `${open.join(', ')} not closed`;
	}

	return 'no token where one is expected';
}
