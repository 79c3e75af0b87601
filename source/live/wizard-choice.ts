import type {Strategy} from '../diagnosis/strategy.ts';
import type {Choice, Plan} from '../repair/plan/plan.ts';
import type {Ground} from '../session/planner.ts';
import type {Repair} from '../tui/repair/values.ts';
import {chosenOf, effective} from './wizard-values.ts';

/** What the person can choose from once the cluster was read, and what is chosen of it so far. */
export type Choosable = Pick<Ground, 'seen' | 'planFor' | 'unfinished'> & {
	/** Of the command's scope; none: all. */
	readonly nodes: readonly string[];
	/** Marked on the overview. */
	readonly marked: readonly string[];
	readonly extras: Repair['extras'];
};

/** What nodes that were marked are for: to be repaired alone, where the settings of the cluster need no change, else the first of them goes first. */
export function markedFor(
	{planFor, nodes, marked}: Choosable,
	strategy: Strategy,
): {readonly choice: Pick<Choice, 'nodes' | 'canary'>; readonly says: string} {
	const [first] = marked;
	if (first === undefined) return {choice: {nodes}, says: ''};
	if (planFor({strategy, sources: [], nodes: marked}).refusals.length === 0)
		return {choice: {nodes: marked}, says: `Only the marked nodes: ${marked.join(', ')}`};
	const why = marked.length === 1 ? '' : ': cilium-config applies to all nodes, so the others follow';
	return {choice: {nodes, canary: first}, says: `${first} goes first, as marked${why}`};
}

/** What is chosen with this strategy, by these sources. */
export const choiceBy = (choosable: Choosable, strategy: Strategy, sources: readonly string[]): Choice => ({
	strategy,
	...markedFor(choosable, strategy).choice,
	...chosenOf(choosable.extras, strategy),
	sources,
});

const planBy = (choosable: Choosable, strategy: Strategy): Plan => choosable.planFor(choiceBy(choosable, strategy, []));

/** The plan of each strategy, without a source. */
export const plansOf = (choosable: Choosable): NonNullable<Repair['plans']> => ({
	portmap: planBy(choosable, 'portmap'),
	native: planBy(choosable, 'native'),
});

/** The extras that change something with this strategy. */
export const extrasWith = (choosable: Choosable, strategy: Strategy): Repair['extras'] =>
	effective(choosable.extras, extras => planBy({...choosable, extras}, strategy));
