import type {Clock} from '../clock.ts';
import type {ClusterClient} from '../cluster/cluster-client.ts';
import {messageOf} from '../errors.ts';
import {printableLine} from '../foreign-text.ts';
import type {Evidence} from '../evidence/evidence.ts';
import type {WatchState} from '../evidence/watch-cluster.ts';
import type {Look} from './look.ts';

/** What comes together is looked at once. */
const settleMilliseconds = 1000;
/** Between two looks at least so long, and so many times as long as the last one took: a busy cluster is not asked all the time. */
const shortestGap = 3000;
/** The same after a look that made pods, on nodes whose agent does not see enough: those are not to come and go all the time. */
const shortestGapWithPods = 30_000;
const gapFactor = 3;

type Following = {
	/** The last look, as soon as none is under way; undefined where none has succeeded yet. */
	readonly latest: () => Promise<Look | undefined>;
	/** Looks without a word, the old values staying until it has ended; undefined where it failed. */
	readonly lookQuietly: () => Promise<Look | undefined>;
	readonly connect: () => Promise<ClusterClient>;
	/** What was seen last, parts of a look under way among it. */
	readonly seen: () => Evidence | undefined;
	/** Whether somebody acts or looks just now: whoever does looks at its end anyway. */
	readonly isBusy: () => boolean;
	/** Told whether changes come by themselves, and why not. */
	readonly onState: (state: WatchState) => void;
	readonly clock: Clock;
	readonly signal: AbortSignal;
	/** Nobody has watched since the last look: what changed meanwhile was told to nobody. */
	readonly hasMissed?: boolean;
};

/** Milliseconds between two looks where nothing may be watched. */
const pollMilliseconds = 30_000;

/** Keeps what is shown true: watches the cluster and looks again where something changed. Never rejects; what keeps it from watching is told. */
export async function followCluster(following: Following): Promise<void> {
	const {latest, lookQuietly, seen, isBusy, onState, clock, signal, hasMissed} = following;
	let first = await latest();
	// Whoever asks once more after a look that failed is followed too.
	while (first === undefined && !signal.aborted) {
		await clock.sleep(settleMilliseconds, signal).catch(() => undefined);
		first = await latest();
	}

	if (first === undefined || signal.aborted) return;
	const {watchCluster} = await import('../evidence/watch-cluster.ts');
	let timer: NodeJS.Timeout | undefined;
	let poll: NodeJS.Timeout | undefined;
	let looking: Promise<void> | undefined;
	let earliest = 0;
	const lookNow = async (): Promise<void> => {
		const started = Date.now();
		const seenNow = await lookQuietly();
		// A node that keeps an earlier answer was not asked now.
		const madePods = seen()?.nodes.some(({via, askedAt}) => via === 'pod' && askedAt === undefined) === true;
		earliest = Date.now() + Math.max(madePods ? shortestGapWithPods : shortestGap, gapFactor * (Date.now() - started));
		looking = undefined;
		// What changed is still unseen.
		if (seenNow === undefined && !signal.aborted) lookSoon(settleMilliseconds);
	};
	const lookSoon = (wait: number): void => {
		timer ??= setTimeout(() => {
			timer = undefined;
			const left = earliest - Date.now();
			if (looking !== undefined || isBusy() || left > 0) return lookSoon(Math.max(settleMilliseconds, left));
			looking = lookNow();
		}, wait);
	};
	const onChange = (): void => lookSoon(settleMilliseconds);
	const onWatch = (state: WatchState): void => {
		onState(state);
		clearInterval(poll);
		poll = state.is === 'refused' ? setInterval(onChange, pollMilliseconds) : undefined;
	};
	if (hasMissed === true) onChange();
	const client = await connected(following);
	if (client !== undefined) {
		await watchCluster(client, {
			namespace: first.evidence.cilium?.namespace ?? 'kube-system',
			seen,
			since: first.versions ?? new Map(),
			signal,
			onChange,
			onState: onWatch,
		});
	}

	clearTimeout(timer);
	clearInterval(poll);
	await looking;
	await client?.close();
}

/** Milliseconds between two tries to connect: twice as long after each. */
const shortestWait = 1000;
const longestWait = 30_000;

/** A connection, tried until there is one; undefined where the signal ends it before. */
async function connected({connect, onState, clock, signal}: Following): Promise<ClusterClient | undefined> {
	let told = '';
	for (let wait = shortestWait; !signal.aborted; wait = Math.min(2 * wait, longestWait)) {
		try {
			return await connect();
		} catch (error) {
			if (signal.aborted) return undefined;
			const reason = printableLine(messageOf(error));
			if (reason !== told) onState({is: 'lost', reason});
			told = reason;
		}

		await clock.sleep(wait, signal).catch(() => undefined);
	}

	return undefined;
}
