import * as z from 'zod/mini';
import {parseJson} from '../bounded-json.ts';
import type {ApiRequest, ClusterClient, PatchType} from './cluster-client.ts';
import type {Connection} from './connection.ts';
import {exchange, release} from './http-exchange.ts';
import {listThrough} from './list-pages.ts';
import {subjectOf} from './request-subject.ts';
import {notKubernetes, refusal, type ServerAnswer} from './server-answer.ts';
import {createSlots} from '../slots.ts';

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

/** Requests on the way at once; each is a connection that is kept. */
const maximumConnections = 16;

/** Plain requests and paged lists over a connection: see `ClusterClient`. */
export function requestsOver(connection: Connection, defaults: RequestDefaults): Pick<ClusterClient, 'request' | 'list' | 'serverTime'> {
	const line = createSlots(maximumConnections);
	let serverTime: number | undefined;

	/** @param read makes the value of an answer; `otherwise` is the error for what is no answer of Kubernetes */
	async function ask<T>(
		{method = 'GET', path, query, body, patchType, signal, timeoutMilliseconds, repeatable = method === 'GET'}: ApiRequest,
		read: (answer: ServerAnswer, otherwise: () => Error) => T,
	): Promise<T> {
		const subject = subjectOf(method, path);
		const url = connection.url(path, query);
		const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
		const send = async (): Promise<T> =>
			connection.send(
				subject,
				{signal, timeoutMilliseconds: timeoutMilliseconds ?? defaults.timeoutMilliseconds, repeatable},
				async ({headers, pool, signal, unauthorized}) => {
					const answer = await exchange(pool, {
						method,
						url,
						body: payload,
						repeatable,
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
		return line.use(send, signal);
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

	return {
		request,
		list: async (path, options = {}) => listThrough({ask, server: connection.server}, path, options),
		get serverTime() {
			return serverTime;
		},
	};
}

/** `kind` of meta/v1 `TypeMeta`, which lists, `Status` and discovery have too. A refusal that comes with 200 is none of an API server's. */
const isObjectOfApi = z
	.looseObject({kind: z.string().check(z.minLength(1)), status: z.optional(z.unknown())})
	.check(z.refine(({kind, status}) => kind !== 'Status' || status !== 'Failure'));

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
