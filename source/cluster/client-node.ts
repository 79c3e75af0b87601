import {ServerConfiguration} from '@kubernetes/client-node/dist/gen/servers.js';
import {ResponseContext, wrapHttpLibrary, type RequestContext} from '@kubernetes/client-node/dist/gen/http/http.js';
import {ObjectAppsV1Api, ObjectAuthorizationV1Api, ObjectCoreV1Api} from '@kubernetes/client-node/dist/gen/types/ObjectParamAPI.js';
import type {ApiRequest, ClusterClient} from './cluster-client.ts';
import {ClusterError} from './cluster-error.ts';
import {subjectOf} from './request-subject.ts';
import type {Apis, Call} from './typed-api.ts';

/** Never asked: paths are what is taken of its addresses. */
const base = 'https://kubernetes.invalid';

/** See `ask`. */
export async function askTyped<T>(
	client: Pick<ClusterClient, 'request' | 'server'>,
	call: Call,
	act: (apis: Apis) => Promise<T>,
): Promise<T> {
	let sent: ApiRequest | undefined;
	let refused: unknown;
	const send = async (context: RequestContext): Promise<ResponseContext> => {
		sent = requestOf(context, call);
		try {
			return answered(await client.request(sent));
		} catch (error) {
			refused = error;
			throw error;
		}
	};
	const configuration = {
		baseServer: new ServerConfiguration(base, {}),
		httpApi: wrapHttpLibrary({send}),
		middleware: [],
		authMethods: {},
	};
	try {
		return await act({
			core: new ObjectCoreV1Api(configuration),
			apps: new ObjectAppsV1Api(configuration),
			authorization: new ObjectAuthorizationV1Api(configuration),
		});
	} catch (error) {
		if (sent === undefined || refused !== undefined) throw error;
		// It answered, and the library could not make its object of that: a list where a text belongs, say.
		throw new ClusterError(
			`${client.server} answers with an unexpected object`,
			'Check the server address and any proxy in front of the server',
			subjectOf(sent.method ?? 'GET', sent.path),
			{status: 200, reason: 'NotKubernetes', cause: error},
		);
	}
}

function requestOf(context: RequestContext, {patchType, ...call}: Call): ApiRequest {
	const url = new URL(context.getUrl());
	const body = context.getBody();
	const method = context.getHttpMethod() as Exclude<ApiRequest['method'], undefined>;
	return {
		...call,
		method,
		...(method === 'PATCH' && patchType !== undefined && {patchType}),
		path: url.pathname,
		query: Object.fromEntries(url.searchParams),
		...(typeof body === 'string' && {body: JSON.parse(body) as unknown}),
	};
}

/** What our own request has read and checked, in the form that the library reads. */
function answered(value: unknown): ResponseContext {
	const text = JSON.stringify(value ?? null);
	return new ResponseContext(
		200,
		{'content-type': 'application/json'},
		{
			text: async () => text,
			binary: async () => Buffer.from(text),
			stream: () => null,
		},
	);
}
