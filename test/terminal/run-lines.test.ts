import {PassThrough} from 'node:stream';
import {expect, test} from 'vitest';
import {runLines} from '../../source/terminal/run-lines.ts';
import type {RunEvent} from '../../source/repair/run/run-environment.ts';

const step = {id: 'binary/node-1', title: 'install portmap on node-1'} as Extract<RunEvent, {type: 'step'}>['step'];

function written(
	events: readonly RunEvent[],
	terminal: {isTTY?: true; columns?: number} = {},
	environment: NodeJS.ProcessEnv = {},
): string {
	const stream = Object.assign(new PassThrough(), terminal);
	const {show, end} = runLines(stream as unknown as NodeJS.WriteStream, environment);
	for (const event of events) show(event);
	end();
	return String(stream.read() ?? '');
}

const began: RunEvent = {type: 'step', step, state: 'started', says: '', seconds: 0};
const wait: RunEvent = {type: 'progress', id: step.id, text: 'node-1: sending 2.4 MB by pod kube-system/cilium-x'};

test('a pipe gets a line for each thing that has happened, and no wait', () => {
	const lock: RunEvent = {type: 'progress', id: '', text: 'kim@bastion has the lock'};
	const done: RunEvent = {type: 'step', step, state: 'done', says: 'it answers', seconds: 1.5};
	expect(written([began, wait, lock, done])).toBe(
		'  kim@bastion has the lock\n  done        install portmap on node-1 (1.5 s): it answers\n',
	);
});

test('what the person has cut off is called stopped, what failed failed', () => {
	const ended = (says: string, isCutOff: boolean, state: 'failed' | 'undo-failed' = 'failed'): string =>
		written([{type: 'step', step, state, says, seconds: 2, isCutOff}]);
	expect(ended('interrupted', true)).toBe('  stopped     install portmap on node-1 (2 s): interrupted\n');
	expect(ended('interrupted', true, 'undo-failed')).toBe('  stopped     install portmap on node-1 (2 s): interrupted\n');
	expect(ended('the disk is full', false)).toBe('  failed      install portmap on node-1 (2 s): the disk is full\n');
});

test('a terminal has its waits overwritten, cut to its width and gone at the end', () => {
	expect(written([began, wait], {isTTY: true, columns: 20})).toBe('  … install portmap\r\u001B[K  node-1: sending 2\r\u001B[K');
	expect(written([began, wait], {isTTY: true, columns: 20}, {TERM: 'dumb'})).toBe('');
});

test('what a step says is broken between words in a terminal', () => {
	const done: RunEvent = {type: 'step', step, state: 'done', says: 'portmap; it supports CNI 0.4.0, 1.0.0', seconds: 1.5};
	expect(written([done], {isTTY: true, columns: 44})).toBe(
		'  done        install portmap on node-1 (1.5\n              s): portmap; it supports CNI\n              0.4.0, 1.0.0\n',
	);
});
