import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {ActionableError} from '../../source/errors.ts';
import type {CollectProgress} from '../../source/evidence/collect.ts';
import {withTimeLimit} from '../../source/session/time-limit.ts';
import type {Reach} from '../../source/session/session.ts';
import {pathlessEvidence} from '../diagnosis/scenes.ts';
import {quietSession} from '../support/session.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const evidence = pathlessEvidence();
const [node] = evidence.nodes;
if (node === undefined) throw new Error('a scene without nodes');
const nodes = (count: number): CollectProgress => ({
	type: 'cluster',
	evidence: {...evidence, nodes: Array.from({length: count}, () => node)},
});
const question = (open: boolean): CollectProgress => ({type: 'question', open});

/** Seconds after which an act that never ends is stopped; Infinity where it is not within a day. */
async function stoppedAfter(given: number | undefined, progress: readonly CollectProgress[], reach: Partial<Reach> = {}): Promise<number> {
	const began = Date.now();
	const session = quietSession('');
	let stopped = Infinity;
	const act = withTimeLimit({...session, reach: {...session.reach, ...reach}}, given, async ({signal}, follow) => {
		for (const each of progress) follow(each);
		await new Promise<void>(resolve => {
			signal.addEventListener('abort', () => {
				stopped = (Date.now() - began) / 1000;
				expect(signal.reason).toBeInstanceOf(ActionableError);
				resolve();
			});
			setTimeout(resolve, 86_400_000);
		});
	});
	await vi.runAllTimersAsync();
	await act;
	return stopped;
}

test.each([
	['five minutes by itself', undefined, [], {}, 300],
	['and half a minute for eight nodes each: no fewer are asked at once', undefined, [nodes(80)], {}, 300 + 10 * 30],
	['what is left of eight counts as much', undefined, [nodes(81)], {}, 300 + 11 * 30],
	['fewer at once take longer', undefined, [nodes(80)], {concurrency: 4}, 300 + 20 * 30],
	['more at once may be asked, and need not come about', undefined, [nodes(80)], {concurrency: 100}, 300 + 10 * 30],
	['by the time limit of a node', undefined, [nodes(80)], {nodeTimeoutMilliseconds: 60_000}, 300 + 10 * 60],
	[
		'ten minutes for each question, which nothing else prolongs',
		undefined,
		[question(true), question(false), {type: 'phase', text: ''}],
		{},
		300 + 600,
	],
	['as long as was given, whatever comes', 20_000, [nodes(80), question(true)], {}, 20],
	['without end by 0', 0, [nodes(80)], {}, Infinity],
] as const)('a look may take %s', async (_, given, progress, reach, seconds) => {
	expect(await stoppedAfter(given, progress, reach)).toBe(seconds);
});

test('who is done in time is not stopped any more, and gives what came of it', async () => {
	const session = quietSession('');
	let own: AbortSignal | undefined;
	expect(await withTimeLimit(session, 1000, async ({signal}) => ((own = signal), 7))).toBe(7);
	await vi.advanceTimersByTimeAsync(5000);
	expect(own?.aborted).toBe(false);
});
