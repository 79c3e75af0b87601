import {messageOf} from '../errors.ts';
import type {WatchState} from '../evidence/watch-cluster.ts';
import {openConnection} from './connection.ts';
import {followCluster} from './follow-cluster.ts';
import {look, type Look} from './look.ts';
import type {Session} from './session.ts';
import {withAccesses} from './node-accesses.ts';

/** Who hears of what is watched. */
export type Watching = {
	/** The first look, and each one after that where something changed, with the one before it. */
	readonly onLook: (seen: Look, before: Look | undefined) => void;
	readonly onState: (state: WatchState) => void;
	readonly onNotice: (says: string) => void;
};

/**
 * Looks, then again whenever something has changed, until the session's signal ends it.
 * @throws ActionableError where the first look fails; the signal's reason at the end
 */
export async function watch(session: Session, {onLook, onState, onNotice}: Watching): Promise<never> {
	return withAccesses(session, async accesses => {
		let seen = await look(session, {accesses, onNotice});
		onLook(seen, undefined);
		await followCluster({
			latest: async () => seen,
			async lookQuietly() {
				const next = await look(session, {accesses, onNotice, before: seen.evidence}).catch((error: unknown) => {
					if (!session.signal.aborted) onNotice(`could not read the cluster again: ${messageOf(error)}`);
				});
				if (next === undefined) return undefined;
				const before = seen;
				seen = next;
				onLook(next, before);
				return next;
			},
			connect: async () => openConnection(session),
			seen: () => seen.evidence,
			isBusy: () => false,
			onState,
			clock: session.clock,
			signal: session.signal,
		});
		session.signal.throwIfAborted();
		throw new Error('the watch ended unexpectedly');
	});
}
