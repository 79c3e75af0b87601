import pMap from 'p-map';
import {ask} from '../../cluster/typed-api.ts';
import {ActionableError} from '../../errors.ts';
import {insist, until} from './patience.ts';
import {controllerOf, evict, isReady, ownPod, podsOfController, readPod, type OwnPod, type SeenPod} from './pods.ts';
import type {StepContext} from '../step-work.ts';

const startMilliseconds = 300_000;
const longestGraceSeconds = 3600;

type Workload = {readonly namespace: string; readonly owner: string};
type Pod = {readonly name: string; readonly uid: string};

/** Restarts pods of one workload, so many at a time as it allows. @throws ActionableError where one does not come back */
export async function evictAll(workload: Workload, context: StepContext, pods: readonly Pod[]): Promise<void> {
	let done = 0;
	const known: Known = new Map();
	await pMap(
		pods,
		async pod => {
			await replace(workload, context, pod, known);
			context.say(`${(done += 1)} of ${pods.length} pods of ${workload.owner} are restarted`);
		},
		{concurrency: await parallel(workload, context, pods.length), signal: context.signal, stopOnError: true},
	);
}

/** By controller the uids of its pods: listed once, and what has come since is added. A DaemonSet's pod comes back on its node, so none of it are needed. */
type Known = Map<string, Set<string>>;

/** Evicts one pod and waits until it is gone and one that has come since is ready: one that was ill before need not be well after. */
async function replace({namespace, owner}: Workload, context: StepContext, pod: Pod, known: Known): Promise<void> {
	const {clock, signal, say} = context;
	const old = await insist(async () => readPod(context, namespace, pod.name), context);
	if (old === undefined || old.metadata?.uid !== pod.uid) return;
	const controller = controllerOf(old);
	if (controller === '')
		throw new ActionableError(
			`${namespace}/${pod.name} no longer has an owner: nothing would create it again`,
			'Run fix again; with --allow-bare-pods it restarts such pods from their own manifest.',
		);
	const isOnNode = owner.startsWith('DaemonSet/');
	const list = async (node?: string): Promise<OwnPod[]> => podsOfController(context, namespace, old, node);
	const earlier = isOnNode ? new Set([pod.uid]) : (known.get(controller) ?? new Set((await insist(list, context)).map(({uid}) => uid)));
	if (!isOnNode) known.set(controller, earlier);
	const counts = (each: OwnPod): boolean => !each.isLeaving && (isReady(old) ? each.ready : each.address !== '');
	let waited: OwnPod | undefined;
	/** Pods of the owner where the next one may be: its node first. All of them are asked for only where it is none of these: there may be thousands. */
	const looked = async (near: readonly OwnPod[], isStopping: boolean): Promise<readonly OwnPod[]> => {
		// A port of the node is free there again only after the old one has stopped.
		if (isOnNode || isStopping || near.length > 0) return near;
		return waited === undefined ? list() : sameAgain(context, namespace, waited);
	};

	await evict(context, namespace, pod);
	await until(
		async () => {
			const here = await list(old.spec?.nodeName);
			// One that cannot stop has to be noticed, and elsewhere the next one may be up long before.
			const isStopping = here.some(({uid}) => uid === pod.uid);
			const near = here.filter(({uid}) => !earlier.has(uid));
			const fresh = (await looked(near, isStopping)).filter(({uid}) => !earlier.has(uid));
			waited = fresh[0];
			if (!isStopping && fresh.some(counts)) {
				if (!isOnNode) for (const {uid} of fresh) earlier.add(uid);
				return {value: true};
			}

			return isStopping
				? {stillAt: `${namespace}/${pod.name} is stopping`}
				: {
						stillAt: `${namespace}/${pod.name}: its replacement is not ${fresh.length === 0 ? 'created' : 'ready'} yet`,
						done: 1 + fresh.length,
					};
		},
		{
			clock,
			signal,
			say,
			what: `${namespace}/${pod.name} does not stop, or its replacement does not become ready`,
			hint: `See: kubectl -n ${namespace} describe pods`,
			limitMilliseconds: startMilliseconds + graceOf(old),
		},
	);
}

/** The same pod as it is now; none where it is gone or another. */
async function sameAgain(context: StepContext, namespace: string, {name, uid}: OwnPod): Promise<readonly OwnPod[]> {
	const now = await readPod(context, namespace, name);
	return now?.metadata?.uid === uid ? [ownPod(now)] : [];
}

/** A pod may take so long to stop, and on the same node or port the next one starts after that. Milliseconds. */
const graceOf = ({spec}: SeenPod): number => Math.min(spec?.terminationGracePeriodSeconds ?? 30, longestGraceSeconds) * 1000;

/** A DaemonSet says how many of its pods may be away at the same time; of everything else one is. */
async function parallel({namespace, owner}: Workload, context: StepContext, count: number): Promise<number> {
	if (!owner.startsWith('DaemonSet/')) return 1;
	const name = owner.slice('DaemonSet/'.length);
	const {client, signal} = context;
	const {spec} = await insist(
		async () => ask(client, {signal}, async ({apps}) => apps.readNamespacedDaemonSet({name, namespace})),
		context,
	);
	const allowed = spec?.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1;
	const number = typeof allowed === 'number' ? allowed : Math.floor((Number.parseInt(allowed, 10) / 100) * count);
	return Math.max(1, Math.min(Number.isNaN(number) ? 1 : number, 32));
}
