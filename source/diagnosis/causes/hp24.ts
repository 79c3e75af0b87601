import type {HostPortPod} from '../../evidence/evidence.ts';
import {otherFaultStops, stopped} from '../failing-starts.ts';
import {finding, type Found, hostPortsOn} from '../finding.ts';
import type {NodeView} from '../node-view.ts';
import {lackOfPlugins} from '../missing-plugins.ts';
import {configurationFolderOf} from '../../cilium/agent-volumes.ts';
import {isForeignFile} from '../foreign-file.ts';
import {isRefused, isWithoutNetwork} from '../pathless.ts';
import {installerOf} from '../plugin-installers.ts';
import {loadedFileProofs} from '../proofs.ts';
import {startFailure} from '../start-failures.ts';
import {isOfOtherFolder, isOtherFault, isPortHeld, stopsEveryPod, type SandboxEvent} from '../sandbox-events.ts';
import {selinuxDenial} from '../selinux.ts';
import type {View} from '../view.ts';
import {alike, nodesInTitle, some} from '../wording.ts';
import {agentsDown, agentsMissing} from './agents-down.ts';
import {defineCause} from './cause.ts';

/** Pods do not start, or the agent does not run, for a reason that is not portmap's. */
export const hp24 = defineCause({
	code: 'HP24',
	title: 'Pods do not start for another reason',
	meaning:
		'Sandboxes fail, or the Cilium agent does not run, but not because of portmap. It is reported so that nobody mistakes it for a hostPort fault.',
	proof: [
		'event `FailedCreatePodSandBox` of a pod that still waits, whose last `plugin type=` is another plugin; the word portmap anywhere else proves nothing, because Cilium’s chained network is itself named portmap',
		'event `failed to find plugin "cilium-cni" in path [/usr/libexec/cni]`, with the plugin in another folder: both must use one',
		'a plugin that the file names (`cilium-cni`), one that such a plugin starts itself (`bridge` of flannel, what `ipam` names), or the runtime’s own `loopback`, is not in the folder that the runtime searches',
		'the node is NotReady and reports that its runtime has no network for pods, and nothing that was read explains it',
		'the agent pod of the node is not ready, or there is none beside nodes that have one',
		'`cilium-config` holds a value of `kube-proxy-replacement` that this version does not take',
	],
	toldApart: ['HP02: there the event names portmap as the plugin that is missing or cannot be run', 'HP30: there portmap itself fails'],
	cure: [
		'Read the event and the agent’s log. With `strict` or `true` a failed kernel probe ends the agent: see the log of its previous run.',
	],
	falseLeads: ['An agent that is starting prints the same sandbox errors for some seconds.'],
	sources: ['flannel-io/flannel#1432', 'Cilium source: daemon/cmd/kube_proxy_replacement.go'],
	find: view => [
		...agentsDown(view),
		...pluginsMissing(view),
		...agentsMissing(view),
		...networkNotReady(view),
		...olderLists(view),
		...stoppedByPortmap(view),
		...otherEvents(view),
	],
});

/** A plugin of Cilium's own file, or the runtime's own, that the runtime does not find. Of another file it is that file's fault (HP05). */
function pluginsMissing(view: View): Found[] {
	const nodes = view.judged.filter(node => node.missingPlugins.length > 0 && !isForeignFile(node));
	return [...Map.groupBy(nodes, node => lackOfPlugins(node, view).says)].flatMap(([says, group]) =>
		finding({
			severity: 'error',
			nodes: group,
			hostPorts: hostPortsOn(view, group).filter(({diagnosis}) => diagnosis.state === 'unwired'),
			title: `no pod can start or stop on ${nodesInTitle(group)}: the runtime does not find ${some([...new Set(group.flatMap(({missingPlugins}) => missingPlugins))].sort())}`,
			because: [
				{source: `CNI plugins on ${nodesInTitle(group)}`, says},
				...loadedFileProofs(group),
				...alike(group, ({observation, missingPlugins}) => {
					const {host = '', files = []} = observation?.binaryFolder ?? {};
					const names = files.map(({name}) => name);
					const lacking = missingPlugins.filter(plugin => !names.includes(plugin)).map(plugin => `no ${plugin}`);
					const there = `there are ${names.join(', ') || 'no files'}`;
					return host === '' ? undefined : {source: host, says: lacking.length === 0 ? there : `${lacking.join(', ')}; ${there}`};
				}),
				...group.slice(0, 3).flatMap(firstOther),
			],
			remedy: remedyForMissing(group, view),
			verdict: () => stopped(says),
		}),
	);
}

/** A plugin that lies elsewhere is no lack: the folders differ. Else whoever brings it has to bring it again. */
function remedyForMissing(nodes: readonly NodeView[], view: View): string {
	const names = [...new Set(nodes.flatMap(({missingPlugins}) => missingPlugins))].sort();
	return nodes.some(node => lackOfPlugins(node, view).isElsewhere)
		? 'Make both use one folder: set the runtime’s CNI binary folder (containerd bin_dirs, CRI-O plugin_dirs) to the one that Cilium installs into, or set cni.binPath of Cilium’s chart to the one that the runtime searches.'
		: [...new Set(names.map(installerOf))].join(' ');
}

/** The node itself says that its runtime has no network for pods, and nothing that was seen explains it. It may be over by now. */
function networkNotReady(view: View): Found[] {
	const nodes = view.judged.filter(isWithoutNetwork);
	const isAsked = nodes.every(({observation}) => observation !== undefined);
	return finding({
		severity: 'warning',
		nodes,
		title: `${nodesInTitle(nodes)} ${nodes.length === 1 ? 'says' : 'say'} that no pod can get a network; ${isAsked ? 'the reason was not found' : 'the reason is not known'}`,
		because: [...alike(nodes, ({node}) => ({source: 'node', says: node.readyMessage})), ...loadedFileProofs(nodes)],
		remedy: isAsked
			? 'Run check again in a minute. If it stays, read the log of the container runtime: it tells what it refuses in the CNI folder.'
			: `Check on the node that the container runtime reads ${configurationFolderOf(view.evidence.cilium?.daemonSet?.hostPaths) ?? '/etc/cni/net.d'}, where Cilium writes its CNI file (containerd: conf_dir; CRI-O: network_dir), and that a file is there. Run kubectl hostport check with --via ssh to compare both, and read the log of the container runtime.`,
		verdict: ({node}) => ({verdict: 'unknown', reason: `whether pods start: ${node.readyMessage}`}),
	});
}

/** The runtime asks for portmap, which the file of its folder does not name and did not name at that time: it runs with another list than that. */
function olderLists(view: View): Found[] {
	const asking = view.judged.flatMap(node => {
		const event =
			node.chained === false && node.binary.state !== 'working' ? node.events.find(each => isAskingForPortmap(each, node)) : undefined;
		return event === undefined ? [] : [{node, event}];
	});
	const nodes = asking.map(({node}) => node);
	const [first] = nodes;
	return finding({
		severity: 'error',
		nodes,
		hostPorts: asking.flatMap(({node, event}) => view.hostPortsOf(node).filter(({pod}) => isStartOf(pod, event))),
		title: `pods fail to start on ${nodesInTitle(nodes)}: the runtime calls portmap, ${first?.loaded?.file.name ?? 'no CNI file'} does not`,
		because: [
			...loadedFileProofs(nodes),
			...asking.slice(0, 3).map(({node, event: {object, message}}) => ({source: `event of ${object} on ${node.name}`, says: message})),
		],
		remedy:
			'Restart the container runtime on these nodes: it may still run with an older CNI config. If it stays, the runtime reads another folder, or Multus adds a network with portmap to these pods.',
		verdict: ({binary}) => ({
			verdict: 'degraded',
			reason: `a pod fails to start: the runtime calls portmap${binary.file === undefined ? ', which is missing' : ''}`,
		}),
	});
}

/** Pods from before a change back are torn down with the list that they were started with, which the runtime keeps (libcni's cache). */
function stoppedByPortmap(view: View): Found[] {
	const found = view.judged.flatMap(node => {
		const event = node.events.find(({missingPlugin, moment}) => missingPlugin === 'portmap' && moment === 'kill');
		return event === undefined || node.chained !== false || node.binary.state === 'working' ? [] : [{node, event}];
	});
	const nodes = found.map(({node}) => node);
	const folders = [...new Set(found.flatMap(({event}) => event.searched.slice(0, 1)))];
	return finding({
		severity: 'warning',
		nodes,
		title: `pods fail to stop on ${nodesInTitle(nodes)}: they were started with portmap, which is missing`,
		because: [
			...found.slice(0, 3).map(({node, event: {object, message}}) => ({source: `event of ${object} on ${node.name}`, says: message})),
			...loadedFileProofs(nodes),
		],
		remedy: `Install portmap in ${folders.join(' and ') || 'the folder of CNI binaries'} again until these pods have stopped: a pod is torn down with the CNI config that it was started with.`,
	});
}

function isAskingForPortmap({missingPlugin, moment, isOfThePast, lastSeen}: SandboxEvent, {loaded}: NodeView): boolean {
	return missingPlugin === 'portmap' && moment === 'create' && !isOfThePast && (lastSeen ?? 0) > (loaded?.file.modified ?? Infinity);
}

/** A pod with a hostPort that waits because of it is a hostPort that is dead: an error. */
function otherEvents(view: View): Found[] {
	// What the folders explain is said there, with this event as one of its proofs.
	const nodes = view.judged.filter(
		node =>
			node.missingPlugins.length === 0 &&
			!isRefused(node) &&
			selinuxDenial(node) === undefined &&
			node.events.some(isUnexplained) &&
			!(node.otherFolder !== undefined && node.events.filter(isUnexplained).every(isOfOtherFolder)),
	);
	const failing = nodes.flatMap(node => {
		const event = node.events.find(isUnexplained);
		return event === undefined ? [] : [{node, ...startFailure(event)}];
	});
	return [...Map.groupBy(failing, ({what, remedy}) => `${what}\n${remedy}`).values()].flatMap(group => {
		const those = group.map(({node}) => node);
		const [{what, remedy} = {what: '', remedy: ''}] = group;
		const dead = those.flatMap(node =>
			view
				.hostPortsOf(node)
				.filter(
					({pod, diagnosis}) => diagnosis.state === 'unwired' && node.events.some(event => isUnexplained(event) && isStartOf(pod, event)),
				),
		);
		const isForAll = those.some(({events, loaded}) => events.some(event => isUnexplained(event) && stopsEveryPod(event, loaded)));
		return finding({
			severity: dead.length > 0 || isForAll ? 'error' : 'warning',
			nodes: those,
			hostPorts: dead,
			title: `pods fail to ${momentsOf(those)} on ${nodesInTitle(those)}: ${what}`,
			because: those.slice(0, 3).flatMap(firstOther),
			remedy,
			verdict: otherFaultStops,
		});
	});
}

/** `start`, `stop` or both, by the events. */
function momentsOf(nodes: readonly NodeView[]): string {
	const moments = new Set(nodes.flatMap(({events}) => events.filter(isUnexplained).map(({moment}) => moment)));
	return (['create', 'kill'] as const)
		.flatMap(moment => (moments.has(moment) ? [moment === 'create' ? 'start' : 'stop'] : []))
		.join(' or ');
}

/** A fault of which no other finding tells. */
function isUnexplained(event: SandboxEvent): boolean {
	return isOtherFault(event) && !isPortHeld(event);
}

function isStartOf({namespace, name}: HostPortPod, {object, moment}: SandboxEvent): boolean {
	return moment === 'create' && object === `${namespace}/Pod/${name}`;
}

function firstOther({events, name}: NodeView): Array<{source: string; says: string}> {
	return events
		.filter(isUnexplained)
		.slice(0, 1)
		.map(({object, message}) => ({source: `event of ${object} on ${name}`, says: message}));
}
