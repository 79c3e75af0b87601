import {afterEach, expect, type TestContext} from 'vitest';
import {leftovers} from './leftovers.ts';
import {isOwnCluster} from './tested-cluster.ts';

/** In every file of the suite: whatever a test did, no pod of ours is on the cluster when it ends. */
export function nothingStaysBehind(): void {
	afterEach(async () => {
		expect(await leftovers(), 'pods of ours that stayed behind').toEqual([]);
	});
}

/** Skips a test, with the reason, on a cluster that somebody else made. */
export function needsOwnCluster(context: TestContext, why: string): void {
	context.skip(!isOwnCluster, `needs the project's own cluster: ${why}`);
}
