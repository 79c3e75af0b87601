import {expect, test} from 'vitest';
import {ClusterError} from '../../../source/cluster/cluster-error.ts';
import {evict} from '../../../source/repair/acts/pods.ts';
import type {StepContext} from '../../../source/repair/step-work.ts';

test('many workloads whose budgets refuse take one long wait, and a short one each', async () => {
	let now = 0;
	const refusal = new ClusterError(
		'too many',
		'wait',
		{verb: 'create', resource: 'pods/eviction'},
		{status: 429, reason: 'TooManyRequests'},
	);
	const context = {
		client: {request: async () => Promise.reject(refusal)},
		clock: {
			now: () => now,
			sleep: async (milliseconds: number) => {
				await Promise.resolve();
				now += milliseconds;
			},
		},
		signal: new AbortController().signal,
		say: () => undefined,
		tell: () => undefined,
		plan: {kubernetes: 'v1.36.0'},
		budgets: {isSpent: false},
	} as unknown as StepContext;
	const seconds: number[] = [];
	for (let workload = 0; workload < 20; workload += 1) {
		const began = now;
		await expect(evict(context, 'default', {name: `web-${workload}`, uid: '1'})).rejects.toThrow(/was refused/u);
		seconds.push(Math.round((now - began) / 1000));
	}

	expect(seconds[0]).toBeGreaterThanOrEqual(600);
	expect(Math.max(...seconds.slice(1))).toBeLessThanOrEqual(18);
});
