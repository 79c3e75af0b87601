import type {NodeView} from '../diagnosis/node-view.ts';
import {configuredFolders} from '../diagnosis/portmap-binary.ts';
import type {Planning} from './planning.ts';
import type {Plan, StepOf} from './plan.ts';

/** Every node that the repair concerns, with the folder in which its runtime looks for portmap; none by the native way. */
export function binaryPlaces({choice, nodes, view}: Planning): Plan['binaries'] {
	if (choice.strategy !== 'portmap') return [];
	const volumes = view.evidence.cilium?.daemonSet?.hostPaths ?? [];
	return nodes.map(node => ({node: node.name, folder: binaryFolderOf(node, volumes)}));
}

/** One step for each node on which portmap has not been seen to run in the folder that the runtime searches. */
export function binarySteps(planning: Planning): Array<StepOf<'put-binary'>> {
	const folders = new Map(binaryPlaces(planning).map(({node, folder}) => [node, folder]));
	return planning.nodes.flatMap(node => {
		const folder = folders.get(node.name);
		return folder === undefined || node.binary.state === 'working'
			? []
			: [binaryStep(node, folder, (planning.choice.sources ?? []).join(', '))];
	});
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

function binaryStep(node: NodeView, folder: string, source: string): StepOf<'put-binary'> {
	const target = `${folder}/portmap`;
	return {
		id: `binary/${node.name}`,
		kind: 'put-binary',
		title: `put portmap on ${node.name}`,
		node: node.name,
		preview: {
			text: `${node.name}: ${target} from ${source || 'a source still to be chosen'}, mode 0755 (now: ${node.binary.says})`,
			changes: [],
		},
		checkBefore: `whether ${target} is there and answers CNI_COMMAND=VERSION`,
		checkAfter: 'size and sha256 on the node; it answers CNI_COMMAND=VERSION under its own name',
		undo: 'left in place: it does no harm, and pods that were wired with it need it to stop',
		blastRadius: 'one file on the node; nothing calls it yet',
		parameters: {folder, architecture: node.node.architecture || architectureOf(node.observation?.machine ?? '')},
	};
}

// `uname -m` to GOARCH (docs of containernetworking/plugins' releases).
function architectureOf(machine: string): string {
	return {x86_64: 'amd64', aarch64: 'arm64', armv7l: 'arm'}[machine] ?? machine;
}
