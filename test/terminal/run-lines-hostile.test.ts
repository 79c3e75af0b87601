import {PassThrough} from 'node:stream';
import {expect, test} from 'vitest';
import {runLines} from '../../source/terminal/run-lines.ts';
import type {RunEvent} from '../../source/repair/run/run-environment.ts';
import {hostileText, raw} from '../support/hostile-text.ts';

test.each([true, false])('a journal’s own words do nothing to who watches a run (terminal: %s)', isTTY => {
	const stream = Object.assign(new PassThrough(), {isTTY, columns: 200});
	let shown = '';
	stream.on('data', (text: Buffer) => (shown += text.toString()));
	const lines = runLines(stream as unknown as NodeJS.WriteStream, {});
	const step = {id: 'x', kind: 'final-proof', title: hostileText, node: ''} as unknown as Extract<RunEvent, {type: 'step'}>['step'];
	for (const id of ['', 'x']) lines.show({type: 'progress', id, text: hostileText});
	for (const state of ['started', 'done', 'undone', 'failed'] as const)
		lines.show({type: 'step', step, state, says: hostileText, seconds: 1});
	lines.end();
	// What the line itself does: back to its start, and empty.
	const own = shown.replaceAll('\r\u001B[K', '').replaceAll('\n', '');
	expect(own).not.toMatch(raw);
	expect(shown).not.toMatch(/^FORGED/mu);
});
