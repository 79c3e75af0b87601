import {managedBy} from '../../access/helper-pods.ts';
import {isVersion} from '../../cilium/version.ts';
import type {ClusterClient} from '../../cluster/cluster-client.ts';
import {insist, isConflict, isGone} from './patience.ts';
import type {StepContext} from '../step-work.ts';

/** The CiliumNodeConfig that gives one node the new settings. */
export const canaryName = 'kubectl-hostport-canary';

/** Where it is: Cilium's namespace, and the API version that this cluster has. */
export type NodeConfigPlace = {readonly namespace: string; readonly api: string};

/** Gives the node with this hostname settings of its own. One that is there already is of an interrupted run, and makes way. */
export async function createNodeConfig(
	place: NodeConfigPlace,
	{hostname, settings}: {readonly hostname: string; readonly settings: Readonly<Record<string, string>>},
	context: StepContext,
): Promise<void> {
	const body = {
		apiVersion: place.api,
		kind: 'CiliumNodeConfig',
		metadata: {name: canaryName, namespace: place.namespace, labels: {[managedBy.label]: managedBy.value}},
		spec: {nodeSelector: {matchLabels: {'kubernetes.io/hostname': hostname}}, defaults: settings},
	};
	const create = async (): Promise<unknown> =>
		context.client.request({method: 'POST', path: nodeConfigPath(place), body, signal: context.signal});
	await insist(async () => {
		try {
			await create();
		} catch (error) {
			if (!isConflict(error)) throw error;
			await removeNodeConfig(place, context);
			await create();
		}
	}, context);
}

/** Removes it; that it is gone already is no error. */
export async function removeNodeConfig(place: NodeConfigPlace, context: StepContext): Promise<void> {
	await insist(async () => {
		await context.client
			.request({method: 'DELETE', path: nodeConfigPath(place, canaryName), signal: context.signal})
			.catch((error: unknown) => {
				if (!isGone(error)) throw error;
			});
	}, context);
}

function nodeConfigPath({namespace, api}: NodeConfigPlace, name = ''): string {
	return `/apis/${api}/namespaces/${encodeURIComponent(namespace)}/ciliumnodeconfigs${name === '' ? '' : `/${name}`}`;
}

/** CiliumNodeConfig came as v2alpha1 with Cilium 1.13, as v2 with 1.16 (cilium/cilium, pkg/k8s/apis/cilium.io). */
const apis = ['cilium.io/v2', 'cilium.io/v2alpha1'] as const;

/** The API version under which CiliumNodeConfig exists in this cluster; undefined where it does not. */
export async function findNodeConfigApi(client: ClusterClient, ciliumVersion: string, signal: AbortSignal): Promise<string | undefined> {
	if (!isVersion(ciliumVersion, '>=1.13.0')) return undefined;
	for (const api of apis) {
		const found = await client
			.request<{readonly resources?: ReadonlyArray<{readonly name?: string}>}>({path: `/apis/${api}`, signal})
			.catch((error: unknown) => {
				if (isGone(error)) return {resources: []};
				throw error;
			});
		if (found.resources?.some(({name}) => name === 'ciliumnodeconfigs') === true) return api;
	}

	return undefined;
}
