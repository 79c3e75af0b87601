import {expect, test} from 'vitest';
import {selects} from '../../source/diagnosis/label-selector.ts';

const labels = {pool: 'edge', 'kubernetes.io/os': 'linux'};

test.each([
	[{}, [], true],
	[{pool: 'edge'}, [], true],
	[{pool: 'core'}, [], false],
	[{}, ['pool In core,edge'], true],
	[{}, ['pool NotIn core'], true],
	[{}, ['zone NotIn a'], true],
	[{}, ['zone Exists'], false],
	[{}, ['zone DoesNotExist'], true],
	[{pool: 'edge'}, ['pool Exists', 'zone Exists'], false],
	[{}, ['pool Near edge'], false],
	[{}, ['constructor Exists'], false],
] as const)('%j and %j on a node of the pool edge: %s', (matchLabels, matchExpressions, expected) => {
	expect(selects({matchLabels, matchExpressions}, labels)).toBe(expected);
});
