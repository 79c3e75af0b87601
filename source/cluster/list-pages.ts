import type {ApiRequest, ListOptions} from './cluster-client.ts';
import {ClusterError} from './cluster-error.ts';
import {AnswerTooLarge} from './http-exchange.ts';
import {readListPage, type ListPage, type PageOptions} from './list-page.ts';
import {subjectOf} from './request-subject.ts';
import {endlessList, notKubernetes, type ServerAnswer} from './server-answer.ts';

/** kubectl asks for pages of 500. */
const pageSize = 500;
/** A hostPort is not worth reading more. */
const mostItems = 1_000_000;
const mostPages = mostItems / pageSize;
const mostEmptyPages = 20;
const noBody = Buffer.alloc(0);

/** Whom a list is asked of. */
type Asking = {
	/** Sends one request; `read` makes the value of its answer, `otherwise` is the error for what is no answer of Kubernetes. */
	readonly ask: <T>(asked: ApiRequest, read: (answer: ServerAnswer, otherwise: () => Error) => T) => Promise<T>;
	readonly server: string;
};

/** A whole list, page by page; from its beginning once more where the server has forgotten the state that its pages are of (410). See `ClusterClient`. */
export async function listThrough<T>(asking: Asking, path: string, options: ListOptions): Promise<T[]> {
	try {
		return await allPages<T>(asking, path, options);
	} catch (error) {
		if (!(error instanceof ClusterError) || error.status !== 410) throw error;
		options.onRestart?.();
		return allPages<T>(asking, path, options);
	}
}

async function allPages<T>({ask, server}: Asking, path: string, options: ListOptions): Promise<T[]> {
	const {query, signal, pageSize: first = pageSize, take, isWanted, onVersion} = options;
	const all: T[] = [];
	const subject = subjectOf('GET', path);
	const noList = (): Error =>
		notKubernetes(subject, server, {
			status: 200,
			contentType: `JSON that is no list of ${subject.resource}`,
			retryAfter: undefined,
			body: noBody,
		});
	const tokens = new Set<string>();
	let limit = first;
	let continueToken: string | undefined;
	/** What the page before has left. */
	let remaining: number | undefined;
	let empty = 0;
	let seen = 0;
	for (;;) {
		let page: ListPage;
		try {
			const expected = {limit, last: remaining};
			page = await ask(
				{path, query: {...query, limit, continue: continueToken}, ...(signal !== undefined && {signal})},
				(answer, otherwise) => pageIn(answer, subject.resource, {isWanted, take, expected}, otherwise, noList),
			);
		} catch (error) {
			// Some objects are large: the same page in smaller parts.
			if (!(error instanceof AnswerTooLarge) || limit <= 1) throw error;
			limit = Math.ceil(limit / 10);
			continue;
		}

		const {items} = page;
		seen += page.count;
		if (seen > mostItems) throw endlessList(subject, server);
		all.push(...(items as T[]));
		({continueToken, remaining} = page);
		if (continueToken === undefined) {
			if (page.version !== undefined) onVersion?.(page.version);
			return all;
		}

		// A selector may leave a page empty, not page after page; and no server gives a token twice.
		empty = page.count === 0 ? empty + 1 : 0;
		if (empty > mostEmptyPages || tokens.size >= mostPages || tokens.has(continueToken)) throw endlessList(subject, server);
		tokens.add(continueToken);
	}
}

/** Whether a list of a resource names itself so: `pods` is a `PodList`, or a `List` of anything. */
function isKindOf(kind: string | undefined, resource: string): boolean {
	// With its group behind a dot.
	const singular = (resource.split('.')[0] ?? '').replace(/ies$/u, 'y').replace(/s$/u, '');
	return kind === undefined || kind === 'List' || kind.toLowerCase() === `${singular}list`;
}

function pageIn(
	{contentType, body}: ServerAnswer,
	resource: string,
	options: PageOptions,
	otherwise: () => Error,
	noList: () => Error,
): ListPage {
	if (!/\bjson\b/iu.test(contentType)) throw otherwise();
	let page: ListPage | undefined;
	try {
		page = readListPage(body, options);
	} catch (error) {
		// Whatever else is thrown is a fault of what takes the objects, not of the answer.
		throw error instanceof SyntaxError ? otherwise() : error;
	}

	// A proxy that answers with what somebody else has asked for.
	if (page === undefined || !isKindOf(page.kind, resource)) throw noList();
	return page;
}
