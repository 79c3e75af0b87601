import {expect, it} from 'vitest';
import {leftoverTable} from '../../source/output/leftover-table.ts';
import type {FoundLeftover} from '../../source/session/cleanup.ts';

const leftover = (parts: Partial<FoundLeftover>): FoundLeftover => ({
	kind: 'pod',
	namespace: 'kube-system',
	name: 'hostport-1',
	node: '',
	folder: '',
	says: 'of a run that ended',
	removal: 'plain',
	title: 'pod kube-system/hostport-1',
	goes: true,
	...parts,
});

it('a leftover is a line: whether it goes, or why not', () => {
	const found = [
		leftover({node: 'node-1'}),
		leftover({title: 'lock a/b', removal: 'never', goes: false}),
		leftover({title: 'run a/c', removal: 'asked', goes: false}),
	];
	const lines = [
		'pod kube-system/hostport-1   node-1   yes               of a run that ended',
		'lock a/b                     -        no, in use        of a run that ended',
		'run a/c                      -        only with --all   of a run that ended',
		'',
	].join('\n');
	expect(leftoverTable(found)).toBe(`LEFTOVER                     NODE     REMOVABLE         WHAT\n${lines}`);
	expect(leftoverTable(found, false)).toBe(lines);
	expect(leftoverTable([])).toBe('No leftovers.\n');
});
