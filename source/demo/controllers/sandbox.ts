import {stat} from 'node:fs/promises';
import path from 'node:path';
import {nextPodAddress, type DemoNode} from '../node/demo-node.ts';
import type {NodeFolders} from '../node/node-folder.ts';
import {mappedPorts, sandboxId} from '../node/port-mappings.ts';
import type {Pod} from '../objects/kubernetes-types.ts';

/**
 * What the container runtime does to the network of a pod: calls the plugins of the list that lies on the node now. With
 * portmap in the list and no binary no pod starts or stops; without portmap no hostPort is wired.
 */
export type Wired = {readonly podIP: string} | 'plugin-missing';

/** Adds a pod's sandbox as the runtime does by the node's CNI file. @throws where a plugin is missing */
export async function addSandbox(folders: NodeFolders, node: DemoNode, pod: Pod): Promise<Wired> {
	if (pod.spec.hostNetwork === true) return {podIP: node.address};
	const chained = await folders.callsPortmap(node);
	if (chained && !(await folders.findsPortmap(node))) return 'plugin-missing';
	const ports = mappedPorts(pod);
	const mapping = {sandbox: sandboxId(pod.metadata.uid ?? ''), podIP: nextPodAddress(node), ports};
	if (ports.length > 0) node.hostPorts.set(pod.metadata.uid ?? '', mapping);
	if (ports.length > 0 && chained) node.wired.set(pod.metadata.uid ?? '', mapping);
	return {podIP: mapping.podIP};
}

/** With a plain list portmap is not called, and its rules stay: containerd uses the list of now, not of then. */
export async function removeSandbox(folders: NodeFolders, node: DemoNode, pod: Pod): Promise<'removed' | 'plugin-missing'> {
	if (pod.spec.hostNetwork === true) return 'removed';
	const chained = await folders.callsPortmap(node);
	if (chained && !(await folders.findsPortmap(node))) return 'plugin-missing';
	node.hostPorts.delete(pod.metadata.uid ?? '');
	if (chained) node.wired.delete(pod.metadata.uid ?? '');
	return 'removed';
}

/** The first hostPath volume of type Directory whose folder the node does not have. */
export async function missingHostPath(folders: NodeFolders, node: DemoNode, pod: Pod): Promise<{volume: string; path: string} | undefined> {
	for (const {name, hostPath} of pod.spec.volumes ?? []) {
		if (hostPath?.type !== 'Directory') continue;
		const place = path.join(await folders.open(node), path.posix.normalize(`/${hostPath.path}`));
		const found = await stat(place).catch(() => undefined);
		if (!found?.isDirectory()) return {volume: name, path: hostPath.path};
	}
	return undefined;
}
