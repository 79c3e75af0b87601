import type {V1Pod} from '@kubernetes/client-node';
import pMap from 'p-map';
import type {ClusterClient} from '../cluster/cluster-client.ts';
import {ClusterError} from '../cluster/cluster-error.ts';
import {messageOf} from '../errors.ts';
import {printableLine} from '../foreign-text.ts';
import {managedBy, podPath, runLabel} from './helper-pods.ts';
import {count, listed} from '../words.ts';

/** What became of helper pods whose runs have ended. */
export type Swept = {
	/** `namespace/name` each. */
	readonly removed: readonly string[];
	/** Those that are still there, and why. */
	readonly left: readonly string[];
	readonly reason: string;
};

/** A run that waits for its pod looks several times a second: what has ended for so long nobody waits for. */
const endedMilliseconds = 60_000;
/** Beyond its deadline a kubelet may take some seconds more to end a pod. */
const lateMilliseconds = 60_000;
const concurrency = 8;
const mostNamed = 5;

/**
 * Removes helper pods of runs that were killed: those that have ended, or should have by their own deadline (their kubelet is away).
 * A pod that a living run may use is never among them; times are the server's, and without them nothing is removed.
 * @param namespaces where to look if all namespaces together are closed to us
 * @throws the signal's reason
 */
export async function sweepHelperPods(client: ClusterClient, namespaces: readonly string[], signal: AbortSignal): Promise<Swept> {
	const pods = await listOwn(client, namespaces, signal);
	const now = client.serverTime;
	const over = now === undefined ? [] : pods.filter(pod => isOver(pod, now));
	const removed: string[] = [];
	const left: string[] = [];
	let reason = '';
	await pMap(
		over,
		async ({metadata: {name = '', namespace = '', uid} = {}}) => {
			const full = printableLine(`${namespace}/${name}`);
			const body = {apiVersion: 'v1', kind: 'DeleteOptions', preconditions: {uid}};
			try {
				await client.request({method: 'DELETE', path: podPath(namespace, name), body, signal});
				removed.push(full);
			} catch (error) {
				signal.throwIfAborted();
				// Somebody else was faster, or has one of that name again.
				if (error instanceof ClusterError && (error.status === 404 || error.status === 409)) return;
				left.push(full);
				reason = messageOf(error);
			}
		},
		{concurrency},
	);
	return {removed: removed.sort(), left: left.sort(), reason};
}

/** One line for what was removed and one for what was not; none where there was nothing. */
export function sweptLines({removed, left, reason}: Swept): string[] {
	const pods = ({length}: readonly string[]): string => `${count(length, 'leftover helper pod')} of runs that have ended`;
	return [
		...(removed.length === 0 ? [] : [`removed ${pods(removed)}: ${listed(removed, mostNamed)}`]),
		...(left.length === 0
			? []
			: [`${pods(left)} could not be removed (${reason}): ${listed(left, mostNamed)}; remove them with: kubectl hostport cleanup`]),
	];
}

/** Ours by their labels. Who may not list them has none to remove. */
async function listOwn(client: ClusterClient, namespaces: readonly string[], signal: AbortSignal): Promise<readonly V1Pod[]> {
	const query = {labelSelector: `${managedBy.label}=${managedBy.value},${runLabel}`};
	const list = async (path: string): Promise<readonly V1Pod[]> => client.list<V1Pod>(path, {query, signal});
	try {
		return await list('/api/v1/pods');
	} catch (error) {
		signal.throwIfAborted();
		if (!(error instanceof ClusterError)) throw error;
		if (error.status !== 403) return [];
		const each = await Promise.allSettled(namespaces.map(async namespace => list(podPath(namespace))));
		signal.throwIfAborted();
		return each.flatMap(answer => (answer.status === 'fulfilled' ? answer.value : []));
	}
}

/** @param now milliseconds since the epoch, of the server */
function isOver({metadata, spec, status}: V1Pod, now: number): boolean {
	const {labels = {}, ownerReferences = [], deletionTimestamp, creationTimestamp} = metadata ?? {};
	const isOurs = labels[managedBy.label] === managedBy.value && labels[runLabel] !== undefined && ownerReferences.length === 0;
	const made = millisecondsOf(creationTimestamp);
	if (!isOurs || deletionTimestamp !== undefined || made === undefined) return false;
	const deadline = (spec?.activeDeadlineSeconds ?? Number.POSITIVE_INFINITY) * 1000;
	if (now - made > deadline + lateMilliseconds) return true;
	if (status?.phase !== 'Succeeded' && status?.phase !== 'Failed') return false;
	const ends = (status.containerStatuses ?? []).map(({state}) => millisecondsOf(state?.terminated?.finishedAt) ?? made);
	return now - Math.max(made, ...ends) > endedMilliseconds;
}

/** The API sends times as text, whatever the types say. */
function millisecondsOf(time: unknown): number | undefined {
	const milliseconds = Date.parse(String(time));
	return Number.isNaN(milliseconds) ? undefined : milliseconds;
}
