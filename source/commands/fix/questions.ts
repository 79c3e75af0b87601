import {stepsOf} from '../../repair/define-step.ts';
import type {Choice, Plan} from '../../repair/plan/plan.ts';
import {guardNewNodes} from '../../repair/steps/guard-new-nodes.ts';
import type {CommandContext} from '../../command-line/command.ts';
import {agrees} from '../confirm.ts';
import type {FixValues} from '../fix.ts';

const mostNamed = 5;

/** Whether somebody is there who has to say yes before anything is changed. */
export const isAsked = ({yes, dryRun}: Pick<FixValues, 'yes' | 'dryRun'>): boolean => !yes && dryRun === 'none';

/**
 * Completes a choice by what only a person can decide and no flag has: pods that nobody makes anew, and nodes that join.
 * Nothing is asked where nobody is there to answer, or where the plan is refused anyway.
 */
export async function askedFor(
	context: Pick<CommandContext, 'stdin' | 'stderr' | 'signal'>,
	values: Pick<FixValues, 'yes' | 'dryRun'>,
	planFor: Planner,
): Promise<Partial<Choice>> {
	if (!isAsked(values)) return {};
	const plan = planFor({});
	if (plan.refusals.length > 0) return {};
	const bare = (await wantsBarePods(context, plan, planFor)) ? {allowBarePods: true} : {};
	const daemonSet = await wantsDaemonSet(context, plan, more => planFor({...bare, ...more}));
	return {...bare, ...(daemonSet && {daemonSet})};
}

type Asking = Parameters<typeof agrees>[0];
type Planner = (more: Partial<Choice>) => Plan;

async function wantsBarePods(context: Asking, {left}: Plan, planFor: Planner): Promise<boolean> {
	if (left.length === 0) return false;
	const leftAnyway = new Set(planFor({allowBarePods: true}).left.map(({pod}) => pod));
	const bare = left.flatMap(({pod}) => (leftAnyway.has(pod) ? [] : [pod]));
	if (bare.length === 0) return false;
	const more = bare.length > mostNamed ? ` and ${bare.length - mostNamed} more` : '';
	return agrees(
		context,
		`Without an owner that makes it anew: ${bare.slice(0, mostNamed).join(', ')}${more}. The hostPort stays dead until it starts anew.\nDelete it, too, and create it again from its own manifest?`,
	);
}

/** Offers the last step, where nothing keeps portmap on the nodes that join and nobody has decided about it yet. */
async function wantsDaemonSet(context: Asking, {choice}: Plan, planFor: Planner): Promise<boolean> {
	const isOpen = choice.daemonSet === undefined && stepsOf(planFor({daemonSet: true}), guardNewNodes).length > 0;
	if (!isOpen) return false;
	return agrees(
		context,
		'A node that joins later without portmap starts no pod once it is chained.\nInstall a DaemonSet, too, that keeps it on every node?',
	);
}
