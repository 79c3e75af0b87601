import * as z from 'zod/mini';
import {parseJson} from '../bounded-json.ts';

/** A page of a list: what is wanted of it, and what the list says of itself. */
export type ListPage = {
	readonly items: readonly unknown[];
	/** As the list says, `PodList`; undefined where it does not. */
	readonly kind: string | undefined;
	/** Objects of the page, unwanted ones too. */
	readonly count: number;
	readonly continueToken: string | undefined;
	readonly remaining: number | undefined;
	/** State of the collection that the list shows, the same on all of its pages; a watch from there tells what came after. */
	readonly version: string | undefined;
};

/** What of a page is wanted, and how it is told that the page was cut rightly. */
export type PageOptions = {
	/** Told by an object's bytes before they are parsed. It may want too much, never too little: all unless told. */
	readonly isWanted?: ((object: Buffer) => boolean) | undefined;
	/** What is wanted of an object, undefined for nothing of it; the object itself unless told. */
	readonly take?: ((object: unknown) => unknown) | undefined;
	/** How many objects the page has to have, where that is known: those asked for if another page follows, else what the last page left. */
	readonly expected: {readonly limit: number; readonly last: number | undefined};
};

/** A list of the API (meta/v1 `ListMeta`); Go writes a nil slice as null. */
const listPage = z.object({
	kind: z.optional(z.string()),
	items: z.nullable(z.array(z.unknown())),
	metadata: z.optional(
		z.nullable(
			z.object({continue: z.optional(z.string()), remainingItemCount: z.optional(z.number()), resourceVersion: z.optional(z.string())}),
		),
	),
});

/**
 * What is wanted of a page. Of 150,000 pods it is few, and of 5,000 nodes little: a page as an API server writes it is cut into its objects by
 * their bytes, only wanted ones are parsed, and each is let go before the next. Whatever differs from that form in anything is parsed whole.
 * @throws SyntaxError for what is no JSON; undefined for what is no list
 */
export function readListPage(body: Buffer, options: PageOptions): ListPage | undefined {
	const isCut = options.isWanted !== undefined || options.take !== undefined;
	return (isCut ? cutPage(body, options) : undefined) ?? parsedPage(parseJson(body), options.take);
}

function parsedPage(value: unknown, take?: PageOptions['take']): ListPage | undefined {
	const {success, data} = listPage.safeParse(value);
	if (!success) return undefined;
	const items = data.items ?? [];
	return {
		items: take === undefined ? items : taken(items, take),
		kind: data.kind,
		count: items.length,
		continueToken: data.metadata?.continue || undefined,
		remaining: data.metadata?.remainingItemCount,
		version: data.metadata?.resourceVersion || undefined,
	};
}

function taken<T>(objects: readonly T[], take: (object: T) => unknown): unknown[] {
	const all: unknown[] = [];
	for (const object of objects) {
		const part = take(object);
		if (part !== undefined) all.push(part);
	}

	return all;
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
function cutPage(
	body: Buffer,
	{isWanted = () => true, take = object => object, expected: {limit, last}}: PageOptions,
): ListPage | undefined {
	const start = body.subarray(0, longestHead).indexOf(items) + items.length;
	const text = body.toString('latin1', 0, start);
	if (!head.test(text) || !body.subarray(start, start + first.length).equals(first)) return undefined;
	const close = body.lastIndexOf('}]}') + 1;
	if (close === 0 || !end.test(body.toString('latin1', close))) return undefined;
	try {
		const page = parsedPage(JSON.parse(`${text}]}`));
		if (page === undefined) return undefined;
		const starts = [start];
		for (let at = body.indexOf(between, start); at >= 0; at = body.indexOf(between, at + between.length)) starts.push(at + 2);
		if (starts.length !== (page.continueToken === undefined ? last : limit)) return undefined;
		const objects = starts.map((from, index) => body.subarray(from, (starts[index + 1] ?? close + 1) - 1));
		return {...page, items: taken(objects.filter(isWanted), object => take(parseJson(object))), count: objects.length};
	} catch (error) {
		// The whole page says what is wrong with it.
		if (error instanceof SyntaxError) return undefined;
		throw error;
	}
}
