import {afterEach, beforeEach, expect, it, vi} from 'vitest';
import {realClock, type Clock} from '../../source/clock.ts';
import type {ClusterClient} from '../../source/cluster/cluster-client.ts';
import {followCluster} from '../../source/session/follow-cluster.ts';
import type {Look} from '../../source/session/look.ts';

const seenWith = (...nodes: readonly object[]): Look => ({evidence: {cilium: null, nodes, pods: []}}) as unknown as Look;
const seen = seenWith();
const minute = 60_000;
let stop: AbortController;

beforeEach(() => {
	vi.useFakeTimers();
	stop = new AbortController();
});
afterEach(() => {
	stop.abort();
	vi.useRealTimers();
});

/** Looks at once, for somebody has missed something, and once more when the server answers: of nothing it is known at which version it was seen. */
async function follow(lookQuietly: () => Promise<Look | undefined>, answered: Promise<void>, shown = seen): Promise<void> {
	const client = {
		request: async () => answered,
		watch: async () => new Promise(() => undefined),
		close: async () => undefined,
	} as unknown as ClusterClient;
	void followCluster({
		latest: async () => seen,
		lookQuietly,
		connect: async () => client,
		seen: () => shown.evidence,
		isBusy: () => false,
		onState: () => undefined,
		clock: realClock,
		signal: stop.signal,
		hasMissed: true,
	});
	await vi.dynamicImportSettled();
}

it('looks again where a look failed: what changed is still unseen', async () => {
	const look = vi.fn<() => Promise<Look | undefined>>().mockResolvedValueOnce(undefined).mockResolvedValue(seen);
	await follow(look, new Promise(() => undefined));
	await vi.advanceTimersByTimeAsync(minute);
	expect(look).toHaveBeenCalledTimes(2);
});

it('begins no look while another is under way, and looks once more after it', async () => {
	const [under, answered] = [Promise.withResolvers<Look>(), Promise.withResolvers<void>()];
	const look = vi.fn<() => Promise<Look | undefined>>().mockReturnValueOnce(under.promise).mockResolvedValue(seen);
	await follow(look, answered.promise);
	await vi.advanceTimersByTimeAsync(minute);
	answered.resolve();
	await vi.advanceTimersByTimeAsync(minute);
	expect(look).toHaveBeenCalledTimes(1);
	under.resolve(seen);
	await vi.advanceTimersByTimeAsync(10 * minute);
	expect(look).toHaveBeenCalledTimes(2);
});

it.each([
	['made pods', {via: 'pod'}, 1],
	['kept what pods had answered', {via: 'pod', askedAt: '2026-01-01T00:00:00Z'}, 2],
])('looks again within seconds, unless the look before made pods: it %s', async (_, node, looks) => {
	const answered = Promise.withResolvers<void>();
	const shown = seenWith(node);
	const look = vi.fn<() => Promise<Look | undefined>>().mockResolvedValue(shown);
	await follow(look, answered.promise, shown);
	await vi.advanceTimersByTimeAsync(2000);
	answered.resolve();
	await vi.advanceTimersByTimeAsync(10_000);
	expect(look).toHaveBeenCalledTimes(looks);
	await vi.advanceTimersByTimeAsync(minute);
	expect(look).toHaveBeenCalledTimes(2);
});

it('follows once a look succeeds, where the first has failed', async () => {
	vi.useRealTimers();
	const connect = vi.fn<() => Promise<ClusterClient>>(async () => {
		stop.abort();
		throw new Error('no more is needed');
	});
	const latest = vi.fn<() => Promise<Look | undefined>>().mockResolvedValueOnce(undefined).mockResolvedValue(seen);
	await followCluster({
		latest,
		lookQuietly: async () => seen,
		connect,
		seen: () => seen.evidence,
		isBusy: () => false,
		onState: () => undefined,
		clock: realClock,
		signal: stop.signal,
	});
	expect(connect).toHaveBeenCalledTimes(1);
});

it('tries to connect again and again, at longer and longer distances, and says so once', async () => {
	const client = {
		request: async () => ({metadata: {resourceVersion: '1'}}),
		watch: async () => new Promise(() => undefined),
		close: async () => undefined,
	} as unknown as ClusterClient;
	const connect = vi.fn<() => Promise<ClusterClient>>().mockRejectedValue(new Error('connection refused'));
	const waits: number[] = [];
	const clock: Clock = {
		...realClock,
		async sleep(milliseconds) {
			waits.push(milliseconds / 1000);
			if (waits.length === 7) connect.mockResolvedValue(client);
		},
	};
	const states: string[] = [];
	const live = Promise.withResolvers<void>();
	void followCluster({
		latest: async () => seen,
		lookQuietly: async () => seen,
		connect,
		seen: () => seen.evidence,
		isBusy: () => false,
		onState(state) {
			states.push(state.is === 'lost' ? `lost: ${state.reason}` : state.is);
			if (state.is === 'live') live.resolve();
		},
		clock,
		signal: stop.signal,
	});
	await live.promise;
	expect(waits).toEqual([1, 2, 4, 8, 16, 30, 30]);
	expect(states).toEqual(['lost: connection refused', 'live']);
});
