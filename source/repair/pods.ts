import {podPath} from '../access/helper-pods.ts';
import {ClusterError} from '../cluster/cluster-error.ts';
import {isVersion} from '../cilium/version.ts';
import {insist, isConflict, isGone, until} from './patience.ts';
import type {StepContext} from './step-work.ts';

/** What is needed of a pod that is re-created. */
export type SeenPod = {
	readonly metadata?: {
		readonly name?: string;
		readonly namespace?: string;
		readonly uid?: string;
		readonly creationTimestamp?: string;
		readonly deletionTimestamp?: string;
		readonly labels?: Readonly<Record<string, string>>;
		readonly annotations?: Readonly<Record<string, string>>;
		readonly ownerReferences?: ReadonlyArray<{
			readonly uid?: string;
			readonly controller?: boolean;
			readonly kind?: string;
			readonly name?: string;
		}>;
	};
	readonly spec?: {
		readonly nodeName?: string;
		readonly hostNetwork?: boolean;
		readonly terminationGracePeriodSeconds?: number;
		readonly containers?: ReadonlyArray<{readonly ports?: ReadonlyArray<{readonly hostPort?: number}>}>;
	};
	readonly status?: {
		readonly phase?: string;
		readonly podIP?: string;
		readonly conditions?: ReadonlyArray<{readonly type?: string; readonly status?: string}>;
	};
};

/** How long a disruption budget may refuse before a person has to look. */
const budgetMilliseconds = 600_000;

export const isReady = ({status}: SeenPod): boolean =>
	status?.conditions?.some(({type, status: state}) => type === 'Ready' && state === 'True') === true;
export const isLeaving = ({metadata}: SeenPod): boolean => metadata?.deletionTimestamp !== undefined;
export const controllerOf = ({metadata}: SeenPod): string =>
	metadata?.ownerReferences?.find(({controller}) => controller === true)?.uid ?? '';

/** Whether a repair may concern it at all: it has a hostPort, and its ports are not the node's own. */
export const hasHostPort = ({spec}: SeenPod): boolean =>
	spec?.hostNetwork !== true && (spec?.containers ?? []).some(({ports = []}) => ports.some(({hostPort = 0}) => hostPort > 0));

/** One pod; undefined where there is none. */
export async function readPod({client, signal}: StepContext, namespace: string, name: string): Promise<SeenPod | undefined> {
	return client.request<SeenPod>({path: podPath(namespace, name), signal}).catch((error: unknown) => {
		if (isGone(error)) return undefined;
		throw error;
	});
}

/** The pods of one controller; the hash labels of Deployments, DaemonSets and StatefulSets keep the answer short. */
export async function podsOfController({client, signal}: StepContext, namespace: string, like: SeenPod): Promise<SeenPod[]> {
	const hash = ['pod-template-hash', 'controller-revision-hash'].find(label => like.metadata?.labels?.[label] !== undefined);
	const labelSelector = hash === undefined ? undefined : `${hash}=${like.metadata?.labels?.[hash]}`;
	const pods = await client.list<SeenPod>(podPath(namespace), {query: {labelSelector}, signal});
	return pods.filter(pod => controllerOf(pod) === controllerOf(like));
}

/**
 * Asks for the eviction of this very pod and waits while a disruption budget refuses. policy/v1 since Kubernetes 1.22,
 * v1beta1 before (KEP-85).
 */
export async function evict(context: StepContext, namespace: string, pod: {readonly name: string; readonly uid: string}): Promise<void> {
	const {client, clock, signal, say, plan} = context;
	const apiVersion = isVersion(plan.kubernetes, '>=1.22.0') ? 'policy/v1' : 'policy/v1beta1';
	await until(
		async () => {
			try {
				await client.request({
					method: 'POST',
					path: `${podPath(namespace, pod.name)}/eviction`,
					body: {apiVersion, kind: 'Eviction', metadata: {name: pod.name, namespace}, deleteOptions: {preconditions: {uid: pod.uid}}},
					signal,
				});
			} catch (error) {
				// 409: another pod has its name by now; both mean that it is gone.
				if (isGone(error) || isConflict(error)) return {value: true};
				if (error instanceof ClusterError && error.status === 429)
					return {stillAt: `${namespace}/${pod.name}: a disruption budget refuses for now`};
				throw error;
			}

			return {value: true};
		},
		{
			clock,
			signal,
			say,
			what: `${namespace}/${pod.name} may not be evicted`,
			hint: `See: kubectl -n ${namespace} get poddisruptionbudgets`,
			limitMilliseconds: budgetMilliseconds,
		},
	);
}

/** Deletes a pod by its uid; one that is gone or another is no error. */
export async function deletePod(
	context: StepContext,
	namespace: string,
	pod: {readonly name: string; readonly uid: string},
): Promise<void> {
	await insist(async () => {
		await context.client
			.request({
				method: 'DELETE',
				path: podPath(namespace, pod.name),
				body: {apiVersion: 'v1', kind: 'DeleteOptions', preconditions: {uid: pod.uid}},
				signal: context.signal,
			})
			.catch((error: unknown) => {
				if (!isGone(error) && !isConflict(error)) throw error;
			});
	}, context);
}
