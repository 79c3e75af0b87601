import {expect, test} from 'vitest';
import {patienceFor} from '../../source/session/prove-repair.ts';

const now = Date.parse('2026-01-01T12:00:00Z');
const agent = (startedAt: string | null) => ({agent: {startedAt}});

test.each([
	['no node', [], 60],
	['a node without an agent', [{agent: null}], 60],
	['an agent that runs for an hour', [agent('2026-01-01T11:00:00Z')], 60],
	['an agent whose start is not told', [agent(null)], 60],
	[
		'an agent ready for two minutes, which may still load its programs',
		[agent('2026-01-01T11:00:00Z'), agent('2026-01-01T11:58:00Z')],
		180,
	],
	['an agent of a minute from now, by a clock that is behind', [agent('2026-01-01T12:01:00Z')], 180],
	['an agent of an hour from now: the clock tells nothing', [agent('2026-01-01T13:00:00Z')], 60],
])('a failure is believed after: %s', (_, nodes, seconds) => {
	expect(patienceFor(nodes, now) / 1000).toBe(seconds);
});
