import {expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import {planText, refusalText} from '../../source/output/plan.ts';
import {makePlan} from '../../source/repair/plan/make-plan.ts';
import type {Choice, Plan} from '../../source/repair/plan/plan.ts';
import {pathlessEvidence} from '../diagnosis/scenes.ts';

const evidence = pathlessEvidence();
const planOf = (choice: Partial<Choice> = {}): Plan =>
	makePlan(evidence, diagnose(evidence), {strategy: 'portmap', sources: ['/tmp/portmap'], ...choice});

test('a plan is told with every change, what it touches and how it is undone', () => {
	const plan = planOf();
	const text = planText(plan, false);
	for (const {title, blastRadius, undo} of plan.steps.slice(0, 8)) {
		expect(text).toContain(title);
		expect(text).toContain(`affects: ${blastRadius}`);
		expect(text).toContain(`undo: ${undo}`);
	}

	expect(text).toContain('+cni-chaining-mode: portmap');
	expect(text).not.toContain('\u001B');
	expect(planText(plan, true)).toContain('\u001B');
});

test('the other way is named where the chosen one is not possible, and only there', () => {
	const {options, ...plan} = planOf();
	const refused: Plan = {
		...plan,
		refusals: [{code: 'HP12', message: 'the host firewall is on', hint: 'Choose native.'}],
		options: options.map(option => ({...option, possible: option.strategy !== 'portmap'})),
	};
	expect(refusalText(refused)).toBe('HP12: the host firewall is on\n  Choose native.\nPossible here: --strategy native\n');
	const some = planOf({nodes: [evidence.nodes[0]?.name ?? '']});
	expect(some.refusals).not.toEqual([]);
	expect(refusalText(some)).not.toContain('Possible here');
});
