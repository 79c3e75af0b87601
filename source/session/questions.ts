import {choiceRows, type Chosen} from '../choices.ts';
import type {Choice, Plan} from '../repair/plan/plan.ts';
import {addedBy} from '../repair/steps/index.ts';
import {listed} from '../words.ts';
import type {Dialogue} from './dialogue.ts';
import {needsPortmap} from './source-offers.ts';

const mostNamed = 5;

/**
 * Completes a choice by what only a person can decide and no flag has: each choice that has a question and would add steps.
 * Nothing is asked where nobody is there to answer, or where the plan is refused anyway or lacks a source of its binary.
 */
export async function askedFor(
	{isUnasked, agrees}: Pick<Dialogue, 'isUnasked' | 'agrees'>,
	planFor: (more: Partial<Choice>) => Plan,
): Promise<Partial<Choice>> {
	if (isUnasked) return {};
	const first = planFor({});
	if (first.refusals.length > 0 || lacksSource(first)) return {};
	let chosen: Chosen = {};
	for (const {name, question, otherwise} of choiceRows) {
		const plan = planFor(chosen);
		const isOpen = question !== undefined && (plan.choice[name] ?? otherwise) === otherwise;
		const names = isOpen ? addedBy(name, plan, planFor({...chosen, [name]: true})) : undefined;
		if (names === undefined || question === undefined) continue;
		if (await agrees(question(listed(names, mostNamed)))) chosen = {...chosen, [name]: true};
	}

	return chosen;
}

const lacksSource = (plan: Plan): boolean => (plan.choice.sources ?? []).length === 0 && needsPortmap(plan);
