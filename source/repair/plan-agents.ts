import type {NodeView} from '../diagnosis/node-view.ts';
import {noNetworkLabel} from '../proof/probes.ts';
import {freeHostPort} from '../proof/test-pod.ts';
import {listOf, type Planning} from './planning.ts';
import type {ListForm, Step, StepOf} from './plan.ts';
import {nodeSettings, type KeyChanges} from './wanted-keys.ts';

/**
 * What turns the new settings on: one node first with a test pod on it, then cilium-config, then all agents, then the wait
 * for each node to load what it has to load.
 */
export function agentSteps(planning: Planning): Step[] {
	const {changes, nodes, surroundings} = planning;
	if (Object.keys(changes).length === 0) return staleSteps(planning);
	const canary = nodes.length > 1 ? canaryOf(planning) : undefined;
	const tested = canary ?? nodes[0];
	// On the demo's nodes, which have no network, a connection would prove nothing.
	const test = tested === undefined || noNetworkLabel in tested.node.labels ? [] : [testPodStep(planning, tested)];
	const roll = [rollStep(planning, []), awaitStep(planning, nodes)];
	if (canary === undefined) return [configMapStep(planning), ...roll, ...test];
	return surroundings.nodeConfigApi === undefined
		? [configMapStep(planning), canaryAgentStep(planning, canary), ...test, ...roll]
		: [
				canaryConfigStep(planning, canary, surroundings.nodeConfigApi),
				...test,
				configMapStep(planning),
				endCanaryStep(planning, surroundings.nodeConfigApi),
				...roll,
			];
}

/** cilium-config is right already: only agents that run without it are re-created. */
function staleSteps(planning: Planning): Step[] {
	const {nodes, choice} = planning;
	const stale = nodes.filter(node => (choice.strategy === 'portmap' ? node.chained === false : node.native.on === false));
	return stale.length === 0 ? [] : [rollStep(planning, stale), awaitStep(planning, stale)];
}

/** The node that goes first: the one named, else a worker that schedules pods and whose agent is well. */
function canaryOf({nodes, choice}: Planning): NodeView | undefined {
	const named = nodes.find(({name}) => name === choice.canary);
	const rank = (node: NodeView): number =>
		(node.node.schedulable ? 0 : 4) + (node.node.agent?.ready === true ? 0 : 2) + (isControl(node) ? 1 : 0);
	return named ?? [...nodes].sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1))[0];
}

// Labels of kubeadm, old and new.
const isControl = ({node}: NodeView): boolean =>
	Object.keys(node.labels).some(label => /^node-role\.kubernetes\.io\/(?:control-plane|master)$/.test(label));

/** Words that belong to the way of portmap alone. */
const chained = ({choice}: Planning, words: string): string => (choice.strategy === 'portmap' ? words : '');

const expectation = ({choice}: Planning): ListForm | 'native' => choice.strategy;

function fileChangesOf({fileChanges}: Planning, node: string): Planning['fileChanges'] {
	return fileChanges.filter(change => change.node === node);
}

const namespaceOf = ({view}: Planning): string => view.evidence.cilium?.namespace ?? '';

function canaryConfigStep(planning: Planning, canary: NodeView, api: string): StepOf<'canary-config'> {
	const settings = nodeSettings(planning.view.version, planning.changes);
	const listed = Object.entries(settings)
		.map(([key, value]) => `${key}=${value}`)
		.join(', ');
	return {
		id: `canary/${canary.name}`,
		kind: 'canary-config',
		title: `try it on ${canary.name} alone`,
		node: canary.name,
		preview: {
			text: `Creates the CiliumNodeConfig ${namespaceOf(planning)}/kubectl-hostport-canary (${listed}) for ${canary.name} and re-creates its agent.`,
			changes: fileChangesOf(planning, canary.name),
		},
		checkBefore: `the agent of that node is ready${chained(planning, '; portmap runs on every node at that moment')}`,
		checkAfter: 'the new agent is ready and the node has loaded what it writes',
		undo: 'deletes the CiliumNodeConfig and re-creates that agent',
		blastRadius: `one agent restarts: ${canary.name} keeps its connections; pods cannot start there for some seconds`,
		parameters: {
			namespace: namespaceOf(planning),
			api,
			settings,
			hostname: canary.node.labels['kubernetes.io/hostname'] ?? canary.name,
			expect: expectation(planning),
		},
	};
}

function canaryAgentStep(planning: Planning, canary: NodeView): StepOf<'canary-agent'> {
	return {
		id: `canary/${canary.name}`,
		kind: 'canary-agent',
		title: `re-create the agent of ${canary.name} first`,
		node: canary.name,
		preview: {
			text: `Deletes the agent's pod ${canary.node.agent?.pod ?? ''} on ${canary.name}; its DaemonSet makes it anew with the new settings.`,
			changes: fileChangesOf(planning, canary.name),
		},
		checkBefore: `the agent of that node is ready${chained(planning, '; portmap runs on every node at that moment')}`,
		checkAfter: 'the new agent is ready and the node has loaded what it writes',
		undo: 're-creates that agent once cilium-config is as before',
		blastRadius: `one agent restarts: ${canary.name} keeps its connections; pods cannot start there for some seconds`,
		parameters: {expect: expectation(planning)},
	};
}

function endCanaryStep(planning: Planning, api: string): StepOf<'end-canary'> {
	return {
		id: 'end-canary',
		kind: 'end-canary',
		title: 'remove the settings of the first node alone',
		node: '',
		preview: {
			text: `Deletes the CiliumNodeConfig ${namespaceOf(planning)}/kubectl-hostport-canary: cilium-config says the same now.`,
			changes: [],
		},
		checkBefore: 'whether it is there',
		checkAfter: 'it is gone',
		undo: 'nothing to undo',
		blastRadius: 'none: agents read it when they start',
		parameters: {namespace: namespaceOf(planning), api},
	};
}

/** `set a=b, c=d; remove e`. */
function changesInWords(changes: KeyChanges): string {
	const set = Object.entries(changes).flatMap(([key, {to}]) => (to === null ? [] : [`${key}=${to}`]));
	const removed = Object.entries(changes).flatMap(([key, {to}]) => (to === null ? [key] : []));
	return [set.length > 0 ? `set ${set.join(', ')}` : '', removed.length > 0 ? `remove ${removed.join(', ')}` : '']
		.filter(Boolean)
		.join('; ');
}

function configMapStep(planning: Planning): StepOf<'patch-configmap'> {
	const configMap = planning.view.evidence.cilium?.configMap;
	const namespace = namespaceOf(planning);
	const listed = changesInWords(planning.changes);
	return {
		id: 'configmap',
		kind: 'patch-configmap',
		title: `${listed} in cilium-config`,
		node: '',
		preview: {
			text: `Patches configmap ${namespace}/${configMap?.name ?? ''}: ${listed}; nothing else in it.`,
			changes: fileChangesOf(planning, ''),
		},
		checkBefore: `nobody has changed it since this preview; ${chained(planning, 'no node has joined; portmap runs on every node at that moment; ')}the server accepts the patch in a dry run`,
		checkAfter: 'the keys read back as written',
		undo: 'puts the old values of these keys back, unless somebody changed them since',
		blastRadius: 'none by itself: agents read it when they start',
		parameters: {
			namespace,
			name: configMap?.name ?? '',
			changes: planning.changes,
			resourceVersion: configMap?.resourceVersion ?? '',
			seen: configMap?.data ?? {},
			chains: planning.choice.strategy === 'portmap',
		},
	};
}

function rollStep(planning: Planning, stale: readonly NodeView[]): StepOf<'roll-agents'> {
	const daemonSet = planning.view.evidence.cilium?.daemonSet;
	const name = daemonSet?.name ?? 'cilium';
	const maximum = daemonSet?.maxUnavailable ?? '1';
	const isAll = stale.length === 0;
	const isByHand = !isAll || daemonSet?.updateStrategy === 'OnDelete';
	const whose = isAll ? 'of every node' : `of ${stale.map(node => node.name).join(', ')}`;
	return {
		id: 'agents',
		kind: 'roll-agents',
		title: isAll ? `restart ${name} on all nodes` : `re-create the agent of ${listOf(stale)}`,
		node: '',
		preview: {
			text: isByHand
				? `Deletes the agents' pods ${whose}, one after another, and awaits the new one each time.`
				: `Sets the annotation kubectl.kubernetes.io/restartedAt on daemonset ${namespaceOf(planning)}/${name}, as kubectl rollout restart does (${daemonSet?.updateStrategy ?? ''}, at most ${maximum} at a time).`,
			changes: [],
		},
		checkBefore: `whether they were restarted already by this run${chained(planning, '; portmap runs on every node at that moment')}`,
		checkAfter: 'every agent is new and ready',
		undo: !isAll
			? 'nothing to undo'
			: isByHand
				? 're-creates them once more, with the old settings'
				: 'puts the annotation back, which restarts them with the old settings',
		blastRadius: `at most ${isByHand ? '1' : maximum} agents restart at a time: connections stay, pods cannot start on those nodes for some seconds`,
		parameters: {namespace: namespaceOf(planning), daemonSet: name, nodes: stale.map(node => node.name), leftOut: planning.leftOut.length},
	};
}

function awaitStep(planning: Planning, nodes: readonly NodeView[]): Step {
	const names = nodes.map(({name}) => name);
	const shared = {
		node: '',
		checkBefore: 'none',
		undo: 'waits until every node has loaded its old list again, and re-creates the agent where not',
		blastRadius: 'none: it only looks',
	};
	if (planning.choice.strategy === 'native') {
		return {
			...shared,
			id: 'native',
			kind: 'await-native',
			title: `see every agent serve hostPort`,
			preview: {text: 'Reads the status of every agent.', changes: []},
			checkAfter: 'every agent reports HostPort enabled',
			undo: 'nothing to undo',
			parameters: {nodes: names},
		};
	}

	const already = nodes.filter(node => node.chained === true).length;
	return {
		...shared,
		id: 'conflist',
		kind: 'await-conflist',
		title: 'see every node load the list with portmap',
		preview: {text: 'Reads the CNI folder of every node. The agents write this:', changes: distinct(planning)},
		checkAfter: 'the file that the runtime loads names portmap on every node; no node has joined without the binary',
		parameters: {nodes: names, form: 'portmap', before: already === nodes.length ? 'portmap' : already === 0 ? 'plain' : 'mixed'},
	};
}

/** A thousand nodes with the same file are shown once. */
function distinct({fileChanges}: Planning): Planning['fileChanges'] {
	const seen = new Set<string>();
	return fileChanges.filter(({node, path, current, needed}) => {
		const key = JSON.stringify([path, current, needed]);
		if (node === '' || seen.has(key)) return false;
		seen.add(key);
		return true;
	});
}

function testPodStep(planning: Planning, node: NodeView): StepOf<'test-pod'> {
	const hostPort = freeHostPort(planning.view.evidence, node.node);
	return {
		id: `test-pod/${node.name}`,
		kind: 'test-pod',
		title: `prove it with a test pod on ${node.name}`,
		node: node.name,
		preview: {text: `Creates a small pod with hostPort ${hostPort} on ${node.name}, connects to it, and deletes it.`, changes: []},
		checkBefore: 'none',
		checkAfter: 'the port answers from the node itself',
		undo: 'deletes the pod',
		blastRadius: 'one pod for some seconds',
		parameters: {
			namespace: namespaceOf(planning),
			image: node.node.agent?.image || planning.view.evidence.cilium?.daemonSet?.image || '',
			hostPort,
			address: node.node.addresses.find(({type}) => type === 'InternalIP')?.address ?? '',
		},
	};
}
