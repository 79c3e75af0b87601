import {isTrue} from '../../cilium/keys.ts';
import type {Finding, Proof} from '../diagnosis.ts';
import type {NodeView} from '../node-view.ts';
import {hiddenList, isForeignFile, isUnreadable, pathlessCode, pathlessFinding} from '../pathless.ts';
import {configMapProofs, loadedFileProofs} from '../proofs.ts';
import type {View} from '../view.ts';
import {alike, nodesInTitle} from '../wording.ts';
import type {Cause} from './cause.ts';

/** Another CNI file sorts before Cilium's own, or Cilium was told to leave the folder alone. */
export const hp05: Cause = {
	code: 'HP05',
	find: view => [...emptyFolders(view), ...deadNodes(view), ...unreadableFiles(view), ...foreignFiles(view)],
};

function deadNodes(view: View): Finding[] {
	return pathlessFinding(view, 'HP05', nodes => ({
		what: nodes.some(isFirst)
			? `${loadedNames(nodes)} is loaded before ${nodes.map(hiddenList).find(Boolean) ?? "Cilium's own file"} and names no portmap`
			: 'cilium-config asks for portmap, but custom-cni-conf makes Cilium leave the CNI folder alone',
		remedy: nodes.some(isFirst)
			? `Read ${loadedNames(nodes)}, then move it away (rename it to end in .bak); the runtime then loads the next by name.`
			: 'Add portmap to the CNI file where it is made, or set custom-cni-conf to false.',
		repairable: false,
		because: [...otherFileProofs(nodes), ...configMapProofs(view, ['custom-cni-conf', 'cni-exclusive'])],
	}));
}

function isFirst(node: NodeView): boolean {
	return isForeignFile(node) || hiddenList(node) !== undefined;
}

/** Nothing to load: files that were renamed away, or none. While the agent is not ready that is its doing (HP24). */
function emptyFolders(view: View): Finding[] {
	const nodes = view.judged.filter(
		({withoutConfiguration, node}) => withoutConfiguration && node.agent?.ready !== false && node.agent !== null,
	);
	return nodes.length === 0
		? []
		: [
				{
					code: 'HP05',
					severity: 'error',
					nodes: nodes.map(({name}) => name),
					hostPorts: unwiredHostPorts(view, nodes),
					title: `no pod can start on ${nodesInTitle(nodes)}: the runtime finds no CNI configuration to load`,
					because: [
						...loadedFileProofs(nodes),
						...otherFileProofs(nodes),
						...alike(nodes, ({node}) => (node.ready === false ? {source: 'node', says: node.readyMessage} : undefined)),
						...configMapProofs(view, ['custom-cni-conf', 'cni-exclusive']),
					],
					remedy:
						'Find out who empties the folder, then let Cilium write its file: with custom-cni-conf it is yours to put back, else make the agent pod anew.',
					repairable: false,
				},
			];
}

function unwiredHostPorts(view: View, nodes: readonly NodeView[]): string[] {
	return nodes
		.flatMap(node => view.hostPortsOf(node))
		.filter(({diagnosis}) => diagnosis.state !== 'wired')
		.map(({name}) => name);
}

/** The other file does no harm to hostPort yet, or not alone; but whoever changes cilium-config changes nothing. */
function foreignFiles(view: View): Finding[] {
	const nodes = view.judged.filter(
		node =>
			isForeignFile(node) &&
			node.loaded?.problem === '' &&
			pathlessCode(view, node) !== 'HP05' &&
			!isTrue(node.settings?.['custom-cni-conf']),
	);
	if (nodes.length === 0 || view.evidence.cilium === null) {
		return [];
	}

	return [
		warning(nodes, {
			title: `${loadedNames(nodes)} decides on ${nodesInTitle(nodes)}, not the file that Cilium writes`,
			because: [...loadedFileProofs(nodes), ...otherFileProofs(nodes), ...configMapProofs(view, ['custom-cni-conf', 'cni-exclusive'])],
			remedy: `A change of cilium-config has no effect on pods there until ${loadedNames(nodes)} is moved away. Find out who writes it first.`,
		}),
	];
}

/** A first file that is no CNI configuration: containerd then refuses the whole folder, other runtimes may pass it over. */
function unreadableFiles(view: View): Finding[] {
	const nodes = view.judged.filter(isUnreadable);
	const isDown = nodes.some(({node}) => node.ready === false);
	return nodes.length === 0
		? []
		: [
				{
					...warning(nodes, {
						title: `${loadedNames(nodes)} on ${nodesInTitle(nodes)} is first by name and is no valid CNI configuration`,
						because: [
							...loadedFileProofs(nodes),
							...otherFileProofs(nodes),
							...alike(nodes, ({node}) => (node.ready === false ? {source: 'node', says: node.readyMessage} : undefined)),
						],
						remedy: `Repair or move away ${loadedNames(nodes)}: containerd refuses the folder because of it, and no pod starts.`,
					}),
					severity: isDown ? 'error' : 'warning',
					hostPorts: unwiredHostPorts(view, nodes),
				},
			];
}

function warning(nodes: readonly NodeView[], words: Pick<Finding, 'title' | 'because' | 'remedy'>): Finding {
	return {code: 'HP05', severity: 'warning', nodes: nodes.map(({name}) => name), hostPorts: [], ...words, repairable: false};
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
