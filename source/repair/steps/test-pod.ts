import * as z from 'zod/mini';
import {messageOf} from '../../errors.ts';
import {freeHostPort} from '../../proof/test-pod.ts';
import {line, name} from '../checked-values.ts';
import {canaryOf} from './first-node.ts';
import {defineStep} from '../define-step.ts';
import {isThrough} from '../journal.ts';
import {assertServicesKept} from '../acts/kept-services.ts';
import {changesSettings, namespaceOf} from '../plan/planning.ts';
import {answers, removeTestPod, startsAlone, stopMilliseconds, testPodManifest, testPodName} from '../acts/test-pod.ts';
import {isRestarting} from './roll-agents.ts';

/** Later than the wait within it, whose words say more. */
const removalMilliseconds = stopMilliseconds + 30_000;

/** A pod with a hostPort starts, answers and stops on the first node: the whole way, before any other node is touched. */
export const testPod = defineStep({
	kind: 'test-pod',
	/** `address`: the node's own. */
	parameters: z.strictObject({
		namespace: name,
		image: line,
		hostPort: z.int().check(z.gte(1024), z.lte(65_535)),
		address: z.string().check(z.regex(/^[\da-fA-F.:]{0,45}$/u)),
	}),
	/** `namespace`: where the pod is; runs of before had it in Cilium's and did not say so. */
	captured: z.object({name: z.optional(line), namespace: z.optional(name)}),
	parallel: 1,
	order: {
		// As soon as one node has the new settings: after whatever gives them to the first one, or to all.
		plan: planning => (canaryOf(planning) === undefined ? 75 : planning.surroundings.nodeConfigApi === undefined ? 55 : 25),
		undo: 0,
	},
	words: node => ({id: `test-pod/${node}`, title: `check it with a test pod on ${node}`, undo: 'deletes the pod'}),

	plan(planning) {
		const {nodes, view} = planning;
		const on = canaryOf(planning) ?? nodes[0];
		if (!changesSettings(planning) || on === undefined) return [];
		const hostPort = freeHostPort(view.evidence, on.node);
		return [
			{
				node: on.name,
				parameters: {
					namespace: namespaceOf(planning),
					image: on.node.agent?.image || view.evidence.cilium?.daemonSet?.image || '',
					hostPort,
					address: on.node.addresses.find(({type}) => type === 'InternalIP')?.address ?? '',
				},
				preview: {text: `Creates a small pod with hostPort ${hostPort} on ${on.name}, connects to it, and deletes it.`, changes: []},
				checkAfter: 'the port answers from the node itself',
				blastRadius: 'one pod for some seconds',
			},
		];
	},

	rights: [
		{verbs: ['create', 'get', 'delete'], resource: 'pods', where: 'helpers', why: 'the pods that write, look and test'},
		{verbs: ['list'], resource: 'pods', where: 'everywhere', why: 'seeing that the test pod has an address of its own'},
	],
	async pods(step, {run, testPodOn, helperNamespace}) {
		const own = placed(step, {namespace: helperNamespace});
		return [
			{
				what: 'the test pod',
				namespace: own.parameters.namespace,
				manifest: testPodManifest(own, run, testPodOn(step.node)),
				isOurs: true,
				instead: '--helper-namespace NAME with a namespace that admits a pod with a hostPort',
			},
		];
	},
	resume: {isDue: (_own, {entry, fresh}) => !isThrough(entry) && isRestarting(fresh), tidies: ['cut off']},
	check: async () => undefined,
	capture: async ({parameters}, {run, helperNamespace}) => ({name: testPodName(run), namespace: helperNamespace ?? parameters.namespace}),

	async apply(planned, context, before) {
		// Where an earlier try had it is the journal's word: it is made where this command makes its pods.
		const step = placed(planned, {namespace: context.helperNamespace});
		const {namespace} = step.parameters;
		if (before.namespace !== namespace) await context.note({namespace});
		const {hostPort} = step.parameters;
		const tidy = async (): Promise<void> => removeTestPod(step, {...context, signal: AbortSignal.timeout(removalMilliseconds)});
		try {
			if (await startsAlone(step, context)) {
				await answers(step, context);
				context.say(`it answers on port ${hostPort} of ${step.node}`);
			} else context.say('the image has no program that listens: only start and stop were tried');
		} catch (error) {
			// Why it did not start or answer is what there is to tell, not that it is slow to go as well.
			await tidy().catch((late: unknown) => context.say(`the test pod: ${messageOf(late)}`));
			throw error;
		}

		await tidy();
	},

	async verify({node, parameters: {hostPort}}, context) {
		await assertServicesKept(context);
		return `a pod with hostPort ${hostPort} started and stopped on ${node}`;
	},

	async revert(step, context, before) {
		await removeTestPod(placed(step, before), context);
		return {state: 'undone', says: 'the test pod is deleted or being deleted'};
	},

	tidy: async (step, context, before) => removeTestPod(placed(step, before), context),
});

type Placed = {readonly node: string; readonly parameters: {readonly namespace: string; readonly hostPort: number}};

/** In the namespace where it was made, or is to be. */
const placed = ({node, parameters}: Placed, {namespace = parameters.namespace}: {readonly namespace?: string | undefined}): Placed => ({
	node,
	parameters: {...parameters, namespace},
});
