import pMap from 'p-map';
import * as z from 'zod/mini';
import {name} from '../checked-values.ts';
import {defineStep} from '../define-step.ts';
import {awaitNative} from '../acts/node-state.ts';
import {nodesToRestart} from '../plan/planning.ts';

/** Nodes asked at the same time. */
const concurrency = 16;

/** Sees every agent report that it serves hostPort. */
export const awaitNativeStep = defineStep({
	kind: 'await-native',
	parameters: z.strictObject({nodes: z.array(name)}),
	captured: z.object({}),
	parallel: 1,
	order: {plan: () => 70, undo: 5},
	words: () => ({id: 'native', title: 'wait until every agent serves hostPort', undo: 'nothing to undo'}),

	plan(planning) {
		const {nodes, isAll} = nodesToRestart(planning);
		if (planning.choice.strategy !== 'native' || (!isAll && nodes.length === 0)) return [];
		return [
			{
				parameters: {nodes: nodes.map(node => node.name)},
				preview: {text: 'Reads the status of every agent.', changes: []},
				checkAfter: 'every agent reports HostPort enabled',
				blastRadius: 'nothing: it only reads',
			},
		];
	},

	undoing: {settings: 'needs the old'},
	check: async () => undefined,
	capture: async () => ({}),
	async apply({parameters: {nodes}}, context) {
		await pMap(nodes, async node => awaitNative(context, node), {concurrency, signal: context.signal});
	},
	verify: async ({parameters: {nodes}}) => `${nodes.length} agents serve hostPort`,
	revert: async () => ({state: 'left', says: 'nothing to undo'}),
});
