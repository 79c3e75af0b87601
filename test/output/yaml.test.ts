import {expect, it} from 'vitest';
import {stringify} from 'yaml';
import {yaml} from '../../source/output/yaml.ts';

const item = {
	name: 'node-1',
	empty: [],
	nested: {deep: [1, [2, 3], {a: null}]},
	text: 'two\nlines\n',
	odd: '- no: list #x',
	yes: 'yes',
	n: 5,
};

it.each<[string, object]>([
	['lists of objects', {kind: 'X', items: [item, {...item, name: ''}], after: true}],
	['lists of values and of lists', {texts: ['a', 'b: c', '', 'null'], lists: [[1, 2], [], [[3]]], nulls: [null, undefined]}],
	['odd keys', {'a: b': [item], '': [1], '- x': ['y'], null: [null], ['x'.padEnd(200, 'y')]: [1]}],
	['nothing', {}],
	['a value that is not there', {a: undefined, b: [{c: undefined}]}],
	['a list', [item, 1]],
	['the same object twice', {one: [item, item], other: item}],
])('%s are written as the library writes the whole', (_, document) => {
	expect(yaml(document)).toBe(stringify(document, {lineWidth: 0, aliasDuplicateObjects: false}));
});
