import {applyPatch} from 'diff';
import * as fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {colouredDiff, diffLines, unifiedDiff} from '../../source/output/unified-diff.ts';

const folder = '/etc/cni/net.d';
const change = {
	node: 'node-1',
	path: `${folder}/05-cilium.conf`,
	neededPath: `${folder}/05-cilium.conflist`,
	current: '{\n  "type": "cilium-cni"\n}\n',
	needed: '{\n  "type": "portmap"\n}\n',
};

describe('a unified diff', () => {
	it('names node and file in its header, and the name the file needs', () => {
		expect(unifiedDiff(change).split('\n').slice(0, 2)).toEqual([
			'--- node-1:/etc/cni/net.d/05-cilium.conf',
			'+++ node-1:/etc/cni/net.d/05-cilium.conflist',
		]);
	});

	it('names no node for what belongs to the cluster', () => {
		const path = 'configmap kube-system/cilium-config';
		expect(unifiedDiff({node: '', path, neededPath: path, current: 'a: 1\n', needed: 'a: 2\n'})).toBe(
			`--- ${path}\n+++ ${path}\n@@ -1,1 +1,1 @@\n-a: 1\n+a: 2\n`,
		);
	});

	it('is empty where nothing differs', () => {
		expect(unifiedDiff({...change, neededPath: change.path, needed: change.current})).toBe('');
	});

	it('shows a file that is not there, or has to go, as the null device', () => {
		expect(unifiedDiff({...change, current: undefined})).toContain('--- /dev/null\n+++ node-1:');
		expect(unifiedDiff({...change, needed: undefined})).toContain('\n+++ /dev/null\n');
	});

	it('gives the needed file when it is applied to the current one', () => {
		const lines = fc.array(fc.constantFrom('a', '-- a', '++ b', '@@', '', '{', '\\ x'), {maxLength: 12}).map(parts => parts.join('\n'));
		fc.assert(
			fc.property(lines, lines, (current, needed) => {
				const text = unifiedDiff({...change, neededPath: change.path, current, needed});
				expect(text === '' ? current : applyPatch(current, text)).toBe(needed);
			}),
		);
	});

	it('tells header, hunk and changed lines apart, also where a file has lines that look like a header', () => {
		const text = unifiedDiff({...change, current: 'same\n-- was\n', needed: 'same\n++ is\n'});
		expect(diffLines(text).map(({kind}) => kind)).toEqual(['header', 'header', 'hunk', 'same', 'removed', 'added']);
	});

	it('tells several diffs apart by the counts of their hunks, large ones and such without counts too', () => {
		const long = Array.from({length: 12}, (_, index) => `${index}\n`).join('');
		const files = [
			{...change, current: '-- was\n', needed: ''},
			{...change, current: undefined, needed: long},
			{...change, current: 'a', needed: 'b'},
		];
		const kinds = diffLines(files.map(each => unifiedDiff(each)).join('')).map(({kind}) => kind);
		const added = Array.from({length: 12}, () => 'added');
		const head = ['header', 'header', 'hunk'];
		expect(kinds).toEqual([...head, 'removed', ...head, ...added, ...head, 'removed', 'note', 'added', 'note']);
		const short = '--- a\n+++ b\n@@ -1 +1 @@\n-a\n+b\n--- c\n+++ d\n@@ -10,2 +11 @@ x\n same\n-@@ -1 +1 @@\n--- e\n';
		expect(diffLines(short).map(({kind}) => kind)).toEqual([...head, 'removed', 'added', ...head, 'same', 'removed', 'header']);
	});

	it('is only a new name where nothing else differs', () => {
		const text = unifiedDiff({...change, needed: change.current});
		expect(text).toContain('05-cilium.conflist');
		expect(text).not.toContain('@@');
	});

	it('keeps every character when it is coloured', () => {
		const text = unifiedDiff(change);
		const coloured = colouredDiff(text);
		expect(coloured).toContain('\u001B[31m-  "type": "cilium-cni"');
		// oxlint-disable-next-line no-control-regex
		expect(coloured.replaceAll(/\u001B\[\d+m/gu, '')).toBe(text);
		expect(colouredDiff('')).toBe('');
	});
});
