import {describe, expect, it} from 'vitest';
import {customColumns, customColumnsFile} from '../../source/output/custom-columns.ts';
import {sortedBy} from '../../source/output/sorted.ts';

const nodes = [
	{name: 'node-10', verdict: 'ok', cni: {plugins: ['cilium-cni', 'portmap']}, size: 2},
	{name: 'node-2', verdict: 'broken', cni: {plugins: []}, size: 10},
	{name: 'node-1', cni: {plugins: ['a\nb']}},
];
const document = {kind: 'Diagnosis', nodes, hostPorts: [{pod: 'web'}], cluster: {cilium: {version: '1.10.16'}}};
const list = {kind: 'RunList', items: [{id: 'b'}, {id: 'a'}]};

describe('custom columns', () => {
	it('has a row for each item of the list that every path begins with', () => {
		expect(
			customColumns('NODE:.nodes[*].name,VERDICT:{.nodes[*].verdict},P:.nodes[*].cni.plugins,ALL:.nodes[*].cni.plugins[*]')(document, true),
		).toBe(
			[
				'NODE      VERDICT   P                      ALL',
				'node-10   ok        [cilium-cni portmap]   cilium-cni,portmap',
				'node-2    broken    []                     <none>',
				'node-1    <none>    [a b]                  a b',
				'',
			].join('\n'),
		);
	});

	it('has a row for each of the items of a list, as kubectl', () => {
		expect(customColumns('RUN:.id')(list, true)).toBe('RUN\nb\na\n');
		expect(customColumns('RUN:.items[*].id')(list, false)).toBe('b\na\n');
	});

	it('has one row of a document, or of paths that begin with several lists', () => {
		expect(customColumns('KIND:.kind,CILIUM:.cluster.cilium')(document, true)).toBe(
			'KIND        CILIUM\nDiagnosis   map[version:1.10.16]\n',
		);
		expect(customColumns('A:.nodes[*].name,B:.hostPorts[*].pod')(document, false)).toBe('node-10,node-2,node-1   web\n');
	});

	it('is read from a file of two lines', () => {
		expect(customColumnsFile('NODE    VERDICT\n.nodes[*].name   .nodes[*].verdict\n')(document, false)).toBe(
			'node-10   ok\nnode-2    broken\nnode-1    <none>\n',
		);
		expect(() => customColumnsFile('NODE VERDICT\n.nodes[*].name\n')).toThrow(
			"number of headers (2) and field specifications (1) don't match",
		);
		expect(() => customColumnsFile('')).toThrow("number of headers (0) and field specifications (0) don't match");
	});

	it.each(['NODE', 'NODE:', 'NODE:.a,', ','])('«%s» is none', typed => {
		expect(() => customColumns(typed)).toThrow('expected <header>:<json-path-expr>');
	});

	it('names the lists that there are where there is none of that name', () => {
		expect(() => customColumns('N:.node[*].name')(document, true)).toThrow('there is no list "node" here; there are: nodes, hostPorts');
	});
});

describe('sorting', () => {
	it.each([
		['.nodes[*].name', ['node-1', 'node-2', 'node-10']],
		['{.nodes[*].size}', ['node-1', 'node-10', 'node-2']],
		['.nodes[*].verdict', ['node-1', 'node-2', 'node-10']],
	])('by %s', (path, names) => {
		expect(sortedBy(path)(document).nodes.map(({name}) => name)).toEqual(names);
		expect(document.nodes[0]?.name).toBe('node-10');
	});

	it('orders the items of a list, and leaves a document without rows as it is', () => {
		expect(sortedBy('.id')(list).items).toEqual([{id: 'a'}, {id: 'b'}]);
		expect(sortedBy('.kind')(document)).toBe(document);
	});

	it('says that no row has such a field, where there are rows', () => {
		expect(() => sortedBy('.nodes[*].nix')(document)).toThrow(`couldn't find any field with path ".nodes[*].nix" in the list of objects`);
		expect(sortedBy('.items[*].nix')({items: []})).toEqual({items: []});
	});
});
