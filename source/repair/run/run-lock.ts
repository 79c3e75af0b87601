import type {V1ConfigMap} from '@kubernetes/client-node';
import {managedBy} from '../../access/helper-pods.ts';
import type {Clock} from '../../clock.ts';
import type {ClusterClient} from '../../cluster/cluster-client.ts';
import {ask} from '../../cluster/typed-api.ts';
import {ActionableError, messageOf} from '../../errors.ts';
import {printableLine} from '../../foreign-text.ts';
import {absent, insist, isConflict, isGone, isPassing} from '../acts/patience.ts';

/** Name of the ConfigMap that locks repairs. */
export const lockName = 'hostport-lock';
/** A holder that has not renewed for so long is taken for dead. */
const leaseMilliseconds = 15_000;
const renewMilliseconds = 4_000;

type LockHolder = {
	/** `user@host (process 4711)`. */
	readonly holder: string;
	readonly run: string;
};

/** A lock that is held and renewed. */
export type RunLock = {
	/** Aborted when somebody else has the lock. */
	readonly lost: AbortSignal;
	/** Before each act: asks the server where the last renewal is not fresh. @throws ActionableError where it is lost */
	assertHeld(): Promise<void>;
	release(): Promise<void>;
};

type SeenLock = Pick<V1ConfigMap, 'metadata' | 'data'>;

/** The lock as it is. @throws ClusterError, 404 where nobody has it */
export const readLock = async (client: ClusterClient, namespace: string, signal: AbortSignal): Promise<SeenLock> =>
	ask(client, {signal}, async ({core}) => core.readNamespacedConfigMap({name: lockName, namespace}));

/**
 * Takes the one lock of a cluster. A lock that somebody holds is watched for a lease: clocks of two machines differ, but a
 * living holder renews. Who does is named in the error.
 * @throws ActionableError where another run is going on; the signal's reason where it is aborted, and nothing is held then
 */
export async function takeLock(
	client: ClusterClient,
	namespace: string,
	own: LockHolder,
	clock: Clock,
	signal: AbortSignal,
	say: (text: string) => void,
): Promise<RunLock> {
	const read = async (): Promise<SeenLock | undefined> =>
		insist(async () => readLock(client, namespace, signal).catch(absent), {clock, signal, say});
	const data = (): Record<string, string> => ({...own, renewedAt: new Date(clock.now()).toISOString()});
	let seen = await read();
	if (seen?.data?.['holder'] !== undefined && seen.data['holder'] !== '') {
		await assertDead(seen, read, clock, signal, say);
		seen = await read();
	}

	const lost = new AbortController();
	let version = await insist(take, {clock, signal, say});
	let renewed = clock.now();
	const stopped = new AbortController();

	async function take(): Promise<string> {
		const version = seen?.metadata?.resourceVersion;
		const labels = {[managedBy.label]: managedBy.value};
		const metadata = {name: lockName, namespace, labels, ...(version !== undefined && {resourceVersion: version})};
		const body = {apiVersion: 'v1', kind: 'ConfigMap', metadata, data: data()};
		signal.throwIfAborted();
		try {
			// Ctrl-C does not cut it off: a lock that the server has made would stay, and nobody would know of it.
			const taken = await ask(client, {signal: lost.signal, timeoutMilliseconds: leaseMilliseconds}, async ({core}) =>
				seen === undefined
					? core.createNamespacedConfigMap({namespace, body})
					: core.replaceNamespacedConfigMap({name: lockName, namespace, body}),
			);
			return taken.metadata?.resourceVersion ?? '';
		} catch (error) {
			if (!isConflict(error)) throw error;
			const other = await read();
			// The answer to our own write may have been lost and the write repeated by a proxy.
			if (other?.data?.['holder'] === own.holder && other.data['run'] === own.run) return other.metadata?.resourceVersion ?? '';
			throw heldBy(other);
		}
	}

	async function renew(): Promise<void> {
		const limit = AbortSignal.timeout(leaseMilliseconds);
		try {
			const body = {metadata: {resourceVersion: version}, data: data()};
			const written = await ask(client, {patchType: 'merge', signal: limit}, async ({core}) =>
				core.patchNamespacedConfigMap({name: lockName, namespace, body}),
			);
			version = written.metadata?.resourceVersion ?? '';
		} catch (error) {
			if (!isConflict(error) && !isGone(error)) throw error;
			const other = await readLock(client, namespace, limit).catch(absent);
			if (other?.data?.['holder'] !== own.holder || other.data['run'] !== own.run) {
				lost.abort(new ActionableError(`the lock was taken over by ${nameOf(other)}`, 'This process stopped. See: kubectl hostport runs'));
				throw lost.signal.reason;
			}

			version = other.metadata?.resourceVersion ?? '';
		}

		renewed = clock.now();
	}

	let renewing: Promise<void> | undefined;
	const renewOnce = async (): Promise<void> => (renewing ??= renew().finally(() => (renewing = undefined)));
	const keep = (async () => {
		while (!stopped.signal.aborted && !lost.signal.aborted) {
			await clock.sleep(renewMilliseconds, stopped.signal).catch(() => undefined);
			// An API server that is away for a moment is no reason to stop; before the next act the lock is asked for again.
			if (!stopped.signal.aborted) await renewOnce().catch(() => undefined);
		}
	})();

	const lock: RunLock = {
		lost: lost.signal,
		async assertHeld() {
			lost.signal.throwIfAborted();
			if (clock.now() - renewed > leaseMilliseconds - renewMilliseconds) await insist(renewOnce, {clock, signal, say});
			lost.signal.throwIfAborted();
		},
		async release() {
			stopped.abort();
			await keep;
			if (lost.signal.aborted) return;
			const limit = AbortSignal.timeout(leaseMilliseconds);
			const remove = async (): Promise<void> => {
				const body = {apiVersion: 'v1', kind: 'DeleteOptions', preconditions: {resourceVersion: version}};
				await ask(client, {signal: limit}, async ({core}) => core.deleteNamespacedConfigMap({name: lockName, namespace, body}));
			};
			try {
				await insist(
					async () =>
						remove().catch(async (error: unknown) => {
							if (!isConflict(error)) throw error;
							// The answer to the last renewal was lost; or it is somebody else's now, which renewing finds out.
							await renew();
							await remove();
						}),
					{clock, signal: limit},
				);
			} catch (error) {
				// It runs out by itself; that it could not be given back is said, nothing more.
				if (!isGone(error) && !isConflict(error) && !lost.signal.aborted)
					say(
						`the lock ${namespace}/${lockName} could not be released (${isPassing(error) || limit.aborted ? 'no answer' : messageOf(error)}); it expires by itself`,
					);
			}
		},
	};
	if (signal.aborted) await lock.release();
	signal.throwIfAborted();
	return lock;
}

/**
 * Tells whether somebody is at work at this moment: before a person is asked anything.
 * @throws ActionableError that names who is
 */
export async function assertNobodyAtWork(client: ClusterClient, namespace: string, clock: Clock, signal: AbortSignal): Promise<void> {
	const read = async (): Promise<SeenLock | undefined> =>
		insist(async () => readLock(client, namespace, signal).catch(absent), {clock, signal});
	const seen = await read();
	if (seen === undefined) return;
	// A living holder renews; what it writes of the time is its own clock's.
	await clock.sleep(renewMilliseconds + 2000, signal);
	const now = await read();
	if (now !== undefined && now.metadata?.resourceVersion !== seen.metadata?.resourceVersion) throw heldBy(now);
}

/** Watches a held lock for a lease; returns when nobody has renewed it. */
async function assertDead(
	seen: SeenLock,
	read: () => Promise<SeenLock | undefined>,
	clock: Clock,
	signal: AbortSignal,
	say: (text: string) => void,
): Promise<void> {
	say(`${nameOf(seen)} holds the lock; waiting up to ${leaseMilliseconds / 1000} s to see whether it is alive`);
	const started = clock.now();
	while (clock.now() - started < leaseMilliseconds) {
		await clock.sleep(1000, signal);
		const now = await read();
		if (now === undefined) return;
		if (now.metadata?.resourceVersion !== seen.metadata?.resourceVersion) throw heldBy(now);
	}

	say(`${nameOf(seen)} looks dead; taking over its lock`);
}

const nameOf = (lock: SeenLock | undefined): string =>
	printableLine(`${lock?.data?.['holder'] ?? 'somebody'} with run ${lock?.data?.['run'] ?? ''}`, 160);

function heldBy(lock: SeenLock | undefined): ActionableError {
	return new ActionableError(
		`another repair is running: ${nameOf(lock)}`,
		'Nothing was changed. Wait for it to end; see: kubectl hostport runs',
	);
}
