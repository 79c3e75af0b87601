import {askedCniVersions} from '../diagnosis/asked-cni-versions.ts';
import type {NodeView} from '../diagnosis/node-view.ts';
import {configuredFolders} from '../diagnosis/portmap-binary.ts';
import type {Planning} from './planning.ts';
import type {BinaryPlace, Warning} from './plan.ts';

/** Every node that the repair concerns, with what its runtime asks of portmap; none by the native way. */
export function binaryPlaces({choice, nodes, view}: Planning): BinaryPlace[] {
	if (choice.strategy !== 'portmap') return [];
	const volumes = view.evidence.cilium?.daemonSet?.hostPaths ?? [];
	return nodes.map(node => ({node: node.name, folder: binaryFolderOf(node, volumes), cniVersions: askedCniVersions(node, view)}));
}

/**
 * The folder that the runtime of a node searches. The words of an event are its own truth, yet a tenant may write events:
 * a folder from there counts only if it is of the form that CNI folders have.
 */
export function binaryFolderOf(
	{binary, node, observation}: NodeView,
	volumes: ReadonlyArray<{readonly volume: string; readonly host: string}>,
): string {
	const configured = configuredFolders(node);
	const known = configured[0] ?? observation?.binaryFolder?.host ?? volumes.find(({volume}) => volume === 'cni-path')?.host;
	const isFromEvent = binary.folder !== '' && binary.folder !== known && !configured.includes(binary.folder);
	if (binary.folder !== '' && (!isFromEvent || isLikeCniFolder(binary.folder))) return binary.folder;
	return known ?? '/opt/cni/bin';
}

const isLikeCniFolder = (folder: string): boolean =>
	/^\/(?:[\w.-]+\/)*(?:cni|cni\/bin|kubernetes\/bin)$/.test(folder) && !folder.includes('..');

/** What an init container of the agents puts there is what stays: at the next start of an agent it replaces ours. */
export function installerWarning({view}: Planning): Warning[] {
	const installer = view.evidence.cilium?.daemonSet?.portmapInstaller ?? '';
	if (installer === '') return [];
	return [
		{
			message: `The agents' init container ${installer} puts its own portmap on the node each time an agent starts`,
			hint: 'It replaces the one that this repair puts there: its version is the one that stays.',
		},
	];
}
