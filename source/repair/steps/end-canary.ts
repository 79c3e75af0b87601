import * as z from 'zod/mini';
import {name, nodeConfigApi} from '../checked-values.ts';
import {canaryOf} from './first-node.ts';
import {defineStep, stepsOf} from '../define-step.ts';
import {entryOf, isTouched} from '../journal.ts';
import {canaryName, removeNodeConfig} from '../acts/node-config.ts';
import {namespaceOf} from '../plan/planning.ts';
import {canaryConfig} from './canary-config.ts';

/** cilium-config says the same for all: the first node needs no settings of its own any more. */
export const endCanary = defineStep({
	kind: 'end-canary',
	parameters: z.strictObject({namespace: name, api: nodeConfigApi}),
	captured: z.object({}),
	parallel: 1,
	order: {plan: () => 40, undo: 2},
	words: () => ({id: 'end-canary', title: 'remove the settings of the first node', undo: 'nothing to undo'}),

	plan(planning) {
		const api = planning.surroundings.nodeConfigApi;
		if (canaryOf(planning) === undefined || api === undefined) return [];
		const namespace = namespaceOf(planning);
		return [
			{
				parameters: {namespace, api},
				preview: {text: `Deletes the CiliumNodeConfig ${namespace}/${canaryName}: cilium-config says the same now.`, changes: []},
				checkBefore: 'whether it exists',
				checkAfter: 'it is deleted',
				blastRadius: 'nothing: agents read it when they start',
			},
		];
	},

	rights: [{verbs: ['delete'], group: 'cilium.io', resource: 'ciliumnodeconfigs', where: 'cilium', why: 'the first node alone'}],
	// The first node's own settings go only here: no evidence asks for that.
	resume: {
		isDue: (_own, {entry, journal}) =>
			entry.state !== 'done' && stepsOf(journal.plan, canaryConfig).some(step => isTouched(entryOf(journal, step))),
	},
	check: async () => undefined,
	capture: async () => ({}),
	apply: async (step, context) => removeNodeConfig(step.parameters, context),
	verify: async () => `${canaryName} is deleted`,
	revert: async () => ({state: 'left', says: 'it is not needed'}),
});
