import {agentPods, readDaemonSet, type AgentPlace} from './agents.ts';
import {insist, isConflict, isGone, until} from './patience.ts';
import type {StepContext} from '../step-work.ts';
import {listed} from '../../words.ts';

/** An agent that was re-created is ready within a minute or two; images may have to be pulled. */
const agentMilliseconds = 600_000;
/** One that is starting already when the repair comes to it. */
const readyMilliseconds = 120_000;
/** After so long without a change the agents that are not ready are named. */
const quietMilliseconds = 10_000;
const mostNamed = 3;

/** Waits until the agent of a node is ready as it is: what was ill before is not restarted to see whether that cures it. */
export async function awaitReadyAgent(context: StepContext, place: AgentPlace, node: string): Promise<void> {
	const {clock, signal, say} = context;
	const {selector} = await insist(async () => readDaemonSet(context, place), context);
	await until(
		async () => {
			const pods = await agentPods(context, place.namespace, selector, node);
			if (pods.some(({ready}) => ready)) return {value: true};
			return {stillAt: `${node}: ${pods[0] === undefined ? 'it has no agent' : wordOf('its agent is not ready', pods[0].trouble)}`};
		},
		{
			clock,
			signal,
			say,
			what: `the agent of ${node} was not ready before the repair began there`,
			hint: 'Check its log, or let another node go first: --canary NODE.',
			limitMilliseconds: readyMilliseconds,
		},
	);
}

/** Deletes the agent's pod of one node and waits until its DaemonSet has made a new one that is ready. */
export async function recreateAgent(context: StepContext, place: AgentPlace, node: string): Promise<void> {
	const {client, clock, signal, say} = context;
	const {selector} = await insist(async () => readDaemonSet(context, place), context);
	const old = (await insist(async () => agentPods(context, place.namespace, selector, node), context))[0];
	if (old !== undefined) {
		await insist(async () => {
			await client
				.request({
					method: 'DELETE',
					path: `/api/v1/namespaces/${encodeURIComponent(place.namespace)}/pods/${encodeURIComponent(old.name)}`,
					// By its uid: a pod that has come since is not ours to delete.
					body: {apiVersion: 'v1', kind: 'DeleteOptions', preconditions: {uid: old.uid}},
					signal,
				})
				.catch((error: unknown) => {
					if (!isGone(error) && !isConflict(error)) throw error;
				});
		}, context);
	}

	await until(
		async () => {
			const pod = (await agentPods(context, place.namespace, selector, node)).find(({uid}) => uid !== old?.uid);
			if (pod?.ready === true) return {value: pod};
			return pod === undefined
				? {stillAt: `${node}: the old agent is stopping`}
				: {stillAt: `${node}: ${wordOf('the new agent is starting', pod.trouble)}`, done: 1};
		},
		{
			clock,
			signal,
			say,
			what: `the agent of ${node} does not become ready`,
			hint: `See: kubectl -n ${place.namespace} get pods -l ${selector} --field-selector spec.nodeName=${node}`,
			limitMilliseconds: agentMilliseconds,
		},
	);
}

/** Waits as `kubectl rollout status` does, for as long as more agents come; nodes that are down are not waited for. */
export async function awaitRollout(context: StepContext, place: AgentPlace, unreachable: number): Promise<void> {
	const {clock, signal, say} = context;
	let counts = '';
	let changed = clock.now();
	await until(
		async () => {
			const {isObserved, desired, updated, available, selector} = await readDaemonSet(context, place);
			const enough = desired - unreachable;
			if (isObserved && updated >= enough && available >= enough) return {value: true};
			if (!isObserved) return {stillAt: 'the DaemonSet controller has not seen the change yet'};
			const now = `${updated} of ${desired} agents are new, ${available} are ready`;
			if (now !== counts) changed = clock.now();
			counts = now;
			const ill = clock.now() - changed < quietMilliseconds ? '' : await illAgents(context, place, selector);
			return {stillAt: `${now}${ill === '' ? '' : `; ${ill}`}`, done: updated + available};
		},
		{
			clock,
			signal,
			say,
			what: `the restart of ${place.daemonSet} makes no progress`,
			hint: `See: kubectl -n ${place.namespace} rollout status daemonset/${place.daemonSet}`,
			limitMilliseconds: agentMilliseconds,
		},
	);
}

async function illAgents(context: StepContext, {namespace}: AgentPlace, selector: string): Promise<string> {
	const ill = (await agentPods(context, namespace, selector)).filter(({ready}) => !ready);
	const named = ill.map(({node, trouble}) => wordOf(node, trouble));
	return ill.length === 0 ? '' : `not ready: ${listed(named, mostNamed)}`;
}

const wordOf = (word: string, trouble: string): string => (trouble === '' ? word : `${word}, ${trouble}`);
