import {choiceRows, type Chosen} from '../../choices.ts';
import type {Choice, Plan} from '../../repair/plan/plan.ts';
import {addedBy} from '../../repair/steps/index.ts';
import {listed} from '../../words.ts';
import type {CommandContext} from '../../command-line/command.ts';
import {agrees} from '../../terminal/confirm.ts';
import type {FixValues} from '../fix.ts';

const mostNamed = 5;

/** Whether somebody is there who has to say yes before anything is changed. */
export const isAsked = ({yes, dryRun}: Pick<FixValues, 'yes' | 'dryRun'>): boolean => !yes && dryRun === 'none';

/**
 * Completes a choice by what only a person can decide and no flag has: each choice that has a question and would add steps.
 * Nothing is asked where nobody is there to answer, or where the plan is refused anyway.
 */
export async function askedFor(
	context: Pick<CommandContext, 'stdin' | 'stderr' | 'signal'>,
	values: Pick<FixValues, 'yes' | 'dryRun'>,
	planFor: Planner,
): Promise<Partial<Choice>> {
	if (!isAsked(values)) return {};
	if (planFor({}).refusals.length > 0) return {};
	let chosen: Chosen = {};
	for (const {name, question, otherwise} of choiceRows) {
		const plan = planFor(chosen);
		const isOpen = question !== undefined && (plan.choice[name] ?? otherwise) === otherwise;
		const names = isOpen ? addedBy(name, plan, planFor({...chosen, [name]: true})) : undefined;
		if (names === undefined || question === undefined) continue;
		if (await agrees(context, question(listed(names, mostNamed)))) chosen = {...chosen, [name]: true};
	}

	return chosen;
}

type Planner = (more: Partial<Choice>) => Plan;
