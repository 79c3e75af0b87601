import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {partialEvidence} from '../../source/live/look-into.ts';
import {apiOnly, pathlessEvidence} from '../diagnosis/scenes.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('what the API server tells is not judged before a node has answered', () => {
	const evidence = apiOnly(pathlessEvidence());
	const told: Array<{nodes: number; isAnswered: boolean}> = [];
	const partial = partialEvidence(({nodes}, isAnswered) => told.push({nodes: nodes.length, isAnswered}));
	partial.add({type: 'cluster', evidence});
	vi.advanceTimersByTime(60_000);
	expect(told).toEqual([{nodes: 3, isAnswered: false}]);
	partial.add({type: 'node', node: pathlessEvidence().nodes[0]!, done: 1, total: 3});
	vi.advanceTimersByTime(60_000);
	expect(told).toEqual([
		{nodes: 3, isAnswered: false},
		{nodes: 3, isAnswered: true},
	]);
	partial.add({type: 'node', node: pathlessEvidence().nodes[1]!, done: 2, total: 3});
	partial.stop();
	vi.advanceTimersByTime(60_000);
	expect(told).toHaveLength(2);
});
