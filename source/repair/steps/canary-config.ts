import {managedBy} from '../../access/helper-pods.ts';
import {agentPlace} from '../agents.ts';
import {awaitList, awaitNative, lookAtList} from '../node-state.ts';
import {nodesNow} from '../nodes-now.ts';
import {insist, isConflict, isGone} from '../patience.ts';
import type {StepOf} from '../plan.ts';
import {awaitReadyAgent, recreateAgent} from '../restart-agents.ts';
import {assertBinariesRun} from '../running-binaries.ts';
import type {StepContext, StepWork} from '../step-work.ts';

export const canaryName = 'kubectl-hostport-canary';

/** Gives one node the new settings by a CiliumNodeConfig (Cilium 1.13 and later) and re-creates its agent. */
export const canaryConfig: StepWork<'canary-config'> = {
	check: checkCanary,
	capture: async ({node}) => ({node}),

	async apply(step, context) {
		const {namespace, api, settings, hostname} = step.parameters;
		const body = {
			apiVersion: api,
			kind: 'CiliumNodeConfig',
			metadata: {name: canaryName, namespace, labels: {[managedBy.label]: managedBy.value}},
			spec: {nodeSelector: {matchLabels: {'kubernetes.io/hostname': hostname}}, defaults: settings},
		};
		await insist(async () => createNodeConfig(step.parameters, body, context), context);
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
	check: checkCanary,
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

/** One that is there already is of an interrupted run, and may be for another node: it makes way. */
async function createNodeConfig(place: Place, body: object, context: StepContext): Promise<void> {
	const create = async (): Promise<unknown> =>
		context.client.request({method: 'POST', path: nodeConfigPath(place), body, signal: context.signal});
	try {
		await create();
	} catch (error) {
		if (!isConflict(error)) throw error;
		await removeNodeConfig(place, context);
		await create();
	}
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

async function checkCanary(step: StepOf<'canary-config'> | StepOf<'canary-agent'>, context: StepContext): Promise<undefined> {
	if (step.parameters.expect === 'portmap')
		await assertBinariesRun(
			context,
			context.plan.binaries.filter(({node}) => node === step.node),
		);
	await awaitReadyAgent(context, agentPlace(context), step.node);
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
	if (!(await nodesNow(context)).has(step.node)) return {state: 'undone', says: `${step.node} is no node of this cluster any more`};
	if (expect === 'native' || (await lookAtList(context, step.node)).form === 'portmap') {
		await recreateAgent(context, agentPlace(context), step.node);
	}

	if (expect !== 'native') await awaitList(context, step.node, 'plain');
	return {state: 'undone', says: `the agent of ${step.node} runs with the old settings`};
}
