import type {Clock} from '../../clock.ts';
import type {ClusterClient} from '../../cluster/cluster-client.ts';
import {ActionableError, messageOf} from '../../errors.ts';
import {printableLine} from '../../foreign-text.ts';
import {absent, insist, isConflict, isGone, isPassing, type Insisting} from '../acts/patience.ts';
import {leaseMilliseconds, lockMap, readLock, versionOf, type LockHolder, type LockMap, type SeenLock} from './lock-map.ts';

const renewMilliseconds = 4_000;

/** A lock that is held and renewed. */
export type RunLock = {
	/** Aborted when somebody else has the lock. */
	readonly lost: AbortSignal;
	/** Before each act: asks the server where the last renewal is not fresh. @throws ActionableError where it is lost */
	assertHeld(): Promise<void>;
	release(): Promise<void>;
};

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
	const insisting = {clock, signal, say};
	const map = lockMap(client, namespace, own, clock);
	const read = async (): Promise<SeenLock | undefined> => insist(async () => map.read(signal), insisting);
	let seen = await read();
	if (seen?.data?.['holder'] !== undefined && seen.data['holder'] !== '') {
		await assertDead(seen, read, clock, signal, say);
		seen = await read();
	}

	const version = await insist(async () => {
		signal.throwIfAborted();
		try {
			return await map.write(seen);
		} catch (error) {
			if (!isConflict(error)) throw error;
			const other = await read();
			// The answer to our own write may have been lost and the write repeated by a proxy.
			if (map.isOwn(other)) return versionOf(other);
			throw heldBy(other);
		}
	}, insisting);
	const lock = holdLock(map, version, insisting);
	if (signal.aborted) await lock.release();
	signal.throwIfAborted();
	return lock;
}

/** Renews a lock that was taken until it is released or lost. */
function holdLock(map: LockMap, taken: string, insisting: Required<Insisting>): RunLock {
	const {clock, say} = insisting;
	const lost = new AbortController();
	const stopped = new AbortController();
	let version = taken;
	let renewed = clock.now();

	const renew = async (): Promise<void> => {
		const limit = AbortSignal.timeout(leaseMilliseconds);
		try {
			version = await map.renew(version, limit);
		} catch (error) {
			if (!isConflict(error) && !isGone(error)) throw error;
			const other = await map.read(limit);
			if (!map.isOwn(other)) {
				lost.abort(new ActionableError(`the lock was taken over by ${nameOf(other)}`, 'This process stopped. See: kubectl hostport runs'));
				throw lost.signal.reason;
			}

			version = versionOf(other);
		}

		renewed = clock.now();
	};
	let renewing: Promise<void> | undefined;
	const renewOnce = async (): Promise<void> => (renewing ??= renew().finally(() => (renewing = undefined)));
	const kept = keepRenewing(renewOnce, clock, [stopped.signal, lost.signal]);

	return {
		lost: lost.signal,
		async assertHeld() {
			lost.signal.throwIfAborted();
			if (clock.now() - renewed > leaseMilliseconds - renewMilliseconds) await insist(renewOnce, insisting);
			lost.signal.throwIfAborted();
		},
		async release() {
			stopped.abort();
			await kept;
			if (lost.signal.aborted) return;
			const limit = AbortSignal.timeout(leaseMilliseconds);
			const remove = async (): Promise<void> =>
				map.remove(version, limit).catch(async (error: unknown) => {
					if (!isConflict(error)) throw error;
					// The answer to the last renewal was lost; or it is somebody else's now, which renewing finds out.
					await renew();
					await map.remove(version, limit);
				});
			await insist(remove, {clock, signal: limit}).catch((error: unknown) => {
				// It runs out by itself; that it could not be given back is said, nothing more.
				if (isGone(error) || isConflict(error) || lost.signal.aborted) return;
				const why = isPassing(error) || limit.aborted ? 'no answer' : messageOf(error);
				say(`the lock ${map.name} could not be released (${why}); it expires by itself`);
			});
		},
	};
}

/** Ends with the first of the signals. */
async function keepRenewing(renew: () => Promise<void>, clock: Clock, ended: readonly AbortSignal[]): Promise<void> {
	const end = AbortSignal.any([...ended]);
	while (!end.aborted) {
		await clock.sleep(renewMilliseconds, end).catch(() => undefined);
		// An API server that is away for a moment is no reason to stop; before the next act the lock is asked for again.
		if (!end.aborted) await renew().catch(() => undefined);
	}
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
