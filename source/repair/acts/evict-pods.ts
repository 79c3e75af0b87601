import pMap from 'p-map';
import {ask} from '../../cluster/typed-api.ts';
import {ActionableError} from '../../errors.ts';
import {insist, until} from './patience.ts';
import {controllerOf, evict, isLeaving, isReady, podsOfController, readPod, type SeenPod} from './pods.ts';
import type {StepContext} from '../step-work.ts';

const startMilliseconds = 300_000;
const longestGraceSeconds = 3600;

type Workload = {readonly namespace: string; readonly owner: string};
type Pod = {readonly name: string; readonly uid: string};

/** Restarts pods of one workload, so many at a time as it allows. @throws ActionableError where one does not come back */
export async function evictAll(workload: Workload, context: StepContext, pods: readonly Pod[]): Promise<void> {
	let done = 0;
	await pMap(
		pods,
		async pod => {
			await replace(workload, context, pod);
			context.say(`${(done += 1)} of ${pods.length} pods of ${workload.owner} are restarted`);
		},
		{concurrency: await parallel(workload, context, pods.length), signal: context.signal, stopOnError: true},
	);
}

/** Evicts one pod and waits until its owner has as many ready pods as before: one that was ill before need not be well after. */
async function replace({namespace, owner}: Workload, context: StepContext, pod: Pod): Promise<void> {
	const {clock, signal, say} = context;
	const old = await insist(async () => readPod(context, namespace, pod.name), context);
	if (old === undefined || old.metadata?.uid !== pod.uid) return;
	if (controllerOf(old) === '')
		throw new ActionableError(
			`${namespace}/${pod.name} no longer has an owner: nothing would create it again`,
			'Run fix again; with --allow-bare-pods it restarts such pods from their own manifest.',
		);
	const onNode = owner.startsWith('DaemonSet/');
	const node = onNode ? old.spec?.nodeName : undefined;
	const counts = (each: SeenPod): boolean =>
		!isLeaving(each) &&
		(isReady(old) ? isReady(each) : Boolean(each.status?.podIP)) &&
		(!onNode || each.spec?.nodeName === old.spec?.nodeName);
	const before = onNode ? 1 : (await insist(async () => podsOfController(context, namespace, old), context)).filter(counts).length;
	await evict(context, namespace, pod);
	await until(
		async () => {
			const now = await podsOfController(context, namespace, old, node);
			const count = now.filter(each => each.metadata?.uid !== pod.uid && counts(each)).length;
			// Another node may have the next one up long before this one is gone; and one that cannot stop has to be noticed.
			const isStopping = now.some(each => each.metadata?.uid === pod.uid);
			if (count >= before && !isStopping) return {value: true};
			return count < before
				? {stillAt: `${namespace}/${pod.name}: ${count} of ${before} pods of ${owner} are ready again`, done: count}
				: {stillAt: `${namespace}/${pod.name} is stopping`, done: count};
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
