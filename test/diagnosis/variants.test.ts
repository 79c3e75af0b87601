import {expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import {variants} from './variants.ts';

test.each(variants)('$name: $first', ({make, first: expected, nodes}) => {
	const {findings} = diagnose(make());
	const [first] = findings;
	expect(first?.code, JSON.stringify(findings, undefined, 1)).toBe(expected);
	if (nodes !== undefined) expect(first?.nodes).toEqual(nodes);
	expect(first?.because.length).toBeGreaterThan(0);
	if (expected === 'HP22') expect(findings.filter(({severity}) => severity !== 'info')).toEqual([]);
});
