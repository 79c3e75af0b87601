import * as z from 'zod/mini';
import {parseJson} from '../bounded-json.ts';

/** A page of a list: the objects that are wanted, and what the list says of itself. */
export type ListPage = {
	readonly items: readonly unknown[];
	/** Objects of the page, unwanted ones too. */
	readonly count: number;
	readonly continueToken: string | undefined;
	readonly remaining: number | undefined;
};

/** What of a page is wanted, and how it is told that the page was cut rightly. */
export type PageOptions = {
	/** Told by an object's bytes before they are parsed. It may want too much, never too little: all unless told. */
	readonly isWanted?: ((object: Buffer) => boolean) | undefined;
	/** How many objects the page has to have, where that is known: those asked for if another page follows, else what the last page left. */
	readonly expected: {readonly limit: number; readonly last: number | undefined};
};

/** A list of the API (meta/v1 `ListMeta`); Go writes a nil slice as null. */
const listPage = z.object({
	kind: z.optional(z.string()),
	items: z.nullable(z.array(z.unknown())),
	metadata: z.optional(z.nullable(z.object({continue: z.optional(z.string()), remainingItemCount: z.optional(z.number())}))),
});

/**
 * The objects of a page that are wanted. Of 150,000 pods few are: a page as an API server writes it is cut into its objects by their bytes, and
 * only wanted ones are parsed. Whatever differs from that form in anything is parsed whole.
 * @throws SyntaxError for what is no JSON; undefined for what is no list
 */
export function readListPage(body: Buffer, options: PageOptions): ListPage | undefined {
	return (options.isWanted === undefined ? undefined : cutPage(body, options.isWanted, options.expected)) ?? parsedPage(parseJson(body));
}

function parsedPage(value: unknown): ListPage | undefined {
	const {success, data} = listPage.safeParse(value);
	if (!success) return undefined;
	const items = data.items ?? [];
	return {items, count: items.length, continueToken: data.metadata?.continue || undefined, remaining: data.metadata?.remainingItemCount};
}

/** Before the first object; no string in it holds a brace. */
const head = /^\{"kind":"\w+List","apiVersion":"[\w./]+","metadata":\{[^{}]*\},"items":\[$/u;
const longestHead = 8192;
const items = Buffer.from('"items":[');
const first = Buffer.from('{"metadata":{');
/**
 * Where one object ends and the next begins. A quotation mark behind a brace begins a string, so this is never inside of one; whether it is
 * inside of an object is told by their number.
 */
const between = Buffer.from('},{"metadata":{');
const end = /^\]\}\s*$/u;

/** Undefined where the page does not look as an API server writes it. */
function cutPage(body: Buffer, isWanted: (object: Buffer) => boolean, {limit, last}: PageOptions['expected']): ListPage | undefined {
	const start = body.subarray(0, longestHead).indexOf(items) + items.length;
	const text = body.toString('latin1', 0, start);
	if (!head.test(text) || body.compare(first, 0, first.length, start, start + first.length) !== 0) return undefined;
	const close = body.lastIndexOf('}]}') + 1;
	if (close === 0 || !end.test(body.toString('latin1', close))) return undefined;
	try {
		const page = parsedPage(JSON.parse(`${text}]}`));
		if (page === undefined) return undefined;
		const starts = [start];
		for (let at = body.indexOf(between, start); at >= 0; at = body.indexOf(between, at + between.length)) starts.push(at + 2);
		if (starts.length !== (page.continueToken === undefined ? last : limit)) return undefined;
		const objects = starts.map((from, index) => body.subarray(from, (starts[index + 1] ?? close + 1) - 1));
		return {...page, items: objects.filter(isWanted).map(object => parseJson(object)), count: objects.length};
	} catch {
		// The whole page says what is wrong with it.
		return undefined;
	}
}
