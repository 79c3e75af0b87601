import * as fc from 'fast-check';
import {expect, test} from 'vitest';
import {causes} from '../../source/diagnosis/causes/index.ts';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import {explain} from '../../source/diagnosis/explanations.ts';
import {recommendStrategy} from '../../source/diagnosis/strategy.ts';
import {view} from '../../source/diagnosis/view.ts';
import {neededChanges} from '../../source/repair/plan/needed-change.ts';
import {mutilatedEvidence} from './mutilated-evidence.ts';

const severities = ['error', 'warning', 'info'];

test('whatever evidence lacks, diagnosis answers, and every finding can be acted on', () => {
	fc.assert(
		fc.property(mutilatedEvidence(), evidence => {
			const {findings, nodes, hostPorts} = diagnose(evidence);
			const names = new Set(evidence.nodes.map(({name}) => name));
			expect(nodes).toHaveLength(evidence.nodes.length);
			for (const {title, because, remedy, code, nodes: concerned, severity} of findings) {
				expect(title).not.toBe('');
				expect(remedy).not.toBe('');
				expect(explain(code)).toBeDefined();
				// A node that a finding names is one of the cluster, except where an API object itself names it.
				expect(severity === 'error' ? because.length : 1).toBeGreaterThan(0);
				expect(concerned.every(name => names.has(name) || evidence.pods.some(pod => pod.node === name))).toBe(true);
			}

			for (const {verdict, reason} of nodes) {
				expect((verdict === 'unknown' || verdict === 'skipped') && reason === '').toBe(false);
			}

			for (const {state, by} of hostPorts) {
				expect(state !== 'unknown' && by === '').toBe(false);
			}

			const order = findings.map(({severity}) => severities.indexOf(severity));
			expect(order).toEqual([...order].sort((a, b) => a - b));
		}),
		{numRuns: 100},
	);
});

test('the order in which the API server answers changes nothing', () => {
	fc.assert(
		fc.property(mutilatedEvidence(), evidence => {
			const turned = {
				...evidence,
				nodes: [...evidence.nodes].reverse(),
				pods: [...evidence.pods].reverse(),
				events: [...evidence.events].reverse(),
			};
			expect(diagnose(turned)).toEqual(diagnose(evidence));
		}),
		{numRuns: 60},
	);
});

test('the needed change and the recommended way answer for any evidence', () => {
	fc.assert(
		fc.property(mutilatedEvidence(), fc.constantFrom('portmap', 'native'), (evidence, strategy) => {
			for (const {path, neededPath, current, needed} of neededChanges(evidence, strategy)) {
				expect(path !== neededPath || current !== needed).toBe(true);
			}

			expect(recommendStrategy(view(evidence)).reason).not.toBe('');
		}),
		{numRuns: 60},
	);
});

test('every cause that is looked for is explained', () => {
	expect(causes.map(({code}) => explain(code)?.code)).toEqual(causes.map(({code}) => code));
});
