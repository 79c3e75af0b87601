import type {ClusterClient} from '../cluster/cluster-client.ts';
import {messageOf} from '../errors.ts';
import {daemonSetPath, restartedAt} from './agents.ts';
import {daemonSetObjects} from './manifests/daemon-set.ts';
import {stepsOf, type Plan} from './plan.ts';
import {fieldManager} from './steps/patch-configmap.ts';

const patch = {method: 'PATCH', patchType: 'merge'} as const;

/** Sends every write of a plan that the server can try without doing it; a line for each, with the server's answer. */
export async function dryRunOnServer(client: ClusterClient, plan: Plan, signal: AbortSignal): Promise<string[]> {
	const tries = [
		...stepsOf(plan, 'patch-configmap').map(({title, parameters: {namespace, name, changes, resourceVersion}}) => ({
			...patch,
			title,
			path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps/${encodeURIComponent(name)}`,
			body: {metadata: {resourceVersion}, data: Object.fromEntries(Object.entries(changes).map(([key, {to}]) => [key, to]))},
		})),
		...stepsOf(plan, 'roll-agents').map(({title, parameters}) => ({
			...patch,
			title,
			path: daemonSetPath(parameters),
			body: {spec: {template: {metadata: {annotations: {[restartedAt]: new Date(0).toISOString()}}}}},
		})),
		// What an admission webhook may refuse is in the DaemonSet itself, not in the binary that it carries.
		...stepsOf(plan, 'guard-new-nodes').map(({title, parameters: {namespace, image, folder}}) => ({
			method: 'POST' as const,
			title,
			path: daemonSetPath({namespace, daemonSet: ''}).slice(0, -1),
			body: daemonSetObjects({namespace, image, folder, source: {kind: 'carried', binaries: []}}).at(-1),
		})),
	];
	return Promise.all(
		tries.map(async ({title, ...request}) => {
			try {
				await client.request({...request, query: {fieldManager, dryRun: 'All'}, signal});
				return `the server accepts: ${title}`;
			} catch (error) {
				signal.throwIfAborted();
				return `the server refuses: ${title}: ${messageOf(error)}`;
			}
		}),
	);
}
