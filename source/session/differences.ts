import {refusalsOf, type Refusal} from '../diagnosis/refusals.ts';
import {recommendStrategy, type Strategy} from '../diagnosis/strategy.ts';
import {view} from '../diagnosis/view.ts';
import {ownershipWarning} from '../repair/plan/lasting-form.ts';
import {neededChanges, neededKeys, type FileChange} from '../repair/plan/needed-change.ts';
import type {Warning} from '../repair/plan/plan.ts';
import type {Look} from './look.ts';
import {withoutFiles} from './outcome.ts';
import {assertStrategyNamed} from './planner.ts';

type NodeReason = {readonly name: string; readonly reason: string};

/** What a repair would change of what was seen, and what keeps that from being told in full. */
export type Differences = {
	readonly strategy: Strategy;
	readonly changes: readonly FileChange[];
	/** Who else writes cilium-config. */
	readonly owner: Warning | undefined;
	readonly unseen: readonly NodeReason[];
	/** Nodes that were asked and did not show their CNI file. */
	readonly fileless: readonly NodeReason[];
	/** Why the repair would refuse, where hostPort does not work. */
	readonly refusals: readonly Refusal[];
};

/** The same as an object to print (docs/contract.md); null where there is no such file. */
export const differenceList = ({strategy, changes, unseen, fileless, refusals}: Differences) => ({
	apiVersion: 'hostport.dev/v1',
	kind: 'DifferenceList',
	strategy,
	items: changes.map(({current = null, needed = null, ...change}) => ({...change, current, needed})),
	unread: [...unseen, ...fileless].map(({name, reason}) => ({node: name, reason})),
	refusals: refusals.map(({code, message, hint}) => ({code, message, hint})),
});

/** @throws UsageError where the strategy has to be named */
export function differencesOf({evidence, diagnosis}: Look, asked: Strategy | undefined): Differences {
	assertStrategyNamed(evidence, diagnosis.cluster.cilium.version, asked);
	const seen = view(evidence);
	const strategy = asked ?? recommendStrategy(seen).strategy;
	// Where the strategy is what serves already, what ails a node is something else.
	const isFaulty = diagnosis.nodes.some(({verdict}) => verdict === 'broken' || verdict === 'degraded');
	return {
		strategy,
		changes: neededChanges(evidence, strategy),
		owner: ownershipWarning(seen, neededKeys(seen, strategy)),
		unseen: diagnosis.nodes.filter(({verdict}) => verdict === 'unknown'),
		fileless: withoutFiles(evidence).map(({name, attempts}) => ({
			name,
			reason: attempts.map(({reason}) => reason).find(Boolean) ?? 'no access shows it',
		})),
		refusals: isFaulty && seen.judged.some(({path}) => path !== strategy) ? refusalsOf(seen, strategy) : [],
	};
}
