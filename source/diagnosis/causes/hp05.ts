import {isTrue} from '../../cilium/keys.ts';
import type {Finding, Proof} from '../diagnosis.ts';
import type {NodeView} from '../node-view.ts';
import {isForeignFile, pathlessCode, pathlessFinding} from '../pathless.ts';
import {configMapProofs, loadedFileProofs} from '../proofs.ts';
import type {View} from '../view.ts';
import {alike, nodesInTitle} from '../wording.ts';
import type {Cause} from './cause.ts';

/** Another CNI file sorts before Cilium's own, or Cilium was told to leave the folder alone. */
export const hp05: Cause = {code: 'HP05', find: view => [...deadNodes(view), ...foreignFiles(view), ...unreadableFiles(view)]};

function deadNodes(view: View): Finding[] {
	return pathlessFinding(view, 'HP05', nodes => ({
		what: nodes.some(isForeignFile)
			? `${loadedNames(nodes)} is loaded before Cilium's own file and names no portmap`
			: 'cilium-config asks for portmap, but custom-cni-conf makes Cilium leave the CNI folder alone',
		remedy: nodes.some(isForeignFile)
			? `Read ${loadedNames(nodes)}, then move it away (rename it to end in .bak); the runtime then loads Cilium's file.`
			: 'Add portmap to the CNI file where it is made, or set custom-cni-conf to false.',
		repairable: false,
		because: configMapProofs(view, ['custom-cni-conf', 'cni-exclusive']),
	}));
}

/** The other file does no harm to hostPort yet, or not alone; but whoever changes cilium-config changes nothing. */
function foreignFiles(view: View): Finding[] {
	const nodes = view.judged.filter(
		node =>
			isForeignFile(node) && node.loaded?.problem === '' && pathlessCode(node) !== 'HP05' && !isTrue(node.settings?.['custom-cni-conf']),
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
	const nodes = view.judged.filter(({loaded}) => loaded?.problem === 'not-json' || loaded?.problem === 'no-plugins');
	return nodes.length === 0
		? []
		: [
				warning(nodes, {
					title: `${loadedNames(nodes)} on ${nodesInTitle(nodes)} is first by name and is no valid CNI configuration`,
					because: [...loadedFileProofs(nodes), ...otherFileProofs(nodes)],
					remedy: `Repair or move away ${loadedNames(nodes)}: a runtime may refuse the folder because of it.`,
				}),
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
