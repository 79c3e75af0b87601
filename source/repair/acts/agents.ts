import type {V1Pod} from '@kubernetes/client-node';
import type {Wire} from '../../cluster/cluster-client.ts';
import {ask} from '../../cluster/typed-api.ts';
import {printableLine} from '../../foreign-text.ts';
import type {StepContext} from '../step-work.ts';

/** What is needed of an agent's pod. */
export type AgentPod = {
	readonly name: string;
	readonly uid: string;
	readonly node: string;
	readonly createdAt: string;
	readonly ready: boolean;
	readonly trouble: string;
};

/** What is needed of Cilium's DaemonSet. */
export type AgentDaemonSet = {
	readonly restartedAt: string | null;
	readonly strategy: string;
	readonly selector: string;
	readonly isObserved: boolean;
	readonly desired: number;
	readonly updated: number;
	readonly available: number;
};

/** Annotation that `kubectl rollout restart` sets. */
export const restartedAt = 'kubectl.kubernetes.io/restartedAt';

/** Where Cilium's DaemonSet is. */
export type AgentPlace = {readonly namespace: string; readonly daemonSet: string};

/** API path of the DaemonSet of agents. */
export function daemonSetPath({namespace, daemonSet}: AgentPlace): string {
	return `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/daemonsets/${encodeURIComponent(daemonSet)}`;
}

/** A pod as the controller of a workload makes it. */
export function podOf(workload: object | undefined, name: string, namespace: string): object {
	const {spec} = (workload ?? {}) as {readonly spec?: {readonly template?: {readonly metadata?: object; readonly spec?: object}}};
	return {...spec?.template, apiVersion: 'v1', kind: 'Pod', metadata: {...spec?.template?.metadata, name, namespace}};
}

/** Cilium's DaemonSet as it is now. */
export async function readDaemonSet({client, signal}: Pick<StepContext, 'client' | 'signal'>, place: AgentPlace): Promise<AgentDaemonSet> {
	const {metadata, spec, status} = await ask(client, {signal}, async ({apps}) =>
		apps.readNamespacedDaemonSet({name: place.daemonSet, namespace: place.namespace}),
	);
	return {
		restartedAt: spec?.template?.metadata?.annotations?.[restartedAt] ?? null,
		strategy: spec?.updateStrategy?.type ?? 'RollingUpdate',
		selector: Object.entries(spec?.selector?.matchLabels ?? {'k8s-app': 'cilium'})
			.map(([key, value]) => `${key}=${value}`)
			.join(','),
		isObserved: (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0),
		desired: status?.desiredNumberScheduled ?? 0,
		updated: status?.updatedNumberScheduled ?? 0,
		available: status?.numberAvailable ?? 0,
	};
}

/** The agents' pods, of one node or of all, without those that are on their way out. */
export async function agentPods(
	{client, signal}: Pick<StepContext, 'client' | 'signal'>,
	namespace: string,
	selector: string,
	node?: string,
): Promise<AgentPod[]> {
	const pods = await client.list<Wire<V1Pod>>(`/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`, {
		query: {labelSelector: selector, ...(node !== undefined && {fieldSelector: `spec.nodeName=${node}`})},
		signal,
	});
	return pods
		.filter(({metadata}) => metadata?.deletionTimestamp === undefined)
		.map(({metadata, spec, status}) => ({
			name: metadata?.name ?? '',
			uid: metadata?.uid ?? '',
			node: spec?.nodeName ?? '',
			createdAt: metadata?.creationTimestamp ?? '',
			ready: status?.conditions?.some(({type, status: state}) => type === 'Ready' && state === 'True') === true,
			trouble: printableLine(
				(status?.containerStatuses ?? [])
					.map(({state}) => [state?.waiting?.reason, state?.waiting?.message].filter(Boolean).join(': '))
					.find(Boolean) ?? '',
				200,
			),
		}));
}
