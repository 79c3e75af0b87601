import {installFolderOf} from '../../cilium/agent-volumes.ts';
import {askedCniVersions} from '../../diagnosis/asked-cni-versions.ts';
import type {NodeView} from '../../diagnosis/node-view.ts';
import {configuredFolders} from '../../diagnosis/portmap-binary.ts';
import type {Planning} from './planning.ts';
import type {BinaryPlace, Warning} from './plan.ts';

/** Every node that the repair concerns, with what its runtime asks of portmap; none by the native way. */
export function binaryPlaces({choice, nodes, view}: Planning): BinaryPlace[] {
	if (choice.strategy !== 'portmap') return [];
	const volumes = view.evidence.cilium?.daemonSet?.hostPaths ?? [];
	return nodes.map(node => ({node: node.name, folder: binaryFolderOf(node, volumes), cniVersions: askedCniVersions(node, view)}));
}

/**
 * Whether a folder is one where runtimes and distributions have their CNI binaries when they are not told otherwise, and no
 * tenant has files: containerd, CRI-O, Debian and Fedora, GKE, OpenShift, k3s and RKE2, MicroK8s.
 */
export const isUsualFolder = (folder: string): boolean =>
	usualFolders.has(folder) || /^\/var\/lib\/rancher\/(?:k3s|rke2)\/data\/[\w-]+(?:\/bin)?$/u.test(folder);

const usualFolders: ReadonlySet<string> = new Set([
	'/opt/cni/bin',
	'/usr/lib/cni',
	'/usr/libexec/cni',
	'/usr/local/lib/cni',
	'/usr/local/libexec/cni',
	'/home/kubernetes/bin',
	'/opt/kubernetes/bin',
	'/var/lib/cni/bin',
	'/var/snap/microk8s/current/opt/cni/bin',
]);

/**
 * The folder that the runtime of a node searches. The words of an event are its own truth, yet a tenant may write events, and what lies
 * in this folder is run: one from there counts only if no tenant's files can be in it. A container's own are on the node too, below the
 * folders of runtime and kubelet, and end in whatever the tenant likes.
 */
export function binaryFolderOf(
	{binary, node, observation}: NodeView,
	volumes: ReadonlyArray<{readonly volume: string; readonly host: string}>,
): string {
	const configured = configuredFolders(node);
	const known = configured[0] ?? observation?.binaryFolder?.host ?? installFolderOf(volumes);
	const isFromEvent = binary.folder !== '' && binary.folder !== known && !configured.includes(binary.folder);
	if (binary.folder !== '' && (!isFromEvent || isUsualFolder(binary.folder))) return binary.folder;
	return known ?? '/opt/cni/bin';
}

/** What an init container of the agents puts there is what stays: at the next start of an agent it replaces ours. */
export function installerWarning({view}: Planning): Warning[] {
	const installer = view.evidence.cilium?.daemonSet?.portmapInstaller ?? '';
	if (installer === '') return [];
	return [
		{
			message: `The agents' init container ${installer} installs its own portmap each time an agent starts`,
			hint: 'It replaces the portmap of this repair: the version of the init container stays.',
		},
	];
}
