import {managedBy} from '../access/helper-pods.ts';
import {insist, isConflict, isGone} from './patience.ts';
import type {StepContext} from './step-work.ts';

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
