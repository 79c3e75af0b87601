import {ActionableError} from '../../errors.ts';
import type {Doubt} from '../define-step.ts';
import {
	createPod,
	digestOf,
	forgetKept,
	isThere,
	keep,
	manifestOf,
	readKept,
	secretName,
	shownManifest,
	type KeptPod,
} from './kept-pods.ts';
import {insist, until} from './patience.ts';
import {controllerOf, deletePod, readPod, type SeenPod} from './pods.ts';
import type {DoubtContext, StepContext} from '../step-work.ts';

const goneMilliseconds = 180_000;

type BarePod = {readonly namespace: string; readonly name: string};

const secretOf = ({run}: Pick<StepContext, 'run'>, {namespace, name}: BarePod): string => secretName(run, `${namespace}/${name}`);
const placeOf = ({client, plan}: Pick<StepContext, 'client' | 'plan'>) => ({client, namespace: plan.namespace});

/**
 * Deletes the pod with this uid and creates it again from the manifest that it has at this moment. That is kept in a Secret meanwhile, and
 * its digest in the journal: a manifest that stands somewhere is a claim and may be anybody's. A pod that an earlier try has deleted is
 * created from what that has kept.
 * @param wasKept an earlier try had come so far
 * @throws ActionableError where it is gone and cannot be created again, or somebody owns it
 */
export async function makeAnew(
	context: StepContext,
	namespace: string,
	pod: {readonly name: string; readonly uid: string},
	wasKept: boolean,
): Promise<void> {
	const {clock, signal, say} = context;
	const own = {namespace, name: pod.name};
	const now = await insist(async () => readPod(context, namespace, pod.name), context);
	if (now?.metadata?.uid === pod.uid) await replace(context, own, now);
	else {
		const end = await restorePod(context, own);
		if (end === 'nothing kept' && now === undefined && !wasKept)
			throw new ActionableError(
				`${namespace}/${pod.name} is gone and has no owner that restarts it`,
				'Create it by hand, then run fix again.',
			);
		if (end !== 'created') return; // it started after the change, or somebody has removed it for good
	}

	await until(
		async () => {
			const there = await readPod(context, namespace, pod.name);
			return there?.status?.podIP ? {value: true} : {stillAt: `${namespace}/${pod.name} is starting`};
		},
		{
			clock,
			signal,
			say,
			what: `pod ${namespace}/${pod.name} does not start`,
			hint: `See: kubectl -n ${namespace} describe pod ${pod.name}`,
			limitMilliseconds: goneMilliseconds,
		},
	);
}

async function replace(context: StepContext, own: BarePod, now: SeenPod): Promise<void> {
	const {clock, signal, say, run, vouch, note} = context;
	const {namespace, name} = own;
	const uid = now.metadata?.uid ?? '';
	if (controllerOf(now) !== '')
		throw new ActionableError(
			`${namespace}/${name} now has an owner, which would create a second pod`,
			'Run fix again and check the new plan.',
		);
	const manifest = manifestOf(now);
	const secret = secretOf(context, own);
	await vouch(digestOf(manifest));
	await note({kept: digestOf(manifest)});
	await insist(async () => keep(placeOf(context), {secret, run, manifest}, signal), context);
	await deletePod(context, namespace, {name, uid});
	await until(
		async () => {
			const there = await readPod(context, namespace, name);
			return there?.metadata?.uid === uid ? {stillAt: `${namespace}/${name} is stopping`} : {value: true};
		},
		{
			clock,
			signal,
			say,
			what: `pod ${namespace}/${name} does not stop`,
			hint: `See: kubectl -n ${namespace} describe pod ${name}. Its manifest is in secret ${context.plan.namespace}/${secret}`,
			limitMilliseconds: goneMilliseconds,
		},
	);
	// Between the two the pod is nowhere but in the Secret: this must not be cut off.
	const waiting = {clock, signal: AbortSignal.timeout(goneMilliseconds)};
	await insist(async () => createPod(placeOf(context), {namespace, manifest}, waiting.signal), waiting);
	await insist(async () => forgetKept(placeOf(context), secret, waiting.signal), waiting);
}

/**
 * Creates a pod again that is nowhere but in its Secret, and forgets the Secret once the pod is there.
 * @throws ActionableError where nothing here vouches for the manifest
 */
export async function restorePod(context: StepContext, own: BarePod): Promise<'created' | 'there' | 'nothing kept'> {
	const place = placeOf(context);
	const {signal} = context;
	const kept = await keptFor(context, own);
	if (kept === undefined) return 'nothing kept';
	const isBack = await isThere(place, own, signal);
	if (!isBack && !context.vouched.has(kept.digest)) throw notVouched(context, kept);
	if (!isBack) await createPod(place, kept, signal);
	await forgetKept(place, kept.secret, signal);
	return isBack ? 'there' : 'created';
}

/** What has to be asked before `restorePod` may create a pod; nothing where it is there, or its manifest is vouched for. */
export async function lostPodDoubts(context: DoubtContext, own: BarePod): Promise<readonly Doubt[]> {
	const kept = await keptFor(context, own);
	if (kept === undefined || context.vouched.has(kept.digest) || (await isThere(context, own, context.signal))) return [];
	return [doubtOf(context.plan.namespace, kept)];
}

/** A kept pod that nothing here vouches for, as it is shown and asked for. */
export const doubtOf = (namespace: string, kept: KeptPod): Doubt => ({
	id: kept.digest,
	about: `${kept.namespace}/${kept.name}`,
	says: `the pod ${kept.namespace}/${kept.name} was deleted for a restart and is gone; its manifest is in secret ${namespace}/${kept.secret}, which was not written by this machine`,
	shown: shownManifest(kept),
	question: `Create the pod ${kept.namespace}/${kept.name} from this manifest?`,
});

function notVouched({plan}: Pick<StepContext, 'plan'>, {namespace, name, secret}: KeptPod): ActionableError {
	return new ActionableError(
		`the pod ${namespace}/${name} is gone and was not created again: its manifest in secret ${plan.namespace}/${secret} was not written by this machine`,
		'Run it in a terminal without --yes to see the manifest and decide. Or print it: ' +
			`kubectl -n ${plan.namespace} get secret ${secret} -o jsonpath={.data.manifest} | base64 -d`,
	);
}

/** The manifest of this very pod; a Secret that holds another's is none of ours. */
async function keptFor(context: Pick<StepContext, 'client' | 'plan' | 'run' | 'signal'>, own: BarePod): Promise<KeptPod | undefined> {
	const kept = await readKept(placeOf(context), secretOf(context, own), context.signal);
	return kept?.namespace === own.namespace && kept.name === own.name ? kept : undefined;
}
