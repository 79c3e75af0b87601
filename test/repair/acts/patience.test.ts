import {expect, test} from 'vitest';
import {ClusterError} from '../../../source/cluster/cluster-error.ts';
import type {Clock} from '../../../source/clock.ts';
import {insist, until, type Look} from '../../../source/repair/acts/patience.ts';

/** A clock that jumps by what is slept. */
function jumpingClock(): Clock {
	let now = 0;
	return {
		now: () => now,
		async sleep(milliseconds) {
			await Promise.resolve();
			now += milliseconds;
		},
	};
}

const waiting = {signal: new AbortController().signal, what: 'the pod does not start', hint: 'look', limitMilliseconds: 60_000};
const unanswered = new ClusterError('connection refused', 'try again', {verb: 'get', resource: 'x'}, {reason: 'ConnectionRefused'});

test('a failure that says something new every time does not keep a wait alive', async () => {
	const clock = jumpingClock();
	let count = 0;
	const look = async (): Promise<Look<true>> => Promise.resolve({stillAt: `sandbox ${(count += 1)} cannot be made`});
	await expect(until(look, {...waiting, clock})).rejects.toThrow(/the pod does not start: no progress for 60 s/);
	expect(clock.now()).toBeLessThan(70_000);
});

test('a wait goes on for as long as more than ever before is done, and no longer', async () => {
	const clock = jumpingClock();
	const done = (): number => Math.min(Math.floor(clock.now() / 50_000), 4);
	const look = async (): Promise<Look<true>> => Promise.resolve({stillAt: `${done()} of 5`, done: done()});
	await expect(until(look, {...waiting, clock})).rejects.toThrow(/4 of 5/);
	expect(clock.now()).toBeGreaterThan(250_000);
	expect(clock.now()).toBeLessThan(270_000);
});

test('what comes and goes is no progress', async () => {
	const clock = jumpingClock();
	let count = 0;
	const look = async (): Promise<Look<true>> => Promise.resolve({stillAt: 'in turns', done: (count += 1) % 2});
	await expect(until(look, {...waiting, clock})).rejects.toThrow(/in turns/);
	expect(clock.now()).toBeLessThan(80_000);
});

test('an API server that stays away ends a wait and an act', async () => {
	const away = async (): Promise<never> => Promise.reject(unanswered);
	await expect(until(away, {...waiting, clock: jumpingClock()})).rejects.toThrow(/the API server does not answer/);
	const clock = jumpingClock();
	const told: string[] = [];
	await expect(insist(away, {clock, signal: waiting.signal, say: text => told.push(text)})).rejects.toThrow(/connection refused/);
	expect(told).toEqual(['trying again: connection refused']);
	expect(clock.now()).toBeLessThan(200_000);
});
