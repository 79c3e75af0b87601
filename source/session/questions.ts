import {choiceRows, type Chosen} from '../choices.ts';
import type {Choice, Plan} from '../repair/plan/plan.ts';
import {addedBy} from '../repair/steps/index.ts';
import {listed} from '../words.ts';
import type {Dialogue} from './dialogue.ts';
import {needsPortmap} from './source-offers.ts';

const mostNamed = 5;

/**
 * Completes a plan by what only a person can decide and no flag has: each choice that has a question and would add steps.
 * Nothing is asked where nobody is there to answer, or where the plan is refused anyway or lacks a source of its binary.
 * @param first the plan for what was chosen
 * @param planFor the plan for that and more
 */
export async function askedFor(
	{isUnasked, agrees}: Pick<Dialogue, 'isUnasked' | 'agrees'>,
	first: Plan,
	planFor: (more: Partial<Choice>) => Plan,
): Promise<Plan> {
	if (isUnasked || first.refusals.length > 0 || lacksSource(first)) return first;
	let [chosen, plan]: [Chosen, Plan] = [{}, first];
	for (const {name, question, otherwise} of choiceRows) {
		if (question === undefined || (plan.choice[name] ?? otherwise) !== otherwise) continue;
		const more = {...chosen, [name]: true};
		const wider = planFor(more);
		const names = addedBy(name, plan, wider);
		if (names !== undefined && (await agrees(question(listed(names, mostNamed))))) [chosen, plan] = [more, wider];
	}

	return plan;
}

const lacksSource = (plan: Plan): boolean => (plan.choice.sources ?? []).length === 0 && needsPortmap(plan);
