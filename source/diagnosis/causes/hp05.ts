import {isMultus} from '../../cilium/multus.ts';
import {isTrue} from '../../cilium/keys.ts';
import type {Proof} from '../diagnosis.ts';
import {isWithoutMappings, stopped, withoutMappings} from '../failing-starts.ts';
import {finding, type Found, hostPortsOn, notWiredOn} from '../finding.ts';
import {conflistRefusals} from '../conflist-refusals.ts';
import {lackOfPlugins} from '../missing-plugins.ts';
import type {NodeView} from '../node-view.ts';
import {foreignFileHint} from '../conflist-change.ts';
import {hiddenFile, isForeignFile, isOwnMade} from '../foreign-file.ts';
import {isExpected} from '../host-port-view.ts';
import {isRefused, isUnreadable, customConflistKey, pathlessFinding, pathlessReason, isUnreadyForNetwork, unwritten} from '../pathless.ts';
import {configMapProofs, loadedFileProofs} from '../proofs.ts';
import {isOfOtherFolder, isOtherFault} from '../sandbox-events.ts';
import type {View} from '../view.ts';
import {alike, consequence, nodesInTitle} from '../wording.ts';
import {defineCause} from './cause.ts';

/** Another CNI file sorts before Cilium's own, or Cilium was told to leave the folder alone. */
export const hp05 = defineCause({
	code: 'HP05',
	title: 'Another CNI file is loaded',
	meaning:
		'The runtime loads the first file by name among `.conf`, `.conflist` and `.json` (CRI-O the first of the network that `cni_default_network` names, where it is set). A file that sorts before `05-cilium` decides, whatever Cilium writes into its own. If the first file is not a valid configuration, or there is nothing to load, containerd refuses the folder and no pod starts. With `custom-cni-conf` Cilium does not write to the folder, so the chaining mode has no effect.',
	proof: [
		'sorted listing of the folder: the first file is not `05-cilium.conflist` (or `05-cilium.conf`)',
		'`custom-cni-conf` is true, or `read-cni-conf` names a list that Cilium copies',
		'the agent’s status says that it could not write its file',
		'a custom file names portmap without `capabilities.portMappings`, or a plugin that is not on the node',
		'the runtime’s own configuration (containerd, its imports, K3s, CRI-O, flags of cri-dockerd), or its own words in the node’s condition or an event, name another folder than the one that Cilium’s DaemonSet mounts, neither is a link to the other, and it is not the one that Multus takes the network’s file from (OpenShift)',
		'CRI-O’s `cni_default_network` names another network than Cilium’s file, or one that no file is of',
		'no file in the folder ends in `.conf`, `.conflist` or `.json` (only `*.cilium_bak`), or the first that does is not JSON',
		'it is a list and ends in `.conf` or `.json`, a single plugin and ends in `.conflist`, has no name, or a plugin without a type',
		'a value is of another kind than the runtime takes: a capability that is neither true nor false, a version that is no text',
		'portmap stands first in it: it refuses to be called before a plugin that has made the network',
		'rule comments bear another network’s name',
	],
	toldApart: [
		'HP03: there the first file is Cilium’s own and only old',
		'HP24: there the agent is not ready, and has not written its file yet',
	],
	cure: [
		'Find out who writes the other file. Move a file that is no longer needed away; Cilium’s own is then loaded, with `cni-chaining-mode: portmap`.',
		'Keep the file of Multus or of another network: add portmap to the conflist that it calls, at its source, and `capabilities.portMappings` to Multus’ own file. If you move it away, pods lose their other networks.',
		'A plugin that somebody added to Cilium’s own file (istio-cni, linkerd-cni) is removed by Cilium’s next write and has to be added again: `fix` refuses there.',
		'With `cni-exclusive: "true"` Cilium 1.14 and later renames all others; 1.10 to 1.13 delete other `*cilium*` files when the agent starts.',
	],
	falseLeads: ['Editing `05-cilium.conflist` by hand does not last: the agent overwrites it.'],
	sources: ['kubernetes-sigs/kubespray#12814', 'cilium/cilium#26760', 'cilium/cilium#30614', 'cilium/cilium#39695'],
	refuses: (view, strategy) => (strategy === 'portmap' ? conflistRefusals(view, 'list') : []),
	find: view => [
		...otherFolders(view),
		...emptyFolders(view),
		...deadNodes(view),
		...unreadableFiles(view),
		...foreignFiles(view),
		...withoutCapability(view),
		...unseenFiles(view),
	],
});

/** The runtime reads its CNI configuration elsewhere: nothing that Cilium writes, and no key of cilium-config, has an effect on pods. */
function otherFolders(view: View): Found[] {
	const nodes = view.judged.filter(({otherFolder}) => otherFolder !== undefined);
	return [
		...Map.groupBy(nodes, ({otherFolder}) => `the runtime reads ${otherFolder?.runtime ?? ''}, Cilium writes ${otherFolder?.cilium ?? ''}`),
	].flatMap(([says, group]) => {
		const hostPorts = notWiredOn(view, group);
		const {source = '', runtime = '', cilium = ''} = group[0]?.otherFolder ?? {};
		return finding({
			severity: hostPorts.length > 0 || group.some(node => node.asked === 'portmap' || isWithoutPods(node)) ? 'error' : 'warning',
			nodes: group,
			hostPorts,
			title: `Cilium's CNI file is not loaded on ${nodesInTitle(group)}: the runtime reads another folder`,
			because: [
				...alike(group, () => ({source, says: `the CNI configuration folder is ${runtime}`})),
				{source: 'mounts of the Cilium agent', says: `the CNI configuration folder is ${cilium}`},
				...loadedFileProofs(group),
				...alike(group.filter(isUnreadyForNetwork), ({node}) => ({source: 'node', says: node.readyMessage})),
				...group.slice(0, 3).flatMap(failedPod),
				...consequence(hostPorts),
			],
			remedy: `Make both use one folder: set cni.confPath of Cilium's chart to ${runtime} (and cni.binPath to the runtime's own), or the runtime's folder to ${cilium}; then restart the agents and the pods.`,
			verdict: node =>
				node.path === 'native' && !isWithoutPods(node)
					? undefined
					: {verdict: 'broken', reason: `Cilium's CNI file is not loaded: ${says}`},
		});
	});
}

/** The node or an event says that no pod gets a network there. */
function isWithoutPods(node: NodeView): boolean {
	return isUnreadyForNetwork(node) || node.events.some(event => isOtherFault(event) && event.moment === 'create' && isOfOtherFolder(event));
}

function deadNodes(view: View): Found[] {
	return pathlessFinding(view, 'other-file', nodes => ({
		what: nodes.some(isFirst) ? `${loadedNames(nodes)} comes first, without portmap` : keptList(nodes).what,
		remedy: nodes.some(isFirst) ? foreignListHints(nodes) : keptList(nodes).remedy,
		repairable: false,
		because: [
			...otherFileProofs(nodes),
			...alike(nodes, node => {
				const said = unwritten(node);
				return said === undefined ? undefined : {source: 'cilium status', says: `CNI file: ${said}`};
			}),
			...configMapProofs(view, ['custom-cni-conf', 'read-cni-conf', 'cni-exclusive']),
		],
	}));
}

/** The file is Cilium's own by its name, and yet not what cilium-config asks for. */
function keptList(nodes: readonly NodeView[]): {readonly what: string; readonly remedy: string} {
	const failure = nodes.map(unwritten).find(said => said !== undefined);
	if (nodes.some(node => customConflistKey(node) === undefined) && failure !== undefined) {
		return {
			what: 'the agent cannot write its CNI file',
			remedy:
				'Make the CNI folder writable for the agent (check for a read-only file system, a full disk, permissions, SELinux), then restart its pod.',
		};
	}

	return nodes.some(node => customConflistKey(node) === 'custom-cni-conf')
		? {
				what: 'custom-cni-conf makes Cilium skip the CNI folder',
				remedy: 'Add portmap to the CNI file at its source, or set custom-cni-conf to false.',
			}
		: {
				what: 'Cilium copies its CNI file from read-cni-conf',
				remedy: 'Add portmap to that file at its source (Helm: the ConfigMap that cni.configMap names), then restart the agents.',
			};
}

/** What to do about each list of somebody else's, said once where it is the same. */
function foreignListHints(nodes: readonly NodeView[]): string {
	return [...new Set(nodes.map(foreignFileHint))].slice(0, 3).join(' ');
}

function isFirst(node: NodeView): boolean {
	return isForeignFile(node) || hiddenFile(node) !== undefined;
}

/** Nothing to load: files that were renamed away, or none. While the agent is not ready that is its doing (HP24). */
function emptyFolders(view: View): Found[] {
	const nodes = view.judged.filter(
		({withoutConfiguration, node}) => withoutConfiguration && node.agent?.ready !== false && node.agent !== null,
	);
	return finding({
		severity: 'error',
		nodes,
		hostPorts: notWiredOn(view, nodes),
		title: `no pod can start on ${nodesInTitle(nodes)}: the runtime finds no CNI config to load`,
		because: [
			...loadedFileProofs(nodes),
			...otherFileProofs(nodes),
			...alike(nodes, ({node}) => (node.ready === false ? {source: 'node', says: node.readyMessage} : undefined)),
			...configMapProofs(view, ['custom-cni-conf', 'cni-exclusive']),
			...consequence(notWiredOn(view, nodes)),
		],
		remedy: nodes.some(({observation}) => (observation?.configurationFolder?.files ?? []).length > 0)
			? 'Set cni_default_network of CRI-O to the network of Cilium’s own file, or remove that key; then restart CRI-O.'
			: 'Find out what empties the folder, then restart the agent pod, which writes its file again; with custom-cni-conf restore the file yourself.',
	});
}

/** A file of somebody's own that names portmap and lets it have no mapping. */
function withoutCapability(view: View): Found[] {
	const nodes = view.judged.filter(node => isWithoutMappings(node) && isOwnMade(node));
	const dead = hostPortsOn(view, nodes).filter(({reason}) => reason === 'no-rule' || reason === 'not-reached');
	return finding({
		severity: dead.length > 0 ? 'error' : view.hostPorts.length === 0 ? 'info' : 'warning',
		nodes,
		hostPorts: dead,
		title: `new pods on ${nodesInTitle(nodes)} get no rules: ${loadedNames(nodes)} lacks capabilities.portMappings`,
		because: [...loadedFileProofs(nodes), ...otherFileProofs(nodes), ...configMapProofs(view, ['custom-cni-conf', 'cni-exclusive'])],
		remedy: `Add "capabilities": {"portMappings": true} to ${incapableNames(nodes)} in ${loadedNames(nodes)}, beside its "type", then restart the pods.`,
		verdict: node => withoutMappings(view, node),
	});
}

function incapableNames(nodes: readonly NodeView[]): string {
	return [...new Set(nodes.map(({loaded}) => loaded?.withoutPortMappings ?? ''))].sort().join(' and ');
}

/** A first file that is a link out of the folder: what the runtime finds there was not seen. */
function unseenFiles(view: View): Found[] {
	const nodes = view.judged.filter(node => node.loaded?.problem === 'link' && isForeignFile(node));
	return finding({
		severity: 'warning',
		nodes,
		title: `${loadedNames(nodes)} on ${nodesInTitle(nodes)} is loaded first and links to a file that was not read`,
		because: [
			...alike(nodes, ({loaded, observation}) => ({
				source: `${observation?.configurationFolder?.host ?? ''}/${loaded?.file.name ?? ''}`,
				says: `links to ${loaded?.file.linksTo ?? ''}`,
			})),
			...otherFileProofs(nodes),
		],
		remedy: `Check on the node whether it leads to a CNI config: files outside the folder are not read. If it leads nowhere, containerd refuses the folder: move ${loadedNames(nodes)} away.`,
	});
}

/** The other file does no harm to hostPort yet, or not alone; but whoever changes cilium-config changes nothing. */
function foreignFiles(view: View): Found[] {
	const nodes = view.judged.filter(
		node =>
			isForeignFile(node) &&
			node.loaded?.problem === '' &&
			(node.missingPlugins.length > 0 ||
				(node.loaded.withoutPortMappings === '' &&
					pathlessReason(view, node) !== 'other-file' &&
					!isTrue(node.settings?.['custom-cni-conf']))),
	);
	if (view.evidence.cilium === null) return [];
	const stopped = nodes.filter(({missingPlugins}) => missingPlugins.length > 0);
	const others = nodes.filter(node => !stopped.includes(node));
	// Multus in front is how it is meant, where what it calls maps every hostPort.
	const [meant, doubtful] = [others.filter(node => isMultusInOrder(view, node)), others.filter(node => !isMultusInOrder(view, node))];
	return [...withoutItsPlugin(view, stopped), ...decides(view, doubtful, 'warning'), ...decides(view, meant, 'info')];
}

function isMultusInOrder(view: View, node: NodeView): boolean {
	return (
		isMultus(node.loaded?.plugins[0]) &&
		// A runtime that maps by itself asks for no portmap behind it.
		(node.chained === true || node.path === 'runtime') &&
		view.hostPortsOf(node).every(hostPort => hostPort.diagnosis.state === 'wired' || !isExpected(hostPort))
	);
}

function decides(view: View, nodes: readonly NodeView[], severity: 'warning' | 'info'): Found[] {
	return finding({
		severity,
		nodes,
		title: `${loadedNames(nodes)} is loaded on ${nodesInTitle(nodes)} instead of the file that Cilium writes`,
		because: [...loadedFileProofs(nodes), ...otherFileProofs(nodes), ...configMapProofs(view, ['custom-cni-conf', 'cni-exclusive'])],
		remedy: `${foreignListHints(nodes)} A change of cilium-config does not change what ${loadedNames(nodes)} calls.`,
	});
}

/** The other file names a plugin that the node does not have: no pod starts or stops. */
function withoutItsPlugin(view: View, nodes: readonly NodeView[]): Found[] {
	const names = [...new Set(nodes.flatMap(({missingPlugins}) => missingPlugins))].sort();
	return finding({
		severity: 'error',
		nodes,
		hostPorts: notWiredOn(view, nodes),
		title: `no pod can start or stop on ${nodesInTitle(nodes)}: ${loadedNames(nodes)} calls ${names.length === 1 ? `the missing plugin ${names[0]}` : `${names.length} missing plugins`}`,
		because: [
			...loadedFileProofs(nodes),
			...otherFileProofs(nodes),
			...alike(nodes, ({binary, missingPlugins}) => ({source: binary.folder, says: `no ${missingPlugins.join(', no ')}`})),
			...consequence(notWiredOn(view, nodes)),
		],
		remedy: `Install ${names.join(' and ')}, or move ${loadedNames(nodes)} away; the runtime then loads the next file by name.`,
		verdict: node => stopped(lackOfPlugins(node, view).says),
	});
}

/**
 * A first file that is no CNI configuration. containerd then refuses the whole folder (go-cni, loadFromConfDir), as soon as it has
 * seen the file: it looks when something is written, not when an empty file is made. Other runtimes may pass it over.
 */
function unreadableFiles(view: View): Found[] {
	const nodes = view.judged.filter(isUnreadable);
	const isProved = nodes.some(isRefused);
	return finding({
		severity: isProved ? 'error' : 'warning',
		nodes,
		hostPorts: notWiredOn(view, nodes),
		title: `${loadedNames(nodes)} on ${nodesInTitle(nodes)} is not a valid CNI config${isProved ? ': no pod can start' : ''}`,
		because: [
			...loadedFileProofs(nodes),
			...otherFileProofs(nodes),
			...alike(nodes, ({node}) => (node.ready === false ? {source: 'node', says: node.readyMessage} : undefined)),
			...alike(nodes, refusal),
			...nodes.slice(0, 3).flatMap(failedPod),
		],
		remedy: nodes.every(node => !isOwnMade(node))
			? `Restart the agent pods there: they write ${loadedNames(nodes)} again. If it breaks again, find what else writes that file.`
			: `Repair or move away ${loadedNames(nodes)}; the runtime then loads the next by name.`,
		verdict: node => (isRefused(node) ? stopped(`${node.loaded?.file.name ?? ''} is not a valid CNI config`) : undefined),
	});
}

/** What the runtime says of a pod that could not start, as the file's own plugins make it say. */
function failedPod({events, name}: NodeView): Proof[] {
	return events
		.filter(({missingPlugin, isOfThePast}) => missingPlugin === '' && !isOfThePast)
		.slice(0, 1)
		.map(({object, message}) => ({source: `event of ${object} on ${name}`, says: message}));
}

function refusal({node, loaded}: NodeView): Proof | undefined {
	if (loaded?.problem === 'portmap-first') {
		return undefined;
	}

	return {
		source: 'container runtime',
		says: isContainerd(node)
			? `${node.containerRuntime} refuses the folder because of it${loaded?.file.content === '' ? ', once it has seen the empty file' : ''}`
			: `${node.containerRuntime || 'unknown'}: whether it passes the file over was not seen`,
	};
}

function isContainerd({containerRuntime}: NodeView['node']): boolean {
	return containerRuntime.startsWith('containerd://');
}

function loadedNames(nodes: readonly NodeView[]): string {
	return [...new Set(nodes.map(({loaded}) => loaded?.file.name ?? ''))]
		.filter(name => name !== '')
		.sort()
		.slice(0, 3)
		.join(', ');
}

function otherFileProofs(nodes: readonly NodeView[]): Proof[] {
	return alike(nodes, ({observation, loaded}) => {
		const folder = observation?.configurationFolder;
		const others = (folder?.files ?? []).map(({name}) => name).filter(name => name !== loaded?.file.name);
		return folder && others.length > 0 ? {source: folder.host, says: `also there: ${others.sort().slice(0, 6).join(', ')}`} : undefined;
	});
}
