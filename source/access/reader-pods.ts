import {randomBytes} from 'node:crypto';
import type {ClusterClient} from '../cluster/cluster-client.ts';
import {ClusterError} from '../cluster/cluster-error.ts';
import type {NodeAccess} from './access.ts';
import {isPodRefusal, podPath, removeHelperPods} from './helper-pods.ts';
import {hostPodManifest, openHostPod, type AnnouncePod} from './host-pod.ts';
import {MissingProgram} from './missing-program.ts';
import type {ReaderPodRequest} from './reader-pod-manifest.ts';

/** The reader pods of one run. */
export type ReaderPods = {
	/** As openHostPod; after one refusal for lack of rights or by policy no further pod of that kind is tried, after one image without a shell none of that image. */
	open(wanted: Omit<ReaderPodRequest, 'name' | 'run'>, signal: AbortSignal): Promise<NodeAccess>;
	/** To be called once at the end: makes sure that the removal of every pod is under way. */
	finish(): Promise<void>;
};

type ReaderPodsOptions = {
	readonly signal: AbortSignal;
	/** Is shown each pod before it is made. */
	readonly announce?: AnnouncePod | undefined;
};

/** A rehearsal that takes longer says nothing; the pod itself will. */
const rehearsalMilliseconds = 10_000;

/** Makes the reader pods of one look and removes them when it is closed. */
export function readerPods(client: ClusterClient, {signal: life, announce}: ReaderPodsOptions): ReaderPods {
	const run = randomBytes(5).toString('hex');
	const refusals = new Map<string, ClusterError | MissingProgram>();
	const rehearsals = new Map<string, Promise<void>>();
	/** Namespaces where a pod may have been made. */
	const made = new Set<string>();
	let count = 0;

	/** The first pod of a namespace goes through admission without being made: one answer spares thousands of refusals. */
	const rehearse = async (kind: string, namespace: string, manifest: object): Promise<void> => {
		try {
			await client.request({
				method: 'POST',
				path: podPath(namespace),
				query: {dryRun: 'All'},
				body: manifest,
				signal: life,
				timeoutMilliseconds: rehearsalMilliseconds,
			});
		} catch (error) {
			life.throwIfAborted();
			if (isPodRefusal(error)) refusals.set(kind, error);
			// Else it is not known: a webhook with side effects, for one, takes no part in a dry run (400).
		}
	};

	return {
		async open(wanted, signal) {
			const {namespace, powers = []} = wanted;
			count += 1;
			const request = {...wanted, powers, run, name: `hostport-${powers.length > 0 ? 'host' : 'reader'}-${run}-${count}`};
			// What a namespace lets pass depends on what the pod may do.
			const kind = `${namespace} ${powers.join(' ')}`;
			const rehearsal = rehearsals.get(kind) ?? rehearse(kind, namespace, hostPodManifest(request));
			rehearsals.set(kind, rehearsal);
			await rehearsal;
			const refused = refusals.get(kind) ?? refusals.get(wanted.image);
			if (refused !== undefined) throw refused;
			try {
				const access = await openHostPod(client, request, signal, announce);
				made.add(namespace);
				return access;
			} catch (error) {
				if (isPodRefusal(error)) refusals.set(kind, error);
				else made.add(namespace);
				// A pod of the same image fails in the same way on the next node.
				if (error instanceof MissingProgram) refusals.set(wanted.image, error);
				throw error;
			}
		},
		async finish() {
			await Promise.all([...made].map(async namespace => removeHelperPods(client, namespace, run)));
		},
	};
}
