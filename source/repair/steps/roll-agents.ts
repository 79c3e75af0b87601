import {agentPods, awaitRollout, daemonSetPath, readDaemonSet, recreateAgent, restartedAt} from '../agents.ts';
import {insist} from '../patience.ts';
import type {StepOf} from '../plan.ts';
import type {StepContext, StepWork} from '../step-work.ts';
import {fieldManager} from './patch-configmap.ts';

type Step = StepOf<'roll-agents'>;

/** Restarts the agents by the DaemonSet's own strategy, as `kubectl rollout restart` does; by hand where that is OnDelete. */
export const rollAgents: StepWork<'roll-agents'> = {
	check: async () => undefined,

	async capture(step, context) {
		const daemonSet = await insist(async () => readDaemonSet(context, step.parameters), context);
		return {was: daemonSet.restartedAt, mark: new Date(context.clock.now()).toISOString(), strategy: daemonSet.strategy};
	},

	async apply(step, context, {mark, strategy}) {
		const since = String(mark);
		if (step.parameters.nodes.length > 0) await oneByOne(step, context, step.parameters.nodes, since);
		else if (strategy === 'OnDelete') await oneByOne(step, context, undefined, since);
		else {
			await annotate(step, context, since);
			await awaitRollout(context, step.parameters, step.parameters.leftOut);
		}
	},

	async verify(step, context) {
		const {desired, available} = await insist(async () => readDaemonSet(context, step.parameters), context);
		return `${available} of ${desired} agents are ready`;
	},

	async undo(step, context, {was, mark, strategy}) {
		if (step.parameters.nodes.length > 0) return {state: 'left', says: 'the agents that were re-created stay'};
		if (strategy === 'OnDelete') {
			await oneByOne(step, context, undefined, new Date(context.clock.now()).toISOString());
			return {state: 'undone', says: 'every agent was re-created once more'};
		}

		const {restartedAt: now} = await insist(async () => readDaemonSet(context, step.parameters), context);
		if (now !== mark) return {state: 'undone', says: 'the agents were not restarted by this run, or again since'};
		await annotate(step, context, was === null || was === undefined ? null : String(was));
		await awaitRollout(context, step.parameters, step.parameters.leftOut);
		return {state: 'undone', says: 'the agents run with the old settings'};
	},
};

/** Setting the value that is there already starts nothing, so this may be done twice. */
async function annotate(step: Step, context: StepContext, value: string | null): Promise<void> {
	await insist(
		async () =>
			context.client.request({
				method: 'PATCH',
				path: daemonSetPath(step.parameters),
				patchType: 'merge',
				query: {fieldManager},
				body: {spec: {template: {metadata: {annotations: {[restartedAt]: value}}}}},
				signal: context.signal,
			}),
		context,
	);
}

/** Re-creates the agents that are older than a moment, one after another. */
async function oneByOne(step: Step, context: StepContext, nodes: readonly string[] | undefined, since: string): Promise<void> {
	const {namespace} = step.parameters;
	const {selector} = await insist(async () => readDaemonSet(context, step.parameters), context);
	const pods = await insist(async () => agentPods(context, namespace, selector), context);
	// Creation times are whole seconds.
	const old = pods.filter(
		({node, createdAt}) =>
			(nodes === undefined || nodes.includes(node)) && Date.parse(createdAt) < Math.floor(Date.parse(since) / 1000) * 1000,
	);
	const without = (nodes ?? []).filter(node => !pods.some(pod => pod.node === node));
	for (const [index, node] of [...old.map(pod => pod.node), ...without].entries()) {
		context.signal.throwIfAborted();
		await recreateAgent(context, step.parameters, node);
		context.say(`${index + 1} of ${old.length + without.length} agents are new`);
	}
}
