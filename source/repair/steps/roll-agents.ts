import * as z from 'zod/mini';
import {ask} from '../../cluster/typed-api.ts';
import {ActionableError} from '../../errors.ts';
import {agentPods, daemonSetPath, podOf, readDaemonSet, restartedAt, type AgentPlace, type AgentPod} from '../acts/agents.ts';
import {count, line, lines, name, time} from '../checked-values.ts';
import {defineStep, stepsOf, type Checked} from '../define-step.ts';
import {fieldManager} from '../acts/field-manager.ts';
import {insist} from '../acts/patience.ts';
import type {Plan, Step} from '../plan/plan.ts';
import {chained, namespaceOf, nodesToRestart} from '../plan/planning.ts';
import {awaitRollout, recreateAgent} from '../acts/restart-agents.ts';
import {assertBinariesRun} from '../acts/running-binaries.ts';
import type {StepContext} from '../step-work.ts';
import {listed} from '../../words.ts';

const parameters = z.strictObject({
	namespace: name,
	daemonSet: name,
	/** Agents of these nodes alone, restarted one after another; empty: all, by the DaemonSet's own strategy. */
	nodes: z.array(name),
	/** Nodes that are down and whose agents nobody waits for. */
	leftOut: count,
});
type RollAgents = Step<Checked<typeof parameters>>;

/** Restarts the agents by the DaemonSet's own strategy, as `kubectl rollout restart` does; by hand where that is OnDelete. */
export const rollAgents = defineStep({
	kind: 'roll-agents',
	parameters,
	/** `was`: the annotation of the last restart, `mark`: of this one. `agents`: uids of the old ones. */
	captured: z.object({
		was: z.optional(z.nullable(time)),
		mark: z.optional(line),
		strategy: z.optional(line),
		agents: z.optional(lines),
	}),
	parallel: 1,
	order: {plan: () => 60, undo: 4},
	words: (_node, {daemonSet, nodes}) => ({
		id: 'agents',
		title: nodes.length === 0 ? `restart ${daemonSet} on all nodes` : `restart the agent of ${listed(nodes, 1)}`,
		undo: nodes.length === 0 ? 'restarts the agents with the old settings' : 'nothing to undo',
	}),

	plan(planning) {
		const {nodes, isAll} = nodesToRestart(planning);
		if (!isAll && nodes.length === 0) return [];
		const daemonSet = planning.view.evidence.cilium?.daemonSet;
		const name = daemonSet?.name ?? 'cilium';
		const maximum = daemonSet?.maxUnavailable ?? '1';
		const isByHand = !isAll || daemonSet?.updateStrategy === 'OnDelete';
		const isOneByOne = isByHand || maximum === '1';
		const whose = isAll ? 'of every node' : `of ${nodes.map(node => node.name).join(', ')}`;
		return [
			{
				parameters: {
					namespace: namespaceOf(planning),
					daemonSet: name,
					nodes: isAll ? [] : nodes.map(node => node.name),
					leftOut: planning.unreachable.length,
				},
				preview: {
					text: isByHand
						? `Deletes the agents' pods ${whose}, one after another, and waits for each new one.`
						: `Sets the annotation ${restartedAt} on daemonset ${namespaceOf(planning)}/${name}, as kubectl rollout restart does (${daemonSet?.updateStrategy ?? ''}, at most ${maximum} at a time).`,
					changes: [],
				},
				checkBefore: `whether this run already restarted them${chained(planning, '; portmap runs on every node at that moment')}`,
				checkAfter: 'every agent is new and ready',
				blastRadius: isOneByOne
					? 'one agent restarts at a time: connections stay, but pods cannot start on its node for some seconds'
					: `at most ${maximum} agents restart at a time: connections stay, but pods cannot start on those nodes for some seconds`,
			},
		];
	},

	summary: () => 'restarts the agents',
	// Agents read the settings when they start: with them the strategy comes.
	sideEffects: (steps, {effects}) => [
		...steps.map(
			({parameters: {nodes}}) =>
				`restarts ${nodes.length === 0 ? 'every agent' : `the agent of ${listed(nodes, 1)}`} once: connections stay, but pods cannot start on the node for some seconds`,
		),
		...effects,
	],
	rights: [
		{verbs: ['get', 'patch'], group: 'apps', resource: 'daemonsets', where: 'cilium', why: 'restarting the agents'},
		{verbs: ['delete'], resource: 'pods', where: 'cilium', why: 'restarting an agent'},
	],
	// Pod Security stops no pod that runs: a namespace may have been closed to the agents since, and nobody has noticed.
	pods: async ({parameters: own}, {client, run, signal}) => [
		{
			what: `a restarted agent of ${own.namespace}/${own.daemonSet}`,
			namespace: own.namespace,
			manifest: podOf(await client.request<object>({path: daemonSetPath(own), signal}), `hostport-agent-${run}`, own.namespace),
			isOurs: false,
			instead: `kubectl label namespace ${own.namespace} --overwrite pod-security.kubernetes.io/enforce=privileged, otherwise no agent comes back`,
		},
	],
	dryRun: own => ({
		method: 'PATCH',
		patchType: 'merge',
		path: daemonSetPath(own),
		body: {spec: {template: {metadata: {annotations: {[restartedAt]: new Date(0).toISOString()}}}}},
	}),
	foreign: ({daemonSet}, cilium) => (daemonSet === cilium?.daemonSet?.name ? '' : `the DaemonSet ${daemonSet}`),
	// A restart of all agents that is on its way stays one of all.
	resume: {join: (own, earlier) => (earlier === undefined ? own : {...own, nodes: earlier.nodes}), tidies: ['undone']},
	undoing: {settings: 'needs the old'},

	async check(_step, context) {
		if (context.startsChaining) await assertBinariesRun(context);
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
		if (isByHand(step, String(strategy))) await oneByOne(step, context, agents ?? []);
		else {
			await annotate(step, context, String(mark));
			await awaitRollout(context, step.parameters, step.parameters.leftOut);
		}
	},

	async verify(step, context) {
		const {desired, available} = await insist(async () => readDaemonSet(context, step.parameters), context);
		return `${available} of ${desired} agents are ready`;
	},

	async revert(step, context, {was, mark, strategy}) {
		if (step.parameters.nodes.length > 0) return {state: 'left', says: 'the restarted agents stay'};
		if (strategy === 'OnDelete') {
			const {selector} = await insist(async () => readDaemonSet(context, step.parameters), context);
			await oneByOne(
				step,
				context,
				(await agentsToRestart(step, context, selector)).map(({uid}) => uid),
			);
			return {state: 'undone', says: 'every agent was restarted once more'};
		}

		const {restartedAt: now} = await insist(async () => readDaemonSet(context, step.parameters), context);
		if (now !== mark) return {state: 'undone', says: 'this run did not restart the agents, or they restarted again since'};
		await annotate(step, context, was ?? null);
		await awaitRollout(context, step.parameters, step.parameters.leftOut);
		return {state: 'undone', says: 'the agents run with the old settings'};
	},

	// Those that an undoing has re-created run with the old settings: they are among the old ones now.
	async tidy(step, context, {strategy}) {
		if (!isByHand(step, String(strategy))) return;
		const {selector} = await insist(async () => readDaemonSet(context, step.parameters), context);
		await context.note({agents: (await agentsToRestart(step, context, selector)).map(({uid}) => uid)});
	},
});

/** Cilium's DaemonSet by the plan. @throws ActionableError where there is none */
export function agentPlace({plan}: Pick<StepContext, 'plan'>): AgentPlace {
	const [found] = stepsOf(plan, rollAgents);
	if (found === undefined) throw new ActionableError('the plan names no DaemonSet of agents', 'Run the command again.');
	return found.parameters;
}

/** Whether a plan restarts agents at all. */
export const isRestarting = (plan: Plan): boolean => stepsOf(plan, rollAgents).length > 0;

/** Setting the value that is there already starts nothing, so this may be done twice. */
async function annotate(step: RollAgents, context: StepContext, value: string | null): Promise<void> {
	const {namespace, daemonSet: name} = step.parameters;
	const body = {spec: {template: {metadata: {annotations: {[restartedAt]: value}}}}};
	await insist(
		async () =>
			ask(context.client, {signal: context.signal, patchType: 'merge'}, async ({apps}) =>
				apps.patchNamespacedDaemonSet({name, namespace, body, fieldManager}),
			),
		context,
	);
}

/** No controller re-creates these agents. */
const isByHand = ({parameters: {nodes}}: RollAgents, strategy: string): boolean => nodes.length > 0 || strategy === 'OnDelete';

/** The agents of the step's nodes, or of all that the plan does not skip: those on unreachable nodes cannot restart. */
async function agentsToRestart({parameters: {namespace, nodes}}: RollAgents, context: StepContext, selector: string): Promise<AgentPod[]> {
	const skipped = new Set(context.plan.skipped.map(({node}) => node));
	const pods = await insist(async () => agentPods(context, namespace, selector), context);
	return pods.filter(({node}) => (nodes.length > 0 ? nodes.includes(node) : !skipped.has(node)));
}

/** Re-creates those of these agents that are still there, one after another, and waits for one where there is none. */
async function oneByOne(step: RollAgents, context: StepContext, uids: readonly string[]): Promise<void> {
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
