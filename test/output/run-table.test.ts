import {expect, it} from 'vitest';
import {runNames, runTable, stepsText} from '../../source/output/run-table.ts';
import type {Journal} from '../../source/repair/journal.ts';

it('names of runs are one a line, whatever a journal says', () => {
	expect(runNames([])).toBe('');
	expect(runNames([{id: '20240207-020000-1a2b'}, {id: 'x\ny\u001B[2J'}])).toBe('20240207-020000-1a2b\nx y\n');
});

it('a run is a line: how many of its steps are done, by whom, and where its journal is', () => {
	const entry = (state: string) => ({state, says: '', seconds: 0, before: null});
	const journal = {
		id: '20240207-020000-1a2b',
		startedAt: '2024-02-07T02:00:00Z',
		by: 'jane\u001B[2J@laptop',
		outcome: 'failed',
		plan: {choice: {strategy: 'portmap'}, steps: [{id: 'a'}, {id: 'b'}, {id: 'c'}]},
		entries: {a: entry('done'), b: entry('failed'), c: entry('failed')},
	} as unknown as Journal;
	const line = '20240207-020000-1a2b   portmap    failed    1/3     2024-02-07T02:00:00Z   jane@laptop   configmap x\n';
	const keptIn = ({id}: Journal): string => (id === journal.id ? 'configmap x' : '');
	expect(runTable([journal], keptIn)).toBe(
		`RUN                    STRATEGY   OUTCOME   STEPS   STARTED                BY            KEPT IN\n${line}`,
	);
	expect(runTable([journal], keptIn, false)).toBe(line.replaceAll(/ {3,}/gu, '   '));
});

it.each([
	[['done', 'done', 'skipped', 'pending'], '3/4'],
	[['done', 'failed', 'pending'], '1/3'],
	[['undone', 'undone', 'left', 'pending'], '2 undone, 1 kept'],
	[['undone', 'undo-failed'], '1 undone'],
	[[], '0/0'],
] as const)('of steps that are %j it is told: %s', (states, text) => {
	expect(stepsText(states)).toBe(text);
});
