import {expect, test} from 'vitest';
import {sortedBy} from '../../source/output/sorted.ts';

const sorted = (values: readonly unknown[]): readonly unknown[] =>
	sortedBy('.of')({items: values.map(of => ({of}))}).items.map(({of}) => of);

test.each([
	['texts by their letters, numbers in them by their size', ['node-10', 'b', 'node-2'], ['b', 'node-2', 'node-10']],
	['numbers by their size', [3, -4, 1.5, 10, -10], [-10, -4, 1.5, 3, 10]],
	['what has no such field first, before an empty text too', ['', 'a', undefined, '!', undefined], [undefined, undefined, '', '!', 'a']],
	['what is equal as it was', ['b', 'a', 'b'], ['a', 'b', 'b']],
	['a number and a text as texts', ['b', 2, 'a', 10], [2, 10, 'a', 'b']],
])('rows are ordered: %s', (_, values, order) => {
	expect(sorted(values)).toEqual(order);
});

test('another list of the document stays as it is, and a document without rows too', () => {
	const document = {nodes: [{name: 'b'}, {name: 'a'}], pods: [{name: 'y'}, {name: 'x'}]};
	expect(sortedBy('.nodes[*].name')(document)).toEqual({...document, nodes: [{name: 'a'}, {name: 'b'}]});
	expect(document.nodes[0]?.name).toBe('b');
	expect(sortedBy('.items[*].name')({items: []})).toEqual({items: []});
	const single = {name: 'a'};
	expect(sortedBy('.name')(single)).toBe(single);
});
