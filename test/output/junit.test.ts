import {expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {Diagnosis, Finding} from '../../source/diagnosis/diagnosis.ts';
import {junit} from '../../source/output/junit.ts';
import {healthyPortmapEvidence} from '../diagnosis/scenes.ts';

const evidence = healthyPortmapEvidence();
const diagnosis = diagnose(evidence);
const finding: Finding = {
	code: 'HP01',
	severity: 'error',
	nodes: [],
	hostPorts: [],
	title: 'a < b',
	because: [{source: 'file', says: 'one\ntwo'}],
	remedy: 'Mend it.',
	repairable: true,
};

test('a case is a node or what concerns none; only errors fail, and who was not seen is skipped whatever is said of it', () => {
	const [first, second, third, fourth] = ['ok', 'broken', 'unknown', 'skipped'].map(verdict => ({
		...diagnosis.nodes[0],
		name: `node-${verdict}`,
		verdict,
		reason: `why "${verdict}"`,
	})) as unknown as Diagnosis['nodes'];
	if (!first || !second || !third || !fourth) throw new Error('four were made');
	const xml = junit({
		evidence,
		colour: false,
		diagnosis: {
			...diagnosis,
			nodes: [first, second, third, fourth],
			findings: [
				finding,
				{...finding, code: 'HP02', nodes: [second.name, third.name]},
				{...finding, code: 'HP05', severity: 'warning', nodes: [first.name]},
			],
		},
	});
	const failure = (code: string): string => `<failure type="${code}" message="a &lt; b">file: one two\nMend it.</failure>`;
	expect(xml.match(/ tests="5" failures="2" skipped="2"/gu)).toHaveLength(2);
	expect(xml.split('\n').slice(3, -3).join('\n')).toBe(
		[
			`<testcase classname="hostport.cluster" name="HP01">${failure('HP01')}</testcase>`,
			'<testcase classname="hostport.node" name="node-ok"></testcase>',
			`<testcase classname="hostport.node" name="node-broken">${failure('HP02')}</testcase>`,
			'<testcase classname="hostport.node" name="node-unknown"><skipped message="why &quot;unknown&quot;"/></testcase>',
			'<testcase classname="hostport.node" name="node-skipped"><skipped message="why &quot;skipped&quot;"/></testcase>',
		].join('\n'),
	);
});
