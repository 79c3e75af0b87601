import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest';
import {createStore} from '../../source/tui/store.ts';
import {diagnosis} from './fixtures.ts';

beforeEach(() => {
	vi.useFakeTimers();
});
afterEach(() => {
	vi.useRealTimers();
});

describe('the store', () => {
	it('begins with what is under way, so that the first frame has something to say', () => {
		expect(createStore('nks-prod').getSnapshot()).toMatchObject({phase: {text: 'connecting to nks-prod'}, evidence: null, failure: null});
		expect(createStore().getSnapshot().phase?.text).toBe('connecting');
	});

	it('tells its listeners at most four times a second while something is under way, and leaves nothing out', () => {
		const store = createStore('a');
		store.update({phase: {text: 'asking', since: Date.now()}});
		const seen: number[] = [];
		store.subscribe(() => seen.push(store.getSnapshot().progress.done));
		for (let done = 1; done <= 200; done += 1) {
			store.update({progress: {done, total: 200}});
			vi.advanceTimersByTime(10);
		}

		vi.advanceTimersByTime(1000);
		expect(seen.length).toBeGreaterThan(4);
		expect(seen.length).toBeLessThanOrEqual(9);
		expect(seen.at(-1)).toBe(200);
	});

	it('tells the end at once, and only once', () => {
		const store = createStore('a');
		const listener = vi.fn<() => void>();
		store.subscribe(listener);
		store.update({progress: {done: 1, total: 2}});
		store.update({progress: {done: 2, total: 2}});
		listener.mockClear();
		store.update({phase: null, diagnosis: diagnosis()});
		expect(listener).toHaveBeenCalledTimes(1);
		vi.advanceTimersByTime(1000);
		expect(listener).toHaveBeenCalledTimes(1);
	});

	it('tells a failure and what is done at rest at once', () => {
		const store = createStore('a');
		const listener = vi.fn<() => void>();
		store.subscribe(listener);
		store.update({progress: {done: 1, total: 2}});
		store.update({failure: {message: 'gone', hint: ''}});
		store.update({phase: null});
		store.update({notice: 'written'});
		store.update({notice: null});
		expect(listener).toHaveBeenCalledTimes(5);
	});

	it('gives the same value until something changes, and stops telling who left', () => {
		const store = createStore('a');
		expect(store.getSnapshot()).toBe(store.getSnapshot());
		const listener = vi.fn<() => void>();
		store.subscribe(listener)();
		store.update({phase: null});
		expect(listener).not.toHaveBeenCalled();
	});
});
