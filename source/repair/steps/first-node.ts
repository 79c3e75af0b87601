import type {NodeView} from '../../diagnosis/node-view.ts';
import type {Refusal} from '../../diagnosis/refusals.ts';
import {changesSettings, passedBy, type Planning} from '../plan/planning.ts';
import type {Expectation} from '../checked-values.ts';
import {awaitConflistOf, awaitNative, readConflistOf} from '../acts/node-state.ts';
import {nodesNow} from '../acts/nodes-now.ts';
import {awaitReadyAgent, recreateAgent} from '../acts/restart-agents.ts';
import {assertBinariesRun} from '../acts/running-binaries.ts';
import type {StepContext, Undone} from '../step-work.ts';
import {agentPlace} from './roll-agents.ts';

/** The node that goes first where there are several: the one named, else a worker that schedules pods and whose agent is well. */
export function canaryOf(planning: Planning): NodeView | undefined {
	const {nodes, choice} = planning;
	if (!changesSettings(planning) || nodes.length < 2) return undefined;
	const rank = (node: NodeView): number =>
		(node.node.schedulable ? 0 : 4) + (node.node.agent?.ready === true ? 0 : 2) + (isControl(node) ? 1 : 0);
	return nodes.find(({name}) => name === choice.canary) ?? [...nodes].sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1))[0];
}

/** Why the node that was chosen cannot go first. */
export function canaryRefusals(planning: Planning): readonly Refusal[] {
	const {view, choice, nodes} = planning;
	const chosen = choice.canary === undefined ? undefined : view.nodes.find(({name}) => name === choice.canary);
	if (chosen === undefined || nodes.includes(chosen)) return [];
	const message = `${chosen.name} cannot go first: ${passedBy(chosen, planning)}`;
	return [{code: '', message, hint: 'Choose another node with --canary.'}];
}

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

/** Restarts the agent of the first node. */
export const restartFirst = async ({node}: First, context: StepContext): Promise<void> => recreateAgent(context, agentPlace(context), node);

/** Sees the node work by the new settings; what was seen, in one line. */
export async function verifyFirst({node, parameters: {expect}}: First, context: StepContext): Promise<string> {
	if (expect === 'native') return `${node}: ${await awaitNative(context, node)}`;
	return `${node} runs ${await awaitConflistOf(context, node, expect)}`;
}

/** cilium-config is as before when this runs; only an agent that still runs with the new settings has to restart. */
export async function restoreFirst({node, parameters: {expect}}: First, context: StepContext): Promise<Undone> {
	if (!(await nodesNow(context)).has(node)) return {state: 'undone', says: `${node} is no longer a node of this cluster`};
	if (expect === 'native' || (await readConflistOf(context, node)).form === 'portmap')
		await recreateAgent(context, agentPlace(context), node);
	if (expect !== 'native') await awaitConflistOf(context, node, 'plain');
	return {state: 'undone', says: `the agent of ${node} runs with the old settings`};
}

// Labels of kubeadm, old and new.
const isControl = ({node}: NodeView): boolean =>
	Object.keys(node.labels).some(label => /^node-role\.kubernetes\.io\/(?:control-plane|master)$/.test(label));
