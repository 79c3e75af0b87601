import {podPath} from '../access/helper-pods.ts';
import {insist, isConflict, until} from './patience.ts';
import {deletePod, readPod} from './pods.ts';
import type {StepContext} from './step-work.ts';

type Manifest = {readonly metadata: Record<string, unknown>; readonly spec: Record<string, unknown>};

/**
 * The manifest from which a pod without an owner can be made again: as it is, without what the server fills in.
 * Its node stays the same.
 */
export async function manifestOf(context: StepContext, namespace: string, name: string): Promise<string> {
	const pod = (await readPod(context, namespace, name)) as unknown as Manifest | undefined;
	if (pod === undefined) return '';
	const {name: own, labels, annotations} = pod.metadata;
	return JSON.stringify({apiVersion: 'v1', kind: 'Pod', metadata: {name: own, namespace, labels, annotations}, spec: pod.spec});
}

/** Deletes the pod with this uid, if it is still there, and makes it anew from its manifest. */
export async function makeAnew(
	context: StepContext,
	namespace: string,
	pod: {readonly name: string; readonly uid: string},
	manifest: string,
): Promise<void> {
	const {client, clock, signal, say} = context;
	const hint = `The manifest is in the journal of this run: kubectl hostport runs ${context.run} -o json`;
	await deletePod(context, namespace, pod);
	await until(
		async () => {
			const now = await readPod(context, namespace, pod.name);
			return now?.metadata?.uid === pod.uid ? {stillAt: `${namespace}/${pod.name} is stopping`} : {value: true};
		},
		{clock, signal, say, what: `${namespace}/${pod.name} does not stop`, hint, limitMilliseconds: 180_000},
	);
	// Between the two the pod is nowhere but in the journal: this must not be cut off.
	const own = {clock, signal: AbortSignal.timeout(180_000)};
	await insist(async () => {
		await client
			.request({method: 'POST', path: podPath(namespace), body: JSON.parse(manifest), signal: own.signal})
			.catch((error: unknown) => {
				if (!isConflict(error)) throw error; // made already, or by someone else
			});
	}, own);
	await until(
		async () => {
			const now = await readPod(context, namespace, pod.name);
			return now?.status?.podIP ? {value: true} : {stillAt: `${namespace}/${pod.name} is starting`};
		},
		{clock, signal, say, what: `${namespace}/${pod.name} does not start`, hint, limitMilliseconds: 180_000},
	);
}
