import {expect, test} from 'vitest';
import {restartsOf, runsSince} from '../../source/evidence/objects/pod-trouble.ts';

const ended = (exitCode: number, reason: string) => ({terminated: {exitCode, reason, finishedAt: '2026-11-29T20:59:58Z'}});
const pod = (...containerStatuses: readonly object[]) => ({status: {containerStatuses}});

test.each([
	['', pod({name: 'web', restartCount: 0, state: {running: {startedAt: '2026-11-29T20:00:00Z'}}})],
	['', {}],
	['web once, last after exit code 0 (Completed)', pod({name: 'web', restartCount: 1, lastState: ended(0, 'Completed')})],
	[
		'web 4 times, last after exit code 1 (Error)',
		pod({name: 'side', restartCount: 1, lastState: ended(2, 'Error')}, {name: 'web', restartCount: 4, lastState: ended(1, 'Error')}),
	],
	['web 2 times', pod({name: 'web', restartCount: 2})],
])('restarts: %s', (words, object) => {
	expect(restartsOf(object)).toBe(words);
});

test('a pod runs since its youngest container does', () => {
	const running = (startedAt: string) => ({state: {running: {startedAt}}});
	expect(runsSince(pod(running('2026-11-29T20:00:00Z'), running('2026-11-29T20:59:59Z'), {state: {waiting: {}}}))).toBe(
		'2026-11-29T20:59:59Z',
	);
	expect(runsSince(pod({state: {waiting: {reason: 'CrashLoopBackOff'}}}))).toBeNull();
});
