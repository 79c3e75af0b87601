import * as z from 'zod/mini';
import {ActionableError} from '../../errors.ts';
import {lostPodDoubts, makeAnew, restorePod} from '../acts/bare-pods.ts';
import {lines, name, sha256, uid} from '../checked-values.ts';
import {defineStep, type Checked} from '../define-step.ts';
import {evictAll} from '../acts/evict-pods.ts';
import {assertServicesKept} from '../acts/kept-services.ts';
import {isOpen} from '../journal.ts';
import {insist} from '../acts/patience.ts';
import type {Step} from '../plan/plan.ts';
import {changesSettings} from '../plan/planning.ts';
import {cordonedWarning, podsNotRestarted, podsToRestart} from './unwired-pods.ts';
import {podsOfOwner, stillThere} from '../acts/pods.ts';
import {assertBinariesRun} from '../acts/running-binaries.ts';
import {clearRules} from '../acts/stale-rules.ts';
import type {StepContext} from '../step-work.ts';
import {count, listed} from '../../words.ts';

const mostNamed = 6;

const parameters = z.strictObject({
	namespace: name,
	/** `DaemonSet/web`; empty for a bare pod. A static pod and one of a Job is nobody's to restart. */
	owner: z.string().check(
		z.regex(/^(?:[A-Z][A-Za-z]{0,62}\/[a-z\d][a-z\d.-]{0,252})?$/u),
		z.refine(value => !/^(?:Node|Job|CronJob)\//u.test(value)),
	),
	pods: z.array(z.strictObject({name, uid, node: name, ready: z.boolean()})).check(z.minLength(1)),
	/** The conflist changes in this plan, so that undoing it means restarting the pods once more. */
	changesList: z.boolean(),
});
type RecreatePods = Step<Checked<typeof parameters>>;

const podsOf = (steps: readonly RecreatePods[]): number => steps.reduce((sum, {parameters: {pods}}) => sum + pods.length, 0);

const isBare = ({owner}: RecreatePods['parameters']): boolean => owner === '';

/**
 * Restarts the pods that were made without their rules, through their owner and within disruption budgets. Rules are made when a pod
 * starts; a pod that has no IP yet does so by itself. By the native way nothing is restarted: agents read the pods that are there.
 */
export const recreatePods = defineStep({
	kind: 'recreate-pods',
	parameters,
	/** `there`: uids before. `places`: rules that an undoing still has to remove. `kept`: digest of a bare pod's manifest (`kept-pods.ts`). */
	captured: z.object({there: z.optional(lines), places: z.optional(lines), kept: z.optional(sha256)}),
	parallel: 8,
	order: {plan: () => 80, undo: 6},
	words: (_node, {namespace, owner, pods, changesList}) => ({
		id: `pods/${namespace}/${owner || `Pod/${pods[0]?.name ?? ''}`}`,
		title:
			owner === ''
				? `restart the pod ${namespace}/${pods[0]?.name ?? ''}`
				: `restart ${pods.length === 1 ? 'the pod' : `${pods.length} pods`} of ${namespace}/${owner}`,
		undo: changesList ? 'restarts them once more when the CNI config is as before' : 'nothing to undo',
	}),

	offers: {
		allowBarePods({diagnosis: {hostPorts}}) {
			const bare = hostPorts.filter(({owner, state}) => owner === '' && state !== 'wired').map(({namespace, pod}) => `${namespace}/${pod}`);
			return bare.length === 0 ? undefined : [...new Set(bare)];
		},
	},
	named: ({namespace, pods}) => pods.map(pod => `${namespace}/${pod.name}`).join(', '),

	left: podsNotRestarted,

	/** One for each owner. */
	plan: planning =>
		podsToRestart(planning).map(({namespace, owner, pods}) => {
			const names = pods.map(pod => pod.name);
			const shown = listed(names, mostNamed);
			return {
				parameters: {
					namespace,
					owner,
					pods: pods.map(pod => ({name: pod.name, uid: pod.uid, node: pod.node, ready: pod.ready})),
					changesList: changesSettings(planning),
				},
				preview: {
					text:
						owner === ''
							? `Deletes ${shown} and creates it again from its own manifest: it has no owner that would.`
							: `Evicts ${shown}, within disruption budgets; ${owner} restarts them.`,
					changes: [],
				},
				checkBefore: 'which of these pods still exist',
				checkAfter: 'as many pods of the owner are ready as before',
				blastRadius:
					pods.length === 1 ? 'one pod is down while it restarts' : `${pods.length} pods are down while they restart, a few at a time`,
			};
		}),

	summary: steps => `restarts ${count(podsOf(steps), 'pod')}`,
	sideEffects: steps => [
		podsOf(steps) === 1
			? 'restarts 1 pod: it does not answer until its replacement is ready'
			: `restarts ${podsOf(steps)} pods, a few at a time: none of them answers until its replacement is ready`,
	],
	warnings: (steps, planning) =>
		cordonedWarning(
			steps.map(step => step.parameters),
			planning,
		),
	rights: [
		{verbs: ['get', 'list'], resource: 'pods', where: 'workload', why: 'restarting pods'},
		{verbs: ['create'], resource: 'pods', subresource: 'eviction', where: 'workload', why: 'restarting pods', when: own => !isBare(own)},
		{
			verbs: ['get'],
			group: 'apps',
			resource: 'daemonsets',
			where: 'workload',
			why: 'how many of its pods may be down',
			when: ({owner}) => owner.startsWith('DaemonSet/'),
		},
		{
			verbs: ['create', 'delete'],
			resource: 'pods',
			where: 'workload',
			why: 'restarting a bare pod',
			flag: '--allow-bare-pods',
			when: isBare,
		},
		{
			verbs: ['get', 'create', 'delete'],
			resource: 'secrets',
			where: 'cilium',
			why: "a bare pod's manifest while it restarts",
			flag: '--allow-bare-pods',
			when: isBare,
		},
	],
	workload: ({namespace}) => namespace,
	contradiction: ({changesList}, {isChaining}) =>
		changesList && !isChaining ? 'it says that its pods restart for a change that it does not make' : '',
	resume: {
		// A bare pod that a try which was cut off has deleted is in no evidence, and so in no fresh plan.
		isDue: ({namespace, pods}, {entry, fresh}) =>
			entry.before?.['kept'] !== undefined &&
			isOpen(entry) &&
			!pods.some(pod => fresh.left.some(left => left.pod === `${namespace}/${pod.name}`)),
		// Pods that are found only now were restarted for the same change that the run began with.
		join: (own, _earlier, {hasChained}) => ({...own, changesList: own.changesList || hasChained}),
		tidies: ['undone'],
	},
	undoing: {settings: 'needs the old'},

	async check(step, context) {
		// A pod that is sent away from a node without the binary could neither stop nor come back.
		const nodes = new Set(step.parameters.pods.map(({node}) => node));
		await assertBinariesRun(
			context,
			context.plan.binaries.filter(({node}) => nodes.has(node)),
		);
		const left = await insist(async () => stillThere(step.parameters, context), context);
		return left.length === 0 && step.parameters.owner !== '' ? 'none of these pods exists any more: they were restarted' : undefined;
	},

	async capture(step, context) {
		const there = await insist(async () => podsOfOwner(step.parameters, context), context);
		return {there: there.map(({uid}) => uid)};
	},

	async apply(step, context, {kept}) {
		const {namespace, owner, pods} = step.parameters;
		if (owner === '') {
			await Promise.all(pods.map(async pod => makeAnew(context, namespace, pod, kept !== undefined)));
			return;
		}

		// Those that are gone or others by now are passed over.
		await evictAll(step.parameters, context, pods);
	},

	async verify(step, context, {kept}) {
		const {pods} = step.parameters;
		const left = await insist(async () => stillThere(step.parameters, context), context);
		if (left.length === 0) {
			// Only now is there a rule for their hostPorts: the next workload is not touched where this one harms a Service.
			await assertServicesKept(context);
			if (kept !== undefined) return `${pods.map(pod => pod.name).join(', ')} exists again: an interrupted try had kept its manifest`;
			return `${pods.length === 1 ? 'the pod was' : `${pods.length} pods were`} restarted`;
		}

		const names = listed(
			left.map(pod => pod.name),
			mostNamed,
		);
		throw new ActionableError(
			`${names} ${left.length === 1 ? 'was' : 'were'} not restarted`,
			`See: kubectl -n ${step.parameters.namespace} get events`,
		);
	},

	// The conflist is as before when this runs. A pod that is torn down by it leaves portmap's rules behind, so these go by hand.
	async revert(step, context, before) {
		const {namespace, owner, changesList, pods} = step.parameters;
		await clearNoted(step, context, before);
		const back = isBare(step.parameters) ? await restoreLost(step, context) : [];
		if (!changesList) return {state: 'left', says: told(back, 'the pods stay: the CNI config that mapped their ports existed before')};
		const there = new Set(before.there ?? pods.map(pod => pod.uid));
		const all = await insist(async () => podsOfOwner(step.parameters, context), context);
		const isLost = owner === '' && before.kept !== undefined && all.length === 0;
		const lost = isLost ? '; it is gone, and no manifest of it is kept any more' : '';
		const now = all.filter(pod => !back.includes(pod.name));
		// A journal is a claim: nothing but pods with a hostPort is restarted by it, and a bare pod only where nobody owns it.
		const wired = now.filter(pod => !pod.isLeaving && !there.has(pod.uid) && pod.hasHostPort && (owner !== '' || !pod.hasOwner));
		// Once a pod is gone nobody else knows where its rules lead.
		await context.note({places: wired.map(({node, address, uid}) => `${node} ${address} ${uid}`)});
		if (owner === '') await Promise.all(wired.map(async pod => makeAnew(context, namespace, pod, false)));
		else await evictAll(step.parameters, context, wired);
		const cleared = await clearRules(context, wired);
		await context.note({places: []});
		return {state: 'undone', says: told(back, `${wired.length} of ${pods.length} pods were restarted without portmap; ${cleared}${lost}`)};
	},

	tidy: clearNoted,

	async doubts({parameters: {namespace, owner, pods}}, context) {
		if (owner !== '') return [];
		return (await Promise.all(pods.map(async pod => lostPodDoubts(context, {namespace, name: pod.name})))).flat();
	},
});

/** Creates bare pods again that a try which was cut off has deleted; the names of those that are back. */
async function restoreLost({parameters: {namespace, pods}}: RecreatePods, context: StepContext): Promise<readonly string[]> {
	const ends = await Promise.all(pods.map(async pod => restorePod(context, {namespace, name: pod.name})));
	return pods.flatMap((pod, index) => (ends[index] === 'created' ? [pod.name] : []));
}

const told = (back: readonly string[], says: string): string =>
	[back.length === 0 ? '' : `${back.join(', ')} was gone; it was created again from its kept manifest`, says].filter(Boolean).join('; ');

/** Removes the rules of pods that an undoing has sent away before it was cut off. */
async function clearNoted(
	step: RecreatePods,
	context: StepContext,
	{places = []}: {readonly places?: readonly string[] | undefined},
): Promise<void> {
	const noted = places.map(place => place.split(' '));
	if (noted.length === 0) return;
	const there = new Set((await podsOfOwner(step.parameters, context)).map(pod => pod.uid));
	const gone = noted.filter(([, , uid = '']) => !there.has(uid)).map(([node = '', address = '']) => ({node, address}));
	await clearRules(context, gone);
	await context.note({places: []});
}
