import {agentPods, daemonSetPath, readDaemonSet, restartedAt, type AgentPod} from '../agents.ts';
import {insist} from '../patience.ts';
import {startsChaining, type StepOf} from '../plan.ts';
import {awaitRollout, recreateAgent} from '../restart-agents.ts';
import {assertBinariesRun} from '../running-binaries.ts';
import type {StepContext, StepWork} from '../step-work.ts';
import {fieldManager} from './patch-configmap.ts';

type Step = StepOf<'roll-agents'>;

/** Restarts the agents by the DaemonSet's own strategy, as `kubectl rollout restart` does; by hand where that is OnDelete. */
export const rollAgents: StepWork<'roll-agents'> = {
	async check(_step, context) {
		if (startsChaining(context.plan)) await assertBinariesRun(context);
		return undefined;
	},

	// Which agents are old is kept by their uids: clocks of two machines differ.
	async capture(step, context) {
		const {restartedAt: was, strategy, selector} = await insist(async () => readDaemonSet(context, step.parameters), context);
		const mark = new Date(context.clock.now()).toISOString();
		if (!isByHand(step, strategy)) return {was, mark, strategy};
		return {was, mark, strategy, agents: (await agentsToRestart(step, context, selector)).map(({uid}) => uid)};
	},

	async apply(step, context, {mark, strategy, agents}) {
		if (isByHand(step, String(strategy))) await oneByOne(step, context, Array.isArray(agents) ? agents : []);
		else {
			await annotate(step, context, String(mark));
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
			const {selector} = await insist(async () => readDaemonSet(context, step.parameters), context);
			await oneByOne(
				step,
				context,
				(await agentsToRestart(step, context, selector)).map(({uid}) => uid),
			);
			return {state: 'undone', says: 'every agent was re-created once more'};
		}

		const {restartedAt: now} = await insist(async () => readDaemonSet(context, step.parameters), context);
		if (now !== mark) return {state: 'undone', says: 'the agents were not restarted by this run, or again since'};
		await annotate(step, context, was === null || was === undefined ? null : String(was));
		await awaitRollout(context, step.parameters, step.parameters.leftOut);
		return {state: 'undone', says: 'the agents run with the old settings'};
	},

	// Those that an undoing has re-created run with the old settings: they are among the old ones now.
	async tidy(step, context, {strategy}) {
		if (!isByHand(step, String(strategy))) return;
		const {selector} = await insist(async () => readDaemonSet(context, step.parameters), context);
		await context.note({agents: (await agentsToRestart(step, context, selector)).map(({uid}) => uid)});
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

/** No controller re-creates these agents. */
const isByHand = ({parameters: {nodes}}: Step, strategy: string): boolean => nodes.length > 0 || strategy === 'OnDelete';

/** The agents of the step's nodes, or of all that the plan does not pass by: those on nodes that are down cannot be re-created. */
async function agentsToRestart({parameters: {namespace, nodes}}: Step, context: StepContext, selector: string): Promise<AgentPod[]> {
	const skipped = new Set(context.plan.skipped.map(({node}) => node));
	const pods = await insist(async () => agentPods(context, namespace, selector), context);
	return pods.filter(({node}) => (nodes.length > 0 ? nodes.includes(node) : !skipped.has(node)));
}

/** Re-creates those of these agents that are still there, one after another, and waits for one where there is none. */
async function oneByOne(step: Step, context: StepContext, uids: readonly string[]): Promise<void> {
	const {namespace, nodes} = step.parameters;
	const {selector} = await insist(async () => readDaemonSet(context, step.parameters), context);
	const pods = await insist(async () => agentPods(context, namespace, selector), context);
	const old = pods.filter(({uid}) => uids.includes(uid));
	const without = nodes.filter(node => !pods.some(pod => pod.node === node));
	for (const [index, node] of [...old.map(pod => pod.node), ...without].entries()) {
		context.signal.throwIfAborted();
		await recreateAgent(context, step.parameters, node);
		context.say(`${index + 1} of ${old.length + without.length} agents are new`);
	}
}
