import {expect, test} from 'vitest';
import type {Finding} from '../../source/diagnosis/diagnosis.ts';
import {findingText} from '../../source/output/finding-text.ts';
import {paint} from '../../source/output/paint.ts';

const finding = (parts: Partial<Finding> = {}): Finding => ({
	code: 'HP01',
	severity: 'error',
	nodes: [],
	hostPorts: [],
	title: 'hostPort is not served',
	because: [],
	remedy: 'Chain portmap.',
	repairable: true,
	...parts,
});
const plain = (parts?: Partial<Finding>): string => findingText(finding(parts), {colour: false});

test('it tells what it concerns, as far as it concerns any, and who repairs it', () => {
	expect(plain()).toBe('HP01 error  hostPort is not served\n  Fix: Chain portmap.\n');
	expect(plain({nodes: ['a', 'b'], hostPorts: ['x']})).toContain('not served (2 nodes, 1 hostPort)\n');
	expect(plain({hostPorts: ['x']})).toContain('not served (1 hostPort)\n');
	expect(plain({repairable: false})).toContain('Fix: Chain portmap. (not repaired by this program)\n');
	expect(plain({repairable: false, severity: 'info'})).toContain('Fix: Chain portmap.\n');
});

test.each([
	['error', 'bad'],
	['warning', 'doubtful'],
	['info', 'quiet'],
] as const)('the code of an %s has its colour', (severity, tone) => {
	const text = findingText(finding({severity}), {colour: true});
	expect(text.startsWith(`${paint(`HP01 ${severity}`, tone, true)}  hostPort`)).toBe(true);
	expect(text).toContain(`  ${paint('Fix:', 'strong', true)} Chain`);
});

const because = [
	{source: 'configmap', says: 'off'},
	{source: 'file of node-1 and 12 more', says: 'no portmap\nanywhere'},
];

test('proof stands in two columns, each line of it one line', () => {
	expect(plain({because})).toBe(
		'HP01 error  hostPort is not served\n  configmap                   off\n  file of node-1 and 12 more  no portmap anywhere\n  Fix: Chain portmap.\n',
	);
});

test.each([
	// 26 columns are the source: at most two fifths of the terminal.
	[65, '  configmap                   off\n  file of node-1 and 12 more  no portmap anywhere\n'],
	[64, '  configmap  off\n  file of node-1 and 12 more\n             no portmap anywhere\n'],
	[20, '  configmap\n    off\n  file of node-1 and 12 more\n    no portmap anywhere\n'],
])('a source too long for a terminal of %i columns has a line of its own', (width, lines) => {
	expect(findingText(finding({because}), {colour: false, width})).toContain(lines);
});

test('lines break between words, and go on below where the text begins; a very narrow terminal has 20 columns for it', () => {
	const remedy = 'Chain portmap behind Cilium on each of the nodes, one by one.';
	const fix = (width: number): string => findingText(finding({remedy}), {colour: false, width}).split('  Fix: ')[1] ?? '';
	expect(fix(40)).toBe('Chain portmap behind Cilium on\n       each of the nodes, one by one.\n');
	expect(fix(10)).toBe('Chain portmap behind\n       Cilium on each of\n       the nodes, one by\n       one.\n');
	expect(fix(200)).toBe(`${remedy}\n`);
});
