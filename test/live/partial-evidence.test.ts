import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {partialEvidence} from '../../source/live/look-into.ts';
import {apiOnly, pathlessEvidence} from '../diagnosis/scenes.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('what the API server tells is not judged before a node has answered', async () => {
	const evidence = apiOnly(pathlessEvidence());
	const told: number[] = [];
	const partial = partialEvidence(new AbortController().signal, async ({nodes}) => {
		told.push(nodes.length);
	});
	partial.add({type: 'cluster', evidence});
	await vi.advanceTimersByTimeAsync(60_000);
	expect(told).toEqual([]);
	partial.add({type: 'node', node: pathlessEvidence().nodes[0]!, done: 1, total: 3});
	await vi.advanceTimersByTimeAsync(60_000);
	expect(told).toEqual([3]);
	partial.add({type: 'node', node: pathlessEvidence().nodes[1]!, done: 2, total: 3});
	partial.stop();
	await vi.advanceTimersByTimeAsync(60_000);
	expect(told).toHaveLength(1);
});

test('one judgement at a time, and none goes on once all is known or the person leaves', async () => {
	const evidence = apiOnly(pathlessEvidence());
	const [ended, signals] = [new AbortController(), [] as AbortSignal[]];
	const open = () =>
		partialEvidence(ended.signal, async (_, signal) => {
			signals.push(signal);
			await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
		});
	const partial = open();
	partial.add({type: 'cluster', evidence});
	await vi.advanceTimersByTimeAsync(60_000);
	partial.add({type: 'node', node: pathlessEvidence().nodes[0]!, done: 1, total: 3});
	await vi.advanceTimersByTimeAsync(60_000);
	expect(signals.map(({aborted}) => aborted)).toEqual([false]);
	partial.stop();
	expect(signals.map(({aborted}) => aborted)).toEqual([true]);
	const other = open();
	other.add({type: 'cluster', evidence});
	other.add({type: 'node', node: pathlessEvidence().nodes[0]!, done: 1, total: 3});
	await vi.advanceTimersByTimeAsync(60_000);
	ended.abort();
	await vi.advanceTimersByTimeAsync(60_000);
	expect(signals.map(({aborted}) => aborted)).toEqual([true, true]);
});
