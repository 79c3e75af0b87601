import type {AppsV1Api, AuthorizationV1Api, CoreV1Api} from '@kubernetes/client-node';
import type {ApiRequest, ClusterClient} from './cluster-client.ts';

/** What of the Kubernetes client library is used: its calls by groups. */
export type Apis = {readonly core: CoreV1Api; readonly apps: AppsV1Api; readonly authorization: AuthorizationV1Api};

/** How a call goes out: what the library has no word for. `patchType` is needed with a patch. */
export type Call = Pick<ApiRequest, 'signal' | 'patchType' | 'repeatable' | 'timeoutMilliseconds'>;

/**
 * One call of the Kubernetes client library over our own connection: its paths, parameters and types; our time limits, retries, limits of
 * size and errors. What it does not know of an object is gone from what it gives: an object that is written back is read by `request`.
 * The library is loaded with the first call.
 * @throws ClusterError, also where the answer is not the object that was asked for
 */
export async function ask<T>(client: Pick<ClusterClient, 'request' | 'server'>, call: Call, act: (apis: Apis) => Promise<T>): Promise<T> {
	const {askTyped} = await import('./client-node.ts');
	return askTyped(client, call, act);
}
