import type {ClusterClient} from '../cluster/cluster-client.ts';
import {messageOf} from '../errors.ts';
import {daemonSetPath, restartedAt} from './agents.ts';
import {stepsOf, type Plan} from './plan.ts';
import {fieldManager} from './steps/patch-configmap.ts';

/** Sends every write of a plan that the server can try without doing it; a line for each, with the server's answer. */
export async function dryRunOnServer(client: ClusterClient, plan: Plan, signal: AbortSignal): Promise<string[]> {
	const tries = [
		...stepsOf(plan, 'patch-configmap').map(({title, parameters: {namespace, name, changes, resourceVersion}}) => ({
			title,
			path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps/${encodeURIComponent(name)}`,
			body: {metadata: {resourceVersion}, data: Object.fromEntries(Object.entries(changes).map(([key, {to}]) => [key, to]))},
		})),
		...stepsOf(plan, 'roll-agents').map(({title, parameters}) => ({
			title,
			path: daemonSetPath(parameters),
			body: {spec: {template: {metadata: {annotations: {[restartedAt]: new Date(0).toISOString()}}}}},
		})),
	];
	return Promise.all(
		tries.map(async ({title, path, body}) => {
			try {
				await client.request({method: 'PATCH', path, patchType: 'merge', query: {fieldManager, dryRun: 'All'}, body, signal});
				return `the server accepts: ${title}`;
			} catch (error) {
				signal.throwIfAborted();
				return `the server refuses: ${title}: ${messageOf(error)}`;
			}
		}),
	);
}
