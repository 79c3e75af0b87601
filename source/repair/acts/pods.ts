import type {V1Pod} from '@kubernetes/client-node';
import pMap from 'p-map';
import {podPath} from '../../access/helper-pods.ts';
import type {Wire} from '../../cluster/cluster-client.ts';
import {ClusterError} from '../../cluster/cluster-error.ts';
import {ask} from '../../cluster/typed-api.ts';
import {isVersion} from '../../cilium/version.ts';
import {ActionableError} from '../../errors.ts';
import {insist, isConflict, isGone, until} from './patience.ts';
import type {StepContext} from '../step-work.ts';

/** A pod that is re-created, whole: what is created again has to be what was there. */
export type SeenPod = Wire<V1Pod>;

/** How long disruption budgets may refuse before a person has to look: once a run, its rollback included. */
const budgetMilliseconds = 600_000;
/** And the others after that: a budget refuses for some seconds whenever a pod has just been replaced. */
const laterMilliseconds = 15_000;

/** Whether the condition Ready is true. */
export const isReady = ({status}: SeenPod): boolean =>
	status?.conditions?.some(({type, status: state}) => type === 'Ready' && state === 'True') === true;
/** Whether the pod is being deleted. */
export const isLeaving = ({metadata}: SeenPod): boolean => metadata?.deletionTimestamp !== undefined;
/** uid of its controller; empty where it has none. */
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

/** A pod of a workload that may have thousands: no more of each is held. */
export type OwnPod = {
	readonly name: string;
	readonly uid: string;
	readonly node: string;
	readonly ready: boolean;
	/** Empty where it has none yet. */
	readonly address: string;
	readonly isLeaving: boolean;
	readonly hasHostPort: boolean;
	readonly hasOwner: boolean;
};

/** What is held of a pod. */
export const ownPod = (pod: SeenPod): OwnPod => ({
	name: pod.metadata?.name ?? '',
	uid: pod.metadata?.uid ?? '',
	node: pod.spec?.nodeName ?? '',
	ready: isReady(pod),
	address: pod.status?.podIP ?? '',
	isLeaving: isLeaving(pod),
	hasHostPort: hasHostPort(pod),
	hasOwner: controllerOf(pod) !== '',
});

/**
 * The pods of one controller; the hash labels of Deployments, DaemonSets and StatefulSets keep the answer short.
 * @param node of this node alone: there may be thousands, and hundreds of them are waited for at the same time
 */
export async function podsOfController({client, signal}: StepContext, namespace: string, like: SeenPod, node?: string): Promise<OwnPod[]> {
	const hash = ['pod-template-hash', 'controller-revision-hash'].find(label => like.metadata?.labels?.[label] !== undefined);
	const labelSelector = hash === undefined ? undefined : `${hash}=${like.metadata?.labels?.[hash]}`;
	const fieldSelector = node === undefined ? undefined : `spec.nodeName=${node}`;
	const take = (object: unknown): OwnPod | undefined =>
		controllerOf(object as SeenPod) === controllerOf(like) ? ownPod(object as SeenPod) : undefined;
	return client.list<OwnPod>(podPath(namespace), {query: {labelSelector, fieldSelector}, signal, take});
}

/**
 * Asks for the eviction of this very pod and waits while a disruption budget refuses. policy/v1 since Kubernetes 1.22,
 * v1beta1 before (KEP-85).
 * @throws ActionableError where it goes on refusing
 */
export async function evict(context: StepContext, namespace: string, pod: {readonly name: string; readonly uid: string}): Promise<void> {
	const {client, clock, signal, say, tell, plan, budgets} = context;
	const limitMilliseconds = budgets.isSpent ? laterMilliseconds : budgetMilliseconds;
	const full = `${namespace}/${pod.name}`;
	const started = clock.now();
	let refused = '';
	let isTold = false;
	const apiVersion = isVersion(plan.kubernetes, '>=1.22.0') ? 'policy/v1' : 'policy/v1beta1';
	await until(
		async () => {
			try {
				const metadata = {name: pod.name, namespace};
				const body = {apiVersion, kind: 'Eviction', metadata, deleteOptions: {preconditions: {uid: pod.uid}}};
				await ask(client, {signal}, async ({core}) => core.createNamespacedPodEviction({...metadata, body}));
			} catch (error) {
				// 409: another pod has its name by now; both mean that it is gone.
				if (isGone(error) || isConflict(error)) return {value: true};
				if (!(error instanceof ClusterError)) throw error;
				// Kubernetes, pkg/registry/core/pod/storage/eviction.go: it stays so, and bears no reason but these words.
				if (/more than one PodDisruptionBudget/u.test(error.message))
					throw new ActionableError(
						`${full} cannot be evicted: more than one disruption budget selects it`,
						`Keep only one of them: kubectl -n ${namespace} get poddisruptionbudgets`,
						{cause: error},
					);
				if (error.status !== 429) throw error;
				refused = error.causes[0] ?? 'a disruption budget refuses';
				if (!isTold && clock.now() - started >= laterMilliseconds / 3) {
					isTold = true;
					tell(`${full} is not evicted yet: ${refused}; waiting for up to ${limitMilliseconds / 1000} s`);
				}

				return {stillAt: `${full}: ${refused}`};
			}

			return {value: true};
		},
		{
			clock,
			signal,
			say,
			what: `eviction of ${full} was refused`,
			hint: `Let its disruption budget allow one eviction, then try again: kubectl -n ${namespace} get poddisruptionbudgets`,
			limitMilliseconds,
		},
	).catch((error: unknown) => {
		budgets.isSpent ||= refused !== '' && !signal.aborted;
		throw error;
	});
}

/** Deletes a pod by its uid; one that is gone or another is no error. */
export async function deletePod(
	context: StepContext,
	namespace: string,
	pod: {readonly name: string; readonly uid: string},
): Promise<void> {
	await insist(async () => {
		const {client, signal} = context;
		const body = {apiVersion: 'v1', kind: 'DeleteOptions', preconditions: {uid: pod.uid}};
		await ask(client, {signal}, async ({core}) => core.deleteNamespacedPod({name: pod.name, namespace, body})).catch((error: unknown) => {
			if (!isGone(error) && !isConflict(error)) throw error;
		});
	}, context);
}

type Pod = {readonly name: string; readonly uid: string; readonly node: string; readonly ready: boolean};
/** Pods of one owner, `DaemonSet/web`; empty: a bare pod. */
type Workload = {readonly namespace: string; readonly owner: string; readonly pods: readonly Pod[]};

/** Those of the pods that are there as they were: by their uid. */
export async function stillThere({namespace, pods}: Workload, context: StepContext): Promise<readonly Pod[]> {
	const seen = await pMap(pods, async pod => ({pod, now: await readPod(context, namespace, pod.name)}), {
		concurrency: 8,
		signal: context.signal,
	});
	return seen.filter(({pod, now}) => now?.metadata?.uid === pod.uid).map(({pod}) => pod);
}

/** Every pod of the step's owner as it is now; for a bare pod the one of its name. */
export async function podsOfOwner({namespace, owner, pods}: Workload, {client, signal}: StepContext): Promise<OwnPod[]> {
	const [kind, name = ''] = owner.split('/');
	const names = owner === '' ? pods.map(pod => pod.name) : [name];
	const isOwn = ({metadata}: SeenPod): boolean => {
		const controller = metadata?.ownerReferences?.find(each => each.controller === true);
		if (owner === '') return names.includes(metadata?.name ?? '');
		// A Deployment owns its pods through a ReplicaSet that bears its name and a hash.
		return kind === 'Deployment'
			? controller?.kind === 'ReplicaSet' && controller.name?.replace(/-[^-]+$/u, '') === name
			: controller?.kind === kind && controller?.name === name;
	};
	return client.list<OwnPod>(podPath(namespace), {
		signal,
		isWanted: object => names.some(each => object.includes(each)),
		take: object => (isOwn(object as SeenPod) ? ownPod(object as SeenPod) : undefined),
	});
}
