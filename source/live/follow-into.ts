import {setTimeout as wait} from 'node:timers/promises';
import type {WatchState} from '../evidence/watch-cluster.ts';
import {followCluster} from '../session/follow-cluster.ts';
import type {Look} from '../session/look.ts';
import type {Session} from '../session/session.ts';
import type {Store} from '../tui/store.ts';

/** What keeps the screens true while they are shown. */
export type Follower = {
	/** Watches nothing any more until it is resumed; gives up waiting for that after a second. */
	readonly pause: () => Promise<void>;
	readonly resume: () => void;
	/** Ends it for good, and waits for the look that is under way. */
	readonly close: () => Promise<void>;
};

type Looking = {
	/** The last look, as soon as none is under way. */
	readonly latest: () => Promise<Look | undefined>;
	readonly lookQuietly: () => Promise<Look | undefined>;
};

/** Milliseconds that a person waits for the shell. */
const longestPausing = 1000;

/** Watches the cluster behind the screens and looks again where something changes; whether it is so stands in the store. */
export function followInto(store: Store, session: Session, {latest, lookQuietly}: Looking): Follower {
	let stop = new AbortController();
	const begin = async (hasMissed: boolean): Promise<void> =>
		followCluster({
			latest,
			lookQuietly,
			connect: async () => (await import('../session/connection.ts')).openConnection(session),
			seen: () => store.getSnapshot().evidence ?? undefined,
			isBusy() {
				const {phase, repair} = store.getSnapshot();
				return phase !== null || repair?.run?.end === null;
			},
			onState: state => store.update({watching: {isLive: state.is === 'live', text: wordsOf(state)}}),
			clock: session.clock,
			signal: AbortSignal.any([session.signal, stop.signal]),
			hasMissed,
		});
	let following = begin(false);
	return {
		async pause() {
			stop.abort();
			await Promise.race([following, wait(longestPausing)]);
		},
		resume() {
			const before = following;
			const own = (stop = new AbortController());
			following = before.then(async () => (own.signal.aborted ? undefined : begin(true)));
		},
		async close() {
			stop.abort();
			await following;
		},
	};
}

function wordsOf(state: WatchState): string {
	if (state.is === 'live') return 'live';
	return state.is === 'lost' ? 'not live: retrying' : `read every 30 s: missing permission: watch ${state.kinds.join(', ')}`;
}
