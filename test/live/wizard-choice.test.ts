import {expect, it} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {Evidence} from '../../source/evidence/evidence.ts';
import {choiceBy, extrasWith, markedFor, plansOf, type Choosable} from '../../source/live/wizard-choice.ts';
import {extrasOf} from '../../source/live/wizard-values.ts';
import {makePlan} from '../../source/repair/plan/make-plan.ts';
import {missingBinaryEvidence, pathlessEvidence} from '../diagnosis/scenes.ts';

function choosable(evidence: Evidence, marked: readonly string[], nodes: readonly string[] = []): Choosable {
	const seen = {evidence, diagnosis: diagnose(evidence)};
	const planFor: Choosable['planFor'] = choice => makePlan(evidence, seen.diagnosis, choice);
	return {seen, planFor, unfinished: undefined, nodes, marked, extras: extrasOf(seen, undefined)};
}

it.each([
	['none marked: those of the command', missingBinaryEvidence(), [], {nodes: ['node-2']}, ''],
	['where cilium-config stays: alone', missingBinaryEvidence(), ['node-1'], {nodes: ['node-1']}, 'Only the marked nodes: node-1'],
	['where it changes: first', pathlessEvidence(), ['node-1'], {nodes: ['node-2'], canary: 'node-1'}, 'node-1 goes first, as marked'],
	[
		'the same for several',
		pathlessEvidence(),
		['node-1', 'node-2'],
		{nodes: ['node-2'], canary: 'node-1'},
		'node-1 goes first, as marked: cilium-config applies to all nodes, so the others follow',
	],
])('marked nodes, %s', (_, evidence, marked, choice, says) => {
	expect(markedFor(choosable(evidence, marked, ['node-2']), 'portmap')).toEqual({choice, says});
});

it('a choice has strategy, marked nodes, what is switched on, and sources', () => {
	const asked = choosable(missingBinaryEvidence(), ['node-1']);
	const extras = asked.extras.map(extra => ({...extra, isOn: true}));
	expect(choiceBy({...asked, extras}, 'portmap', ['a', 'b'])).toMatchObject({
		strategy: 'portmap',
		nodes: ['node-1'],
		sources: ['a', 'b'],
		daemonSet: true,
	});
	expect(choiceBy(asked, 'native', [])).toMatchObject({strategy: 'native', sources: [], daemonSet: false});
});

it('there is a plan for each strategy, and an extra where it changes that plan', () => {
	const asked = choosable(missingBinaryEvidence(), []);
	const {portmap, native} = plansOf(asked);
	expect([portmap.choice.strategy, native.choice.strategy]).toEqual(['portmap', 'native']);
	expect(extrasWith(asked, 'portmap').map(({what}) => what)).toEqual(['daemonSet']);
	expect(extrasWith(asked, 'native')).toEqual([]);
});
