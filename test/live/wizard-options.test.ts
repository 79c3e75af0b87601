import {expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {Evidence} from '../../source/evidence/evidence.ts';
import {chosenOf, effective, extrasOf} from '../../source/live/wizard-values.ts';
import {makePlan} from '../../source/repair/plan/make-plan.ts';
import type {Plan} from '../../source/repair/plan/plan.ts';
import type {Extra} from '../../source/tui/repair/values.ts';
import {healthyPortmapEvidence, missingBinaryEvidence, pathlessEvidence, withNode} from '../diagnosis/scenes.ts';
import {recordedScenes} from '../support/recorded-scenes.ts';

// An option that the wizard offers changes something: who selects it gets another plan than who does not.

const down = (evidence: Evidence): Evidence =>
	withNode(evidence, 'node-2', node => ({...node, ready: false, skipped: 'not ready', observation: null}));
const strategies = ['portmap', 'native'] as const;

/** What is offered on a cluster, and the plan of each strategy with an option and without it. */
function optionsOn(evidence: Evidence) {
	const diagnosis = diagnose(evidence);
	const all = extrasOf({evidence, diagnosis}, undefined);
	const planWith = (strategy: (typeof strategies)[number], extras: readonly Extra[]): Plan =>
		makePlan(evidence, diagnosis, {strategy, ...chosenOf(extras, strategy)});
	const acts = (strategy: (typeof strategies)[number], extra: Extra, isOn: boolean): string => {
		const {steps, refusals} = planWith(strategy, [{...extra, isOn}]);
		return JSON.stringify([steps, refusals]);
	};
	return strategies.map(strategy => ({
		strategy,
		offered: effective(all, extras => planWith(strategy, extras)).map(({what}) => what),
		changing: all.filter(extra => acts(strategy, extra, false) !== acts(strategy, extra, true)).map(({what}) => what),
	}));
}

test('in every recorded scene exactly what changes the plan is offered', () => {
	const seen = recordedScenes.flatMap(([scene, evidence]) => optionsOn(evidence).map(each => ({scene, ...each})));
	for (const name of ['allowBarePods', 'daemonSet'] as const) {
		const having = seen.filter(({offered}) => offered.includes(name));
		expect(having.length, name).toBeGreaterThan(2);
		expect(having.length, name).toBeLessThan(seen.length / 2);
	}

	expect(seen.filter(({offered, changing}) => offered.join() !== changing.join())).toEqual([]);
});

test.each([
	['cilium-config changes', pathlessEvidence(), ['leaveOut']],
	['portmap is chained, and its binary is missing', missingBinaryEvidence(), ['daemonSet']],
	['there is nothing to repair', healthyPortmapEvidence(), ['daemonSet']],
])('to skip an unreachable node is offered only where it decides anything: %s', (_, evidence, offered) => {
	expect(optionsOn(down(evidence))).toMatchObject([
		{strategy: 'portmap', offered},
		{strategy: 'native', offered: []},
	]);
});

test('once a node is skipped, what else changes the plan is offered', () => {
	const evidence = down(pathlessEvidence());
	const diagnosis = diagnose(evidence);
	const all = extrasOf({evidence, diagnosis}, undefined).map(extra => ({...extra, isOn: extra.what === 'leaveOut'}));
	const planWith = (extras: readonly Extra[]): Plan => makePlan(evidence, diagnosis, {strategy: 'portmap', ...chosenOf(extras, 'portmap')});
	expect(effective(all, planWith).map(({what}) => what)).toEqual(['leaveOut', 'daemonSet']);
});
