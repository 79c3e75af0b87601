import type {Proof} from '../diagnosis.ts';
import {finding, type Found, hostPortsOn} from '../finding.ts';
import type {NodeView} from '../node-view.ts';
import {providerOf} from '../ownership.ts';
import {refusedCniVersions} from '../asked-cni-versions.ts';
import {isNotTakenAsWritten, pathlessFinding, wantsPortmap} from '../pathless.ts';
import {stopsPods} from '../portmap-binary.ts';
import {configMapName, configMapProofs} from '../proofs.ts';
import {isBefore} from '../time.ts';
import type {View} from '../view.ts';
import {nodesInTitle} from '../wording.ts';
import {defineCause} from './cause.ts';

/** cilium-config is right, but the agents run with what it said before: they read it only when their pod is made. */
export const hp03 = defineCause({
	code: 'HP03',
	title: 'cilium-config is right, but the agents do not run with it',
	meaning:
		'Agents read cilium-config when they start. A change of the ConfigMap, even by `helm upgrade`, restarts nothing (`rollOutCiliumPods` is off by default). Since 1.13 an init container copies the values, so restarting only the container keeps the old ones.',
	proof: [
		'`cilium-config` asks for a strategy that works',
		'the agent pod started before the last change of the ConfigMap',
		'`cilium status`, the options in the agent’s log or the CNI file show the old values',
		'or the mode is written in capital letters, which only 1.15 and later take, and the node does not chain',
	],
	toldApart: ['HP06: there the agent is newer than the change and still differs', 'HP01: there cilium-config itself asks for nothing'],
	cure: ['Restart the agent pods, node by node. With `cni-chaining-mode: portmap`, only after portmap is on every node (HP02).'],
	falseLeads: [
		'The ConfigMap shows what is wanted, not what runs. `cilium-dbg config --all` and the agent’s first log lines show what runs.',
	],
	sources: ['aws/eks-anywhere-build-tooling#4330', 'Cilium Helm chart: `rollOutCiliumPods`, init container `config` (from 1.13)'],
	ofWholePort: true,
	find: view => [...deadNodes(view), ...likelyNodes(view)],
});

function deadNodes(view: View): Found[] {
	return pathlessFinding(view, 'not-taken', nodes => ({
		what: nodes.some(isNotTakenAsWritten)
			? 'cni-chaining-mode must be written in lower case'
			: 'the agents do not run with cilium-config yet',
		remedy: nodes.some(isNotTakenAsWritten)
			? `Write cni-chaining-mode: portmap in lower case. ${remedyFor(view, nodes)}`
			: remedyFor(view, nodes),
		repairable: true,
		because: timeProofs(view, nodes),
	}));
}

/** Without a look at the nodes: agents older than the last change of a ConfigMap that is right now. */
function likelyNodes(view: View): Found[] {
	const nodes = view.judged.filter(
		node =>
			!node.proved && node.observation === undefined && node.agentIsOlder === true && (node.path === 'portmap' || node.path === 'native'),
	);
	return finding({
		severity: 'warning',
		nodes,
		hostPorts: hostPortsOn(view, nodes),
		title: `the agents on ${nodesInTitle(nodes)} may not run with cilium-config: they are older than its last change`,
		because: [...timeProofs(view, nodes), ...configMapProofs(view)],
		remedy: 'Read the nodes: kubectl hostport check needs permission to exec into the agents, or --via ssh.',
		repairable: providerOf(view) === '',
	});
}

function remedyFor(view: View, nodes: readonly NodeView[]): string {
	return nodes.some(node => wantsPortmap(node) && (stopsPods(node.binary) || refusedCniVersions(node, view).length > 0))
		? 'Do not restart the agents yet: not every node has a portmap that this Cilium can call, and without it no pod can start. kubectl hostport fix installs it first, then restarts the agents.'
		: 'Run kubectl hostport fix: it restarts the agent pods node by node. Restarting only the container keeps the old values since 1.13.';
}

function timeProofs(view: View, nodes: readonly NodeView[]): Proof[] {
	const configMap = view.evidence.cilium?.configMap;
	const older = nodes.filter(({agentIsOlder}) => agentIsOlder === true).slice(0, 1);
	return older.flatMap(({name, node: {agent}}) =>
		isBefore(agent?.startedAt, configMap?.lastChanged)
			? [
					{source: configMapName(view), says: `last changed ${configMap?.lastChanged ?? ''}`},
					{source: `agent pod on ${name}`, says: `started ${agent?.startedAt ?? ''}, before that change`},
				]
			: [
					{
						source: configMapName(view),
						says: `resourceVersion ${configMap?.resourceVersion ?? ''}: written after the agent pod on ${name} last changed (${agent?.resourceVersion ?? ''})`,
					},
				],
	);
}
