import {managedBy} from '../../access/helper-pods.ts';
import {agentPlace, recreateAgent} from '../agents.ts';
import {awaitList, awaitNative, lookAtList} from '../node-state.ts';
import {insist, isConflict, isGone} from '../patience.ts';
import type {StepOf} from '../plan.ts';
import type {StepContext, StepWork} from '../step-work.ts';

export const canaryName = 'kubectl-hostport-canary';

/** Gives one node the new settings by a CiliumNodeConfig (Cilium 1.13 and later) and re-creates its agent. */
export const canaryConfig: StepWork<'canary-config'> = {
	check: async () => undefined,
	capture: async ({node}) => ({node}),

	async apply(step, context) {
		const {namespace, api, settings, hostname} = step.parameters;
		const body = {
			apiVersion: api,
			kind: 'CiliumNodeConfig',
			metadata: {name: canaryName, namespace, labels: {[managedBy.label]: managedBy.value}},
			spec: {nodeSelector: {matchLabels: {'kubernetes.io/hostname': hostname}}, defaults: settings},
		};
		await insist(async () => {
			await context.client
				.request({method: 'POST', path: nodeConfigPath(step.parameters), body, signal: context.signal})
				.catch((error: unknown) => {
					if (!isConflict(error)) throw error; // our own, from before an interruption
				});
		}, context);
		await recreateAgent(context, agentPlace(context), step.node);
	},

	verify: async (step, context) => verifyCanary(step.node, step.parameters.expect, context),

	async undo(step, context) {
		await removeNodeConfig(step.parameters, context);
		return restoreAgent(step, context);
	},
};

/** The same where there is no CiliumNodeConfig: cilium-config has the new settings, and one agent takes them first. */
export const canaryAgent: StepWork<'canary-agent'> = {
	check: async () => undefined,
	capture: async ({node}) => ({node}),
	apply: async (step, context) => recreateAgent(context, agentPlace(context), step.node),
	verify: async (step, context) => verifyCanary(step.node, step.parameters.expect, context),
	undo: restoreAgent,
};

/** cilium-config says the same for all: the first node needs no settings of its own any more. */
export const endCanary: StepWork<'end-canary'> = {
	check: async () => undefined,
	capture: async () => ({}),
	apply: async (step, context) => removeNodeConfig(step.parameters, context),
	verify: async () => `${canaryName} is gone`,
	undo: async () => ({state: 'left', says: 'it is not needed'}),
};

type Place = {readonly namespace: string; readonly api: string};

function nodeConfigPath({namespace, api}: Place, name = ''): string {
	return `/apis/${api}/namespaces/${encodeURIComponent(namespace)}/ciliumnodeconfigs${name === '' ? '' : `/${name}`}`;
}

async function removeNodeConfig(place: Place, context: StepContext): Promise<void> {
	await insist(async () => {
		await context.client
			.request({method: 'DELETE', path: nodeConfigPath(place, canaryName), signal: context.signal})
			.catch((error: unknown) => {
				if (!isGone(error)) throw error;
			});
	}, context);
}

async function verifyCanary(node: string, expect: StepOf<'canary-config'>['parameters']['expect'], context: StepContext): Promise<string> {
	if (expect === 'native') return `${node}: ${await awaitNative(context, node)}`;
	return `${node} has loaded ${await awaitList(context, node, expect)}`;
}

// cilium-config is as before when this runs; only an agent that still works by the new settings has to start anew.
async function restoreAgent(
	step: StepOf<'canary-config'> | StepOf<'canary-agent'>,
	context: StepContext,
): Promise<{state: 'undone'; says: string}> {
	const {expect} = step.parameters;
	if (expect === 'native' || (await lookAtList(context, step.node)).form === 'portmap') {
		await recreateAgent(context, agentPlace(context), step.node);
	}

	if (expect !== 'native') await awaitList(context, step.node, 'plain');
	return {state: 'undone', says: `the agent of ${step.node} runs with the old settings`};
}
