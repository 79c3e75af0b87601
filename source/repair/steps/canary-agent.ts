import * as z from 'zod/mini';
import {expectation, name} from '../checked-values.ts';
import {defineStep} from '../define-step.ts';
import {canaryOf, canaryRefusals, assertFit, restartFirst, restoreFirst, verifyFirst} from './first-node.ts';
import {isThrough} from '../journal.ts';
import {chained, fileChangesOf} from '../plan/planning.ts';
import {isRestarting} from './roll-agents.ts';

/** Begins with one node where there is no CiliumNodeConfig: cilium-config has the new settings, and one agent takes them first. */
export const canaryAgent = defineStep({
	kind: 'canary-agent',
	parameters: z.strictObject({expect: expectation}),
	captured: z.object({node: z.optional(name)}),
	parallel: 1,
	order: {plan: () => 50, undo: 3},
	words: node => ({
		id: `canary/${node}`,
		title: `restart the agent of ${node} first`,
		undo: 'restarts that agent once cilium-config is as before',
	}),

	refusals: canaryRefusals,

	plan(planning) {
		const first = canaryOf(planning);
		if (first === undefined || planning.surroundings.nodeConfigApi !== undefined) return [];
		return [
			{
				node: first.name,
				parameters: {expect: planning.choice.strategy},
				preview: {
					text: `Deletes the agent's pod ${first.node.agent?.pod ?? ''} on ${first.name}; its DaemonSet restarts it with the new settings.`,
					changes: fileChangesOf(planning, first.name),
				},
				checkBefore: `the agent of that node is ready${chained(planning, '; portmap runs on every node at that moment')}`,
				checkAfter: 'the new agent is ready and the node runs the config that it writes',
				blastRadius: `one agent restarts: ${first.name} keeps its connections; pods cannot start there for some seconds`,
			},
		];
	},

	chains: ({expect}) => expect === 'portmap',
	// One node goes first also where the run was cut off just before it.
	resume: {isDue: (_own, {entry, fresh}) => !isThrough(entry) && isRestarting(fresh)},
	undoing: {settings: 'needs the old'},
	check: assertFit,
	capture: async ({node}) => ({node}),
	apply: restartFirst,
	verify: verifyFirst,
	revert: restoreFirst,
});
