import {setTimeout as wait} from 'node:timers/promises';
import type {ClusterClient} from '../cluster/cluster-client.ts';
import {ClusterError} from '../cluster/cluster-error.ts';
import {ActionableError} from '../errors.ts';
import {MissingProgram, saysMissingProgram, withoutShellHint} from './missing-program.ts';
import {podPath, removeHelperPod, removeUnansweredPod} from './helper-pods.ts';
import {failureAmong, failureIn, isRunning, stateOf, whyRemoved, type SeenEvent, type SeenPod} from './reader-pod-failure.ts';
import {saysUnpulled, UnpulledImage, unpulledHint} from './unpulled-image.ts';

const pollMilliseconds = 300;
/** Events are asked for when a pod takes longer than pods with an image on the node do. */
const eventsFromPoll = 5;

/** A helper pod that is to run. */
export type HelperPod = {
	readonly namespace: string;
	readonly name: string;
	readonly node: string;
	/** What it is called in an error: `the reader pod`. */
	readonly called: string;
	/** What to do where it does not run. */
	readonly hint: string;
};

/**
 * Makes a pod of ours and waits until it runs. If it cannot run, it is removed and the error says why, as soon as status or
 * events tell; at the signal's time limit the error says how far it was.
 * @throws ClusterError where the server refuses the pod
 * @throws ActionableError where the node does; MissingProgram where the image has no shell
 */
export async function startHelperPod(client: ClusterClient, pod: HelperPod, manifest: object, signal: AbortSignal): Promise<SeenPod> {
	const {namespace, name, node, called, hint} = pod;
	let state: string | undefined;
	try {
		const made = await client.request<SeenPod>({method: 'POST', path: podPath(namespace), body: manifest, signal});
		state = 'it was created just now';
		return await untilRunning(client, pod, made.metadata?.uid ?? '', {signal, note: says => (state = says)});
	} catch (error) {
		// Also after a lost answer or an interruption: the server may have made it. A refusal made nothing.
		const isRefused = error instanceof ClusterError && error.verb === 'create' && error.status !== undefined && error.status < 500;
		if (!isRefused) await (state === undefined ? removeUnansweredPod : removeHelperPod)(client, namespace, name);
		if (isLate(signal))
			throw new ActionableError(`${called} does not run on ${node} yet: ${state ?? 'the API server has not answered'}`, hint, {
				cause: error,
			});
		signal.throwIfAborted();
		throw error;
	}
}

async function untilRunning(
	client: ClusterClient,
	{namespace, name, node, called, hint}: HelperPod,
	uid: string,
	{signal, note}: {readonly signal: AbortSignal; readonly note: (says: string) => void},
): Promise<SeenPod> {
	const fail = (why: string, cause?: unknown): never => {
		if (saysMissingProgram(why))
			throw new MissingProgram(`${called} cannot run: its image has no shell`, `Use another image or access: ${withoutShellHint}`);
		if (saysUnpulled(why)) throw new UnpulledImage(`${called} does not run on ${node}: ${why}`, unpulledHint, {cause});
		throw new ActionableError(`${called} does not run on ${node}: ${why}`, hint, {cause});
	};
	const events = async (): Promise<readonly SeenEvent[]> => eventsOf(client, namespace, uid, signal);

	let told: readonly SeenEvent[] | undefined;
	for (let poll = 1; ; poll++) {
		await wait(pollMilliseconds, undefined, {signal});
		const pod = await client.request<SeenPod>({path: podPath(namespace, name), signal}).catch(async (error: unknown) => {
			if (error instanceof ClusterError && error.status === 404) return fail(whyRemoved(await events()), error);
			throw error;
		});
		if (isRunning(pod)) return pod;
		if (pod.metadata?.deletionTimestamp !== undefined) fail(whyRemoved(await events()));
		const failure = failureIn(pod);
		if (failure !== undefined) fail(failure);
		if (poll % eventsFromPoll === 0) told = await events();
		note(stateOf(pod, told));
		const bad = failureAmong(told ?? []);
		if (bad !== undefined) fail(bad);
	}
}

/** None where they cannot be read: the pod's status alone must tell then. */
async function eventsOf(client: ClusterClient, namespace: string, uid: string, signal: AbortSignal): Promise<readonly SeenEvent[]> {
	try {
		return await client.list<SeenEvent>(`/api/v1/namespaces/${encodeURIComponent(namespace)}/events`, {
			query: {fieldSelector: `involvedObject.uid=${uid}`},
			signal,
		});
	} catch (error) {
		signal.throwIfAborted();
		if (error instanceof ClusterError) return [];
		throw error;
	}
}

function isLate({aborted, reason}: AbortSignal): boolean {
	return aborted && reason instanceof DOMException && reason.name === 'TimeoutError';
}
