import pMap from 'p-map';
import {ActionableError} from '../../errors.ts';
import {makeAnew} from '../bare-pods.ts';
import {assertServicesKept} from '../kept-services.ts';
import {insist, until} from '../patience.ts';
import {controllerOf, evict, hasHostPort, isLeaving, isReady, podsOfController, readPod, type SeenPod} from '../pods.ts';
import type {StepOf} from '../plan.ts';
import {assertBinariesRun} from '../running-binaries.ts';
import {clearRules} from '../stale-rules.ts';
import type {Captured, StepContext, StepWork} from '../step-work.ts';

type Step = StepOf<'recreate-pods'>;
type Pod = Step['parameters']['pods'][number];

const startMilliseconds = 300_000;
const longestGraceSeconds = 3600;

/** Re-creates the pods that were made without their rules, through their owner and within disruption budgets. */
export const recreatePods: StepWork<'recreate-pods'> = {
	async check(step, context) {
		// A pod that is sent away from a node without the binary could neither stop nor come back.
		const nodes = new Set(step.parameters.pods.map(({node}) => node));
		await assertBinariesRun(
			context,
			context.plan.binaries.filter(({node}) => nodes.has(node)),
		);
		const left = await insist(async () => stillThere(step, context), context);
		return left.length === 0 && step.parameters.owner !== '' ? 'none of these pods is there any more: they were made anew' : undefined;
	},

	async capture(step, context) {
		const there = await insist(async () => podsOfOwner(step, context), context);
		return {there: there.map(({metadata}) => metadata?.uid ?? '')};
	},

	async apply(step, context) {
		const {namespace, owner, pods} = step.parameters;
		if (owner === '') {
			await Promise.all(pods.map(async pod => makeAnew(context, namespace, pod)));
			return;
		}

		await evictAll(step, context, await insist(async () => stillThere(step, context), context));
	},

	async verify(step, context) {
		const left = await insist(async () => stillThere(step, context), context);
		if (left.length === 0) {
			// Only now is there a rule for their hostPorts: the next workload is not touched where this one harms a Service.
			await assertServicesKept(context);
			return `${step.parameters.pods.length === 1 ? 'the pod was' : `${step.parameters.pods.length} pods were`} made anew`;
		}

		throw new ActionableError(
			`${left.map(({name}) => name).join(', ')} was not re-created`,
			`See: kubectl -n ${step.parameters.namespace} get events`,
		);
	},

	// The list is as before when this runs. A pod that is torn down by it leaves portmap's rules behind, so these go by hand.
	async undo(step, context, before) {
		const {namespace, owner, changesList, pods} = step.parameters;
		await clearNoted(step, context, before);
		if (!changesList) return {state: 'left', says: 'the pods stay: the list that wired them was there before'};
		const there = new Set(Array.isArray(before['there']) ? before['there'] : pods.map(({uid}) => uid));
		const now = await insist(async () => podsOfOwner(step, context), context);
		// A journal is a claim: nothing but pods with a hostPort is restarted by it, and a bare pod only where nobody owns it.
		const wired = now.filter(
			pod => !isLeaving(pod) && !there.has(pod.metadata?.uid) && hasHostPort(pod) && (owner !== '' || controllerOf(pod) === ''),
		);
		const places = wired.map(pod => ({node: pod.spec?.nodeName ?? '', address: pod.status?.podIP ?? '', uid: pod.metadata?.uid ?? ''}));
		// Once a pod is gone nobody else knows where its rules lead.
		await context.note({places: places.map(({node, address, uid}) => `${node} ${address} ${uid}`)});
		if (owner === '') await Promise.all(wired.map(async pod => makeAnew(context, namespace, named(pod))));
		else await evictAll(step, context, wired.map(named));
		const cleared = await clearRules(context, places);
		await context.note({places: []});
		return {state: 'undone', says: `${wired.length} of ${pods.length} pods were made anew without portmap; ${cleared}`};
	},

	tidy: async (step, context, before) => clearNoted(step, context, before),
};

/** Removes the rules of pods that an undoing has sent away before it was cut off. */
async function clearNoted(step: Step, context: StepContext, {places}: Captured): Promise<void> {
	const noted = Array.isArray(places) ? places.map(place => String(place).split(' ')) : [];
	if (noted.length === 0) return;
	const there = new Set((await podsOfOwner(step, context)).map(({metadata}) => metadata?.uid));
	const gone = noted.filter(([, , uid]) => !there.has(uid)).map(([node = '', address = '']) => ({node, address}));
	await clearRules(context, gone);
	await context.note({places: []});
}

const named = (pod: SeenPod): Pod => ({
	name: pod.metadata?.name ?? '',
	uid: pod.metadata?.uid ?? '',
	node: pod.spec?.nodeName ?? '',
	ready: isReady(pod),
});

async function stillThere({parameters: {namespace, pods}}: Step, context: StepContext): Promise<Pod[]> {
	const seen = await pMap(pods, async pod => ({pod, now: await readPod(context, namespace, pod.name)}), {
		concurrency: 8,
		signal: context.signal,
	});
	return seen.filter(({pod, now}) => now?.metadata?.uid === pod.uid).map(({pod}) => pod);
}

/** Every pod of the step's owner as it is now; for a bare pod the one of its name. */
async function podsOfOwner({parameters: {namespace, owner, pods}}: Step, context: StepContext): Promise<SeenPod[]> {
	const all = await context.client.list<SeenPod>(`/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`, {signal: context.signal});
	const [kind, name] = owner.split('/');
	return all.filter(({metadata}) => {
		const controller = metadata?.ownerReferences?.find(each => each.controller === true);
		if (owner === '') return pods.some(pod => pod.name === metadata?.name);
		// A Deployment owns its pods through a ReplicaSet that bears its name and a hash.
		return kind === 'Deployment'
			? controller?.kind === 'ReplicaSet' && controller.name?.replace(/-[^-]+$/u, '') === name
			: controller?.kind === kind && controller?.name === name;
	});
}

async function evictAll(step: Step, context: StepContext, pods: readonly Pod[]): Promise<void> {
	let done = 0;
	await pMap(
		pods,
		async pod => {
			await replace(step, context, pod);
			context.say(`${(done += 1)} of ${pods.length} pods of ${step.parameters.owner} are made anew`);
		},
		{concurrency: await parallel(step, context, pods.length), signal: context.signal, stopOnError: true},
	);
}

/** Evicts one pod and waits until its owner has as many ready pods as before: one that was ill before need not be well after. */
async function replace(step: Step, context: StepContext, pod: Pod): Promise<void> {
	const {namespace, owner} = step.parameters;
	const {clock, signal, say} = context;
	const old = await insist(async () => readPod(context, namespace, pod.name), context);
	if (old === undefined || old.metadata?.uid !== pod.uid) return;
	if (controllerOf(old) === '')
		throw new ActionableError(
			`${namespace}/${pod.name} has no owner any more: nobody would make it anew`,
			'Run fix again; --allow-bare-pods makes such pods anew from their own manifest.',
		);
	const onNode = owner.startsWith('DaemonSet/');
	const counts = (each: SeenPod): boolean =>
		!isLeaving(each) &&
		(isReady(old) ? isReady(each) : Boolean(each.status?.podIP)) &&
		(!onNode || each.spec?.nodeName === old.spec?.nodeName);
	const before = onNode ? 1 : (await insist(async () => podsOfController(context, namespace, old), context)).filter(counts).length;
	await evict(context, namespace, pod);
	await until(
		async () => {
			const now = await podsOfController(context, namespace, old);
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
			what: `${namespace}/${pod.name} does not stop, or the pod that follows it does not become ready`,
			hint: `See: kubectl -n ${namespace} describe pods`,
			limitMilliseconds: startMilliseconds + graceOf(old),
		},
	);
}

/** A pod may take so long to stop, and on the same node or port the next one starts after that. Milliseconds. */
const graceOf = ({spec}: SeenPod): number => Math.min(spec?.terminationGracePeriodSeconds ?? 30, longestGraceSeconds) * 1000;

/** A DaemonSet says how many of its pods may be away at the same time; of everything else one is. */
async function parallel({parameters: {namespace, owner}}: Step, context: StepContext, count: number): Promise<number> {
	if (!owner.startsWith('DaemonSet/')) return 1;
	type Seen = {readonly spec?: {readonly updateStrategy?: {readonly rollingUpdate?: {readonly maxUnavailable?: number | string}}}};
	const path = `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/daemonsets/${encodeURIComponent(owner.slice('DaemonSet/'.length))}`;
	const {spec} = await insist(async () => context.client.request<Seen>({path, signal: context.signal}), context);
	const allowed = spec?.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1;
	const number = typeof allowed === 'number' ? allowed : Math.floor((Number.parseInt(allowed, 10) / 100) * count);
	return Math.max(1, Math.min(Number.isNaN(number) ? 1 : number, 32));
}
