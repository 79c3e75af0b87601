import {setTimeout as sleep} from 'node:timers/promises';
import {expect, it, vi} from 'vitest';
import {getEventListeners} from 'node:events';
import {abortMeanwhile, orAborted, withLimit} from '../source/abort.ts';

const reason = new Error('stopped by you');

it('gives what the promise gives, or fails as it does', async () => {
	const {signal} = new AbortController();
	expect(await orAborted(Promise.resolve('value'), signal)).toBe('value');
	await expect(orAborted(Promise.reject(new Error('no')), signal)).rejects.toThrow('no');
});

it('fails with the reason of the abortion, also where the promise hears of it and fails in its own words', async () => {
	const stop = new AbortController();
	const waiting = orAborted(sleep(60_000, undefined, {signal: stop.signal}), stop.signal);
	stop.abort(reason);
	await expect(waiting).rejects.toBe(reason);
	// Aborted before: and the promise that fails meanwhile is nobody's unhandled rejection.
	await expect(orAborted(sleep(60_000, undefined, {signal: stop.signal}), stop.signal)).rejects.toBe(reason);
});

it('leaves no timer, and no listener on signals that live longer, whatever came of it', async () => {
	vi.useFakeTimers();
	try {
		const [program, caller] = [new AbortController().signal, new AbortController().signal];
		const limit = {milliseconds: 60_000, late: () => reason};
		for (const act of [async () => 'done', async () => Promise.reject(reason)])
			await withLimit([program, caller], limit, act).catch(() => undefined);
		expect(vi.getTimerCount()).toBe(0);
		expect([program, caller].flatMap(signal => getEventListeners(signal, 'abort'))).toEqual([]);
	} finally {
		vi.useRealTimers();
	}
});

it('is aborted by its time limit, or by any of the signals, with the reason of that one', async () => {
	const untilAborted = async (signal: AbortSignal): Promise<never> => orAborted(new Promise<never>(() => undefined), signal);
	const {signal} = new AbortController();
	await expect(withLimit(signal, {milliseconds: 1, late: () => reason}, untilAborted)).rejects.toBe(reason);
	const stop = new AbortController();
	const waiting = withLimit([signal, stop.signal], {milliseconds: 60_000, late: () => new Error('late')}, untilAborted);
	stop.abort(reason);
	await expect(waiting).rejects.toBe(reason);
	await expect(abortMeanwhile([signal, stop.signal], untilAborted)).rejects.toBe(reason);
});
