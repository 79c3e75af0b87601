import pMap from 'p-map';
import {agentPlace, recreateAgent} from '../agents.ts';
import {awaitList, awaitNative, lookAtList} from '../node-state.ts';
import type {StepWork} from '../step-work.ts';

/** Nodes asked at the same time. */
const concurrency = 16;

/** Sees every node load the list that its agent was told to write. */
export const awaitConflist: StepWork<'await-conflist'> = {
	check: async () => undefined,
	capture: async ({parameters}) => ({before: parameters.before}),

	async apply({parameters: {nodes, form}}, context) {
		let done = 0;
		await pMap(
			nodes,
			async node => {
				await awaitList(context, node, form);
				context.say(`${(done += 1)} of ${nodes.length} nodes have loaded it`);
			},
			{concurrency, signal: context.signal},
		);
	},

	verify: async ({parameters: {nodes, form}}) =>
		`${nodes.length} nodes have loaded the list ${form === 'portmap' ? 'with portmap' : 'without portmap'}`,

	// By the real state: an agent that restarted by itself in between has written the new list too, and no step knows of it.
	async undo({parameters: {nodes, before}}, context) {
		if (before === 'portmap') return {state: 'left', says: 'the list named portmap before this run already'};
		const chained = (
			await pMap(nodes, async node => ({node, list: await lookAtList(context, node)}), {
				concurrency,
				signal: context.signal,
			})
		).filter(({list}) => list.form === 'portmap');
		for (const {node} of chained) await recreateAgent(context, agentPlace(context), node);
		await pMap(nodes, async node => awaitList(context, node, 'plain'), {concurrency, signal: context.signal});
		return {state: 'undone', says: `${nodes.length} nodes have loaded the list without portmap`};
	},
};

/** Sees every agent report that it serves hostPort. */
export const awaitNativeStep: StepWork<'await-native'> = {
	check: async () => undefined,
	capture: async () => ({}),
	async apply({parameters: {nodes}}, context) {
		await pMap(nodes, async node => awaitNative(context, node), {concurrency, signal: context.signal});
	},
	verify: async ({parameters: {nodes}}) => `${nodes.length} agents serve hostPort`,
	undo: async () => ({state: 'left', says: 'nothing to undo'}),
};
