import pMap from 'p-map';
import * as z from 'zod/mini';
import {ActionableError, messageOf} from '../../errors.ts';
import {agentPods, readDaemonSet} from '../acts/agents.ts';
import {conflistForm, name} from '../checked-values.ts';
import {defineStep} from '../define-step.ts';
import {awaitConflistOf, readConflistOf} from '../acts/node-state.ts';
import {joinedNodes, nodesNow} from '../acts/nodes-now.ts';
import {nodesToRestart, type Planning} from '../plan/planning.ts';
import {recreateAgent} from '../acts/restart-agents.ts';
import {assertBinariesRun} from '../acts/running-binaries.ts';
import type {StepContext} from '../step-work.ts';
import {agentPlace} from './roll-agents.ts';

/** Nodes asked at the same time. */
const concurrency = 16;

const before = z.enum(['portmap', 'plain', 'mixed']);

/** Sees every node load the conflist that its agent was told to write. */
export const awaitConflist = defineStep({
	kind: 'await-conflist',
	/** `before`: what the nodes loaded before the run's first act. */
	parameters: z.strictObject({nodes: z.array(name), form: conflistForm, before}),
	captured: z.object({before: z.optional(before)}),
	parallel: 1,
	order: {plan: () => 70, undo: 5},
	words: () => ({
		id: 'conflist',
		title: 'wait until every node runs the new CNI config',
		undo: 'waits until every node runs its old CNI config again and restarts the agent where it does not',
	}),

	plan(planning) {
		const {nodes, isAll} = nodesToRestart(planning);
		if (planning.choice.strategy !== 'portmap' || (!isAll && nodes.length === 0)) return [];
		const already = nodes.filter(node => node.chained === true).length;
		const earlier: z.output<typeof before> = already === nodes.length ? 'portmap' : already === 0 ? 'plain' : 'mixed';
		return [
			{
				parameters: {nodes: nodes.map(node => node.name), form: 'portmap' as const, before: earlier},
				preview: {text: 'Reads the CNI folder of every node. The agents write this:', changes: distinctChanges(planning)},
				checkAfter: 'on every node the loaded file names portmap; no node joined without the binary',
				blastRadius: 'nothing: it only reads',
			},
		];
	},

	chains: ({form}) => form === 'portmap',
	resume: {
		join: (own, earlier) =>
			earlier === undefined ? own : {...own, nodes: [...new Set([...earlier.nodes, ...own.nodes])], before: earlier.before},
	},
	// An agent that started by itself while cilium-config had the new settings has written the new conflist, and no step tells.
	undoing: {settings: 'needs the old', evenUntouched: true},
	check: async () => undefined,
	capture: async ({parameters}) => ({before: parameters.before}),

	async apply({parameters: {nodes, form}}, context) {
		let done = 0;
		await pMap(
			nodes,
			async node => {
				await awaitConflistOf(context, node, form);
				context.say(`${(done += 1)} of ${nodes.length} nodes run it`);
			},
			{concurrency, signal: context.signal},
		);
	},

	async verify({parameters: {nodes, form}}, context) {
		const joined = form === 'portmap' ? await joinedWithBinary(context) : [];
		const also = joined.length === 0 ? '' : `; ${joined.join(', ')} joined meanwhile and has portmap`;
		return `${nodes.length} nodes run the CNI config ${form === 'portmap' ? 'with portmap' : 'without portmap'}${also}`;
	},

	// By the real state: an agent that restarted by itself in between has written the new conflist too, and no step knows of it.
	async revert({parameters: {nodes, before: earlier}}, context) {
		if (earlier === 'portmap') return {state: 'left', says: 'the CNI config named portmap before this run'};
		const there = await nodesWithList(nodes, context);
		const failures: string[] = [];
		// A node that does not answer must not keep the others chained.
		const onEach = async (names: readonly string[], act: (node: string) => Promise<boolean>, parallel = concurrency): Promise<string[]> =>
			(
				await pMap(
					names,
					async node =>
						act(node).catch((error: unknown) => {
							context.signal.throwIfAborted();
							failures.push(messageOf(error));
							return false;
						}),
					{concurrency: parallel, signal: context.signal},
				)
			).flatMap((isTrue, index) => (isTrue ? [names[index] ?? ''] : []));
		const isChained = async (node: string): Promise<boolean> => (await readConflistOf(context, node)).form === 'portmap';
		const chained = await onEach(there, isChained);
		await onEach(chained, async node => recreateAgent(context, agentPlace(context), node).then(() => true), 1);
		const plain = await onEach(there, async node => awaitConflistOf(context, node, 'plain').then(() => true));
		if (failures.length === 0) return {state: 'undone', says: `${plain.length} nodes run the CNI config without portmap`};
		throw new ActionableError(
			`${plain.length} of ${there.length} nodes run the CNI config without portmap: ${failures[0]}`,
			'The others may still be chained, so their binary stays. Roll back again when they are reachable.',
		);
	},
});

/** A thousand nodes with the same file are shown once. */
function distinctChanges({fileChanges}: Planning): Planning['fileChanges'] {
	const seen = new Set<string>();
	return fileChanges.filter(({node, path, current, needed}) => {
		const key = JSON.stringify([path, current, needed]);
		if (node === '' || seen.has(key)) return false;
		seen.add(key);
		return true;
	});
}

/** The nodes of a step that the cluster still has, and those that run an agent since: it may have read the new settings. */
async function nodesWithList(nodes: readonly string[], context: StepContext): Promise<string[]> {
	const place = agentPlace(context);
	const {selector} = await readDaemonSet(context, place);
	const agents = await agentPods(context, place.namespace, selector);
	const existing = await nodesNow(context);
	return [...new Set([...nodes, ...agents.map(({node}) => node)])].filter(node => existing.has(node)).sort();
}

/**
 * Nodes that joined while the agents were restarted load the new conflist from their first moment on.
 * @throws ActionableError where one of them has no portmap
 */
async function joinedWithBinary(context: StepContext): Promise<readonly string[]> {
	const joined = await joinedNodes(context);
	const folder = context.plan.binaries[0]?.folder ?? '/opt/cni/bin';
	const cniVersions = [...new Set(context.plan.binaries.flatMap(place => place.cniVersions))];
	try {
		await assertBinariesRun(
			context,
			joined.map(node => ({node, folder, cniVersions})),
		);
	} catch (error) {
		context.signal.throwIfAborted();
		throw new ActionableError(
			`${joined.join(', ')} joined meanwhile, and no pod can start there: ${messageOf(error)}`,
			'Run fix again: it installs portmap there. For future nodes: kubectl hostport manifest daemonset',
			{cause: error},
		);
	}

	return joined;
}
