import {afterEach, beforeEach, expect, it, vi} from 'vitest';
import type {ClusterClient} from '../../source/cluster/cluster-client.ts';
import {followCluster} from '../../source/session/follow-cluster.ts';
import type {Look} from '../../source/session/look.ts';

const seen = {evidence: {cilium: null, nodes: [], pods: []}} as unknown as Look;
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
async function follow(lookQuietly: () => Promise<Look | undefined>, answered: Promise<void>): Promise<void> {
	const client = {
		request: async () => answered,
		watch: async () => new Promise(() => undefined),
		close: async () => undefined,
	} as unknown as ClusterClient;
	void followCluster({
		latest: async () => seen,
		lookQuietly,
		connect: async () => client,
		seen: () => seen.evidence,
		isBusy: () => false,
		onState: () => undefined,
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
