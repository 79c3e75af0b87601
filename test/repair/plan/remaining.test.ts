import {expect, test} from 'vitest';
import {diagnose} from '../../../source/diagnosis/diagnose.ts';
import type {Diagnosis, Finding} from '../../../source/diagnosis/diagnosis.ts';
import {makePlan} from '../../../source/repair/plan/make-plan.ts';
import {notMended} from '../../../source/repair/plan/remaining.ts';
import {healthyNativeEvidence, nksEvidence} from '../../diagnosis/scenes.ts';

const finding = (parts: Partial<Finding>): Finding => ({
	code: 'HP20',
	severity: 'error',
	nodes: ['node-1'],
	hostPorts: [],
	title: 'hostPorts are not served on the address of node-1',
	because: [],
	remedy: 'Add it to nodeport-addresses.',
	repairable: false,
	...parts,
});
const withFinding = (diagnosis: Diagnosis, parts: Partial<Finding>): Diagnosis => ({
	...diagnosis,
	findings: [...diagnosis.findings, finding(parts)],
});
const line = 'fix does not repair HP20: hostPorts are not served on the address of node-1. Add it to nodeport-addresses.';

test.each([
	['an error that no step mends', {}, [line]],
	['a warning that no step mends', {severity: 'warning'}, [line]],
	['what is only told', {severity: 'info'}, []],
	['what fix repairs', {repairable: true}, []],
] as const)('%s', (_, parts, lines) => {
	expect(notMended({findings: [finding(parts)]})).toEqual(lines);
});

test('a plan for another fault names what it leaves, with what helps', () => {
	const evidence = nksEvidence();
	const diagnosis = withFinding(diagnose(evidence), {});
	const {steps, remaining} = makePlan(evidence, diagnosis, {strategy: 'portmap', sources: ['portmap']});
	expect(steps.length).toBeGreaterThan(0);
	expect(remaining).toContain(line);
	expect(makePlan(evidence, diagnose(evidence), {strategy: 'portmap', sources: ['portmap']}).remaining.join()).not.toContain(
		'does not repair',
	);
});

test('where eBPF is on already no step claims to repair what stands in its way', () => {
	const evidence = healthyNativeEvidence('1.20.2');
	expect(makePlan(evidence, withFinding(diagnose(evidence), {}), {strategy: 'native'}).steps).toEqual([]);
});
