import {look, type Look} from '../session/look.ts';
import {wholeCluster, type Session} from '../session/session.ts';
import type {NodeAccesses} from '../session/node-accesses.ts';
import type {Store} from '../tui/store.ts';

/** Older evidence is not planned with where nobody watches: somebody may have looked at the screen for an hour. Milliseconds. */
const freshFor = 60_000;

/** What a repair is planned with: every node, whichever part of the cluster the screens were asked to show. */
export type WholeLook = {
	/** What is on the screen, where that is all and still true; else a new look. Undefined where it failed. */
	readonly latest: (signal: AbortSignal) => Promise<Look | undefined>;
	readonly again: (signal: AbortSignal) => Promise<Look | undefined>;
};

type OnScreen = {
	readonly accesses: NodeAccesses;
	/** What was seen last, as soon as no look is under way; undefined where it failed. */
	readonly latest: () => Promise<Look | undefined>;
	readonly lookAgain: () => Promise<Look | undefined>;
};

/** The look over all nodes that a plan needs, made from what is on the screen where that is enough. */
export function wholeLook(store: Store, session: Session, {accesses, latest, lookAgain}: OnScreen): WholeLook {
	const {nodes, selector} = session.scope;
	const isPart = nodes.length > 0 || selector !== undefined;
	const again = async (signal: AbortSignal): Promise<Look | undefined> => {
		const onNotice = (notice: string): void => store.update({notice});
		return isPart ? look({...session, scope: wholeCluster(session.scope), save: undefined, signal}, {accesses, onNotice}) : lookAgain();
	};
	return {
		again,
		async latest(signal) {
			if (isPart) return again(signal);
			const last = await latest();
			signal.throwIfAborted();
			// What is on the screen is planned with: each step looks again, right before it acts, at what it is about to change.
			const isLive = store.getSnapshot().watching?.isLive === true;
			const isFresh = last !== undefined && (isLive || Date.now() - Date.parse(last.evidence.collectedAt) < freshFor);
			return isFresh || last === undefined ? last : lookAgain();
		},
	};
}
