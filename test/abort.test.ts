import {setTimeout as sleep} from 'node:timers/promises';
import {expect, it} from 'vitest';
import {orAborted} from '../source/abort.ts';

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
