import type {Expectation} from '../checked-values.ts';
import {awaitList, awaitNative, lookAtList} from '../acts/node-state.ts';
import {nodesNow} from '../acts/nodes-now.ts';
import {awaitReadyAgent, recreateAgent} from '../acts/restart-agents.ts';
import {assertBinariesRun} from '../acts/running-binaries.ts';
import type {StepContext, Undone} from '../step-work.ts';
import {agentPlace} from './roll-agents.ts';

// What the two ways to begin with one node have in common: by a CiliumNodeConfig, or by one agent that takes cilium-config first.

type First = {readonly node: string; readonly parameters: {readonly expect: Expectation}};

/** @throws ActionableError where the node is not fit to go first: no portmap that runs, or an agent that is not ready */
export async function assertFit({node, parameters: {expect}}: First, context: StepContext): Promise<undefined> {
	if (expect === 'portmap')
		await assertBinariesRun(
			context,
			context.plan.binaries.filter(place => place.node === node),
		);
	await awaitReadyAgent(context, agentPlace(context), node);
}

export const restartFirst = async ({node}: First, context: StepContext): Promise<void> => recreateAgent(context, agentPlace(context), node);

/** Sees the node work by the new settings; what was seen, in one line. */
export async function verifyFirst({node, parameters: {expect}}: First, context: StepContext): Promise<string> {
	if (expect === 'native') return `${node}: ${await awaitNative(context, node)}`;
	return `${node} runs ${await awaitList(context, node, expect)}`;
}

/** cilium-config is as before when this runs; only an agent that still runs with the new settings has to restart. */
export async function restoreFirst({node, parameters: {expect}}: First, context: StepContext): Promise<Undone> {
	if (!(await nodesNow(context)).has(node)) return {state: 'undone', says: `${node} is no longer a node of this cluster`};
	if (expect === 'native' || (await lookAtList(context, node)).form === 'portmap') await recreateAgent(context, agentPlace(context), node);
	if (expect !== 'native') await awaitList(context, node, 'plain');
	return {state: 'undone', says: `the agent of ${node} runs with the old settings`};
}
