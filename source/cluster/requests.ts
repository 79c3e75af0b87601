import * as z from 'zod/mini';
import {parseJson} from '../bounded-json.ts';
import type {ApiRequest, ClusterClient, ListOptions, PatchType} from './cluster-client.ts';
import {ClusterError} from './cluster-error.ts';
import type {Connection} from './connection.ts';
import {AnswerTooLarge, exchange, release} from './http-exchange.ts';
import {readListPage, type ListPage, type PageOptions} from './list-page.ts';
import {subjectOf} from './request-subject.ts';
import {endlessList, notKubernetes, refusal, type ServerAnswer} from './server-answer.ts';
import {slots} from '../slots.ts';

type RequestDefaults = {
	readonly timeoutMilliseconds: number;
	readonly compression: boolean;
};

const patchContentTypes: Readonly<Record<PatchType, string>> = {
	merge: 'application/merge-patch+json',
	'strategic-merge': 'application/strategic-merge-patch+json',
	json: 'application/json-patch+json',
	// JSON is YAML.
	apply: 'application/apply-patch+yaml',
};

/** kubectl asks for pages of 500. */
const pageSize = 500;
/** A hostPort is not worth reading more. */
const mostItems = 1_000_000;
const mostPages = mostItems / pageSize;
const mostEmptyPages = 20;
const noBody = Buffer.alloc(0);
/** Requests on the way at once; each is a connection that is kept. */
const maximumConnections = 16;

/** Plain requests and paged lists over a connection: see `ClusterClient`. */
export function requestsOver(connection: Connection, defaults: RequestDefaults): Pick<ClusterClient, 'request' | 'list' | 'serverTime'> {
	const line = slots(maximumConnections);
	let serverTime: number | undefined;

	/** @param read makes the value of an answer; `otherwise` is the error for what is no answer of Kubernetes */
	async function ask<T>(
		{method = 'GET', path, query, body, patchType, signal, timeoutMilliseconds, repeatable = method === 'GET'}: ApiRequest,
		read: (answer: ServerAnswer, otherwise: () => Error) => T,
	): Promise<T> {
		const subject = subjectOf(method, path);
		const url = connection.url(path, query);
		const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
		const leave = await line.take(signal ?? new AbortController().signal);
		try {
			return await connection.send(
				subject,
				{signal, timeoutMilliseconds: timeoutMilliseconds ?? defaults.timeoutMilliseconds, repeatable},
				async ({headers, pool, signal, unauthorized}) => {
					const answer = await exchange(pool, {
						method,
						url,
						body: payload,
						signal,
						headers: {
							...headers,
							accept: 'application/json',
							...(defaults.compression && {'accept-encoding': 'gzip'}),
							...(payload !== undefined && {
								'content-type': patchType === undefined ? 'application/json' : patchContentTypes[patchType],
								'content-length': payload.length,
							}),
						},
					});
					const told = Date.parse(answer.date ?? '');
					if (!Number.isNaN(told)) serverTime = told;
					if (answer.status >= 300) throw refusal(subject, connection.server, answer, unauthorized);
					const otherwise = (): Error => notKubernetes(subject, connection.server, answer);
					const value = read(answer, otherwise);
					release(answer);
					return [answer.status, value];
				},
			);
		} finally {
			leave();
		}
	}

	async function request<T>(asked: ApiRequest): Promise<T> {
		return ask(asked, (answer, otherwise) => {
			const value = valueOf(answer, otherwise);
			// Every answer of these paths names its kind; one that does not is nobody's empty object.
			if (/^\/apis?\//u.test(asked.path) && value !== undefined && typeof value !== 'string' && !isObjectOfApi.safeParse(value).success)
				throw otherwise();
			return value as T;
		});
	}

	async function list<T>(path: string, options: ListOptions = {}): Promise<T[]> {
		try {
			return await allPages<T>(path, options);
		} catch (error) {
			if (!(error instanceof ClusterError) || error.status !== 410) throw error;
			options.onRestart?.();
			return allPages<T>(path, options);
		}
	}

	async function allPages<T>(path: string, options: ListOptions): Promise<T[]> {
		const {query, signal, pageSize: first = pageSize, take, isWanted, onVersion} = options;
		const all: T[] = [];
		const subject = subjectOf('GET', path);
		const noList = (): Error =>
			notKubernetes(subject, connection.server, {status: 200, contentType: 'JSON that is no list', retryAfter: undefined, body: noBody});
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
					(answer, otherwise) => pageIn(answer, {isWanted, take, expected}, otherwise, noList),
				);
			} catch (error) {
				// Some objects are large: the same page in smaller parts.
				if (!(error instanceof AnswerTooLarge) || limit <= 1) throw error;
				limit = Math.ceil(limit / 10);
				continue;
			}

			const {items} = page;
			seen += page.count;
			if (seen > mostItems) throw endlessList(subject, connection.server);
			all.push(...(items as T[]));
			({continueToken, remaining} = page);
			if (continueToken === undefined) {
				if (page.version !== undefined) onVersion?.(page.version);
				return all;
			}

			// A selector may leave a page empty, not page after page; and no server gives a token twice.
			empty = page.count === 0 ? empty + 1 : 0;
			if (empty > mostEmptyPages || tokens.size >= mostPages || tokens.has(continueToken)) throw endlessList(subject, connection.server);
			tokens.add(continueToken);
		}
	}

	return {
		request,
		list,
		get serverTime() {
			return serverTime;
		},
	};
}

/** `kind` of meta/v1 `TypeMeta`, which lists, `Status` and discovery have too. */
const isObjectOfApi = z.looseObject({kind: z.string().check(z.minLength(1))});

function pageIn({contentType, body}: ServerAnswer, options: PageOptions, otherwise: () => Error, noList: () => Error): ListPage {
	if (!/\bjson\b/iu.test(contentType)) throw otherwise();
	let page: ListPage | undefined;
	try {
		page = readListPage(body, options);
	} catch (error) {
		// Whatever else is thrown is a fault of what takes the objects, not of the answer.
		throw error instanceof SyntaxError ? otherwise() : error;
	}

	if (page === undefined) throw noList();
	return page;
}

/** JSON as what it stands for, plain text (logs, `/readyz`) as text, nothing as undefined. */
function valueOf({contentType, body}: ServerAnswer, otherwise: () => Error): unknown {
	if (body.length === 0) return undefined;
	if (/^text\/plain\b/iu.test(contentType)) return body.toString('utf8');
	if (!/\bjson\b/iu.test(contentType)) throw otherwise();
	try {
		return parseJson(body);
	} catch {
		throw otherwise();
	}
}
