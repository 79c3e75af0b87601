import {afterAll, afterEach, expect, type TestContext} from 'vitest';
import {until} from './kubectl.ts';
import {leftovers} from './leftovers.ts';
import {isOwnCluster} from './tested-cluster.ts';

/**
 * In every file of the suite: whatever a test did, when it ends each pod of ours is being removed, and is gone without anybody's help.
 * A kubelet takes up to half a minute over a pod, so a file of many short tests waits for that once, at its end.
 */
export function nothingStaysBehind(waits: 'after each test' | 'at the end' = 'after each test'): void {
	const allGone = async (): Promise<void> => {
		await until('the pods of ours to be gone', 90, async () => ((await leftovers()).going.length === 0 ? true : undefined));
		expect((await leftovers()).staying, 'pods of ours that came afterwards').toEqual([]);
	};
	afterEach(async () => {
		expect((await leftovers()).staying, 'pods of ours that nobody has asked to go').toEqual([]);
		if (waits === 'after each test') await allGone();
	});
	if (waits === 'at the end') afterAll(allGone);
}

/** Skips a test, with the reason, on a cluster that somebody else made. */
export function needsOwnCluster(context: TestContext, why: string): void {
	context.skip(!isOwnCluster, `needs the project's own cluster: ${why}`);
}
