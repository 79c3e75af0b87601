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

export const restartedAt = 'kubectl.kubernetes.io/restartedAt';

/** Where Cilium's DaemonSet is. */
export type AgentPlace = {readonly namespace: string; readonly daemonSet: string};

type SeenDaemonSet = {
	readonly metadata?: {readonly generation?: number};
	readonly spec?: {
		readonly selector?: {readonly matchLabels?: Readonly<Record<string, string>>};
		readonly updateStrategy?: {readonly type?: string};
		readonly template?: {readonly metadata?: {readonly annotations?: Readonly<Record<string, string>>}};
	};
	readonly status?: {
		readonly observedGeneration?: number;
		readonly desiredNumberScheduled?: number;
		readonly updatedNumberScheduled?: number;
		readonly numberAvailable?: number;
	};
};

type SeenAgent = {
	readonly metadata?: {
		readonly name?: string;
		readonly uid?: string;
		readonly creationTimestamp?: string;
		readonly deletionTimestamp?: string;
	};
	readonly spec?: {readonly nodeName?: string};
	readonly status?: {
		readonly conditions?: ReadonlyArray<{readonly type?: string; readonly status?: string}>;
		readonly containerStatuses?: ReadonlyArray<{
			readonly state?: {readonly waiting?: {readonly reason?: string; readonly message?: string}};
		}>;
	};
};

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
	const {metadata, spec, status} = await client.request<SeenDaemonSet>({path: daemonSetPath(place), signal});
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
	const pods = await client.list<SeenAgent>(`/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`, {
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
