import * as z from 'zod/mini';
import {expectation, name, nodeConfigApi, plannedKey, settingValue} from '../checked-values.ts';
import {defineStep} from '../define-step.ts';
import {canaryOf, assertFit, restartFirst, restoreFirst, verifyFirst} from './first-node.ts';
import {canaryName, createNodeConfig, removeNodeConfig} from '../acts/node-config.ts';
import {chained, fileChangesOf, namespaceOf} from '../plan/planning.ts';
import {nodeSettings} from '../plan/wanted-keys.ts';

/** Gives one node the new settings by a CiliumNodeConfig (Cilium 1.13 and later) and restarts its agent. */
export const canaryConfig = defineStep({
	kind: 'canary-config',
	parameters: z.strictObject({
		namespace: name,
		api: nodeConfigApi,
		settings: z.record(plannedKey, settingValue),
		/** Value of the node's label `kubernetes.io/hostname`. */
		hostname: z.string().check(z.regex(/^[A-Za-z\d](?:[\w.-]{0,251}[A-Za-z\d])?$/u)),
		expect: expectation,
	}),
	captured: z.object({node: z.optional(name)}),
	parallel: 1,
	order: {plan: () => 20, undo: 3},
	words: node => ({
		id: `canary/${node}`,
		title: `try it on ${node} only`,
		undo: 'deletes the CiliumNodeConfig and restarts that agent',
	}),

	plan(planning) {
		const {surroundings, changes, choice, view} = planning;
		const first = canaryOf(planning);
		if (first === undefined || surroundings.nodeConfigApi === undefined) return [];
		const settings = nodeSettings(view.version, changes);
		const listed = Object.entries(settings)
			.map(([key, value]) => `${key}=${value}`)
			.join(', ');
		return [
			{
				node: first.name,
				parameters: {
					namespace: namespaceOf(planning),
					api: surroundings.nodeConfigApi,
					settings,
					hostname: first.node.labels['kubernetes.io/hostname'] ?? first.name,
					expect: choice.strategy,
				},
				preview: {
					text: `Creates the CiliumNodeConfig ${namespaceOf(planning)}/${canaryName} (${listed}) for ${first.name} and restarts its agent.`,
					changes: fileChangesOf(planning, first.name),
				},
				checkBefore: `the agent of that node is ready${chained(planning, '; portmap runs on every node at that moment')}`,
				checkAfter: 'the new agent is ready and the node runs the config that it writes',
				blastRadius: `one agent restarts: ${first.name} keeps its connections; pods cannot start there for some seconds`,
			},
		];
	},

	rights: [{verbs: ['create', 'delete'], group: 'cilium.io', resource: 'ciliumnodeconfigs', where: 'cilium', why: 'the first node alone'}],
	chains: ({expect}) => expect === 'portmap',
	undoing: {settings: 'needs the old'},
	check: assertFit,
	capture: async ({node}) => ({node}),

	async apply(step, context) {
		await createNodeConfig(step.parameters, step.parameters, context);
		await restartFirst(step, context);
	},

	verify: verifyFirst,

	async revert(step, context) {
		await removeNodeConfig(step.parameters, context);
		return restoreFirst(step, context);
	},
});
