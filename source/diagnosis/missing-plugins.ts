import type {LoadedFile} from '../cilium/loaded-file.ts';
import type {NodeEvidence} from '../evidence/evidence.ts';
import type {PortmapBinary} from './portmap-binary.ts';

/**
 * Plugins other than portmap that the runtime will call and cannot find, proved by the listing of the one folder that it
 * searches: those of the loaded file, and containerd's own `loopback` (go-cni, up to containerd 1.x).
 */
export function missingPlugins(node: NodeEvidence, loaded: LoadedFile | undefined, {folder}: PortmapBinary): readonly string[] {
	const {binaryFolder, runtime, errors} = node.observation ?? {};
	// A listing that was cut proves no lack.
	const isWhole = !(errors ?? []).some(error => error.startsWith('CNI binary folder:'));
	if (!binaryFolder || loaded === undefined || binaryFolder.host !== folder || (runtime?.binaryFolders.length ?? 0) > 1 || !isWhole) {
		return [];
	}

	const names = new Set(binaryFolder.files.map(({name}) => name));
	const called = [...loaded.plugins, ...(node.containerRuntime.startsWith('containerd://1.') ? ['loopback'] : [])];
	return [...new Set(called)].filter(plugin => plugin !== 'portmap' && !names.has(plugin));
}
