import type {LoadedFile} from '../cilium/loaded-file.ts';
import type {Observation} from '../evidence/evidence.ts';
import type {PortMapping} from './port-mappings.ts';
import {isSameFolder} from './same-folder.ts';

/** The runtime reads its CNI configuration in one folder, and Cilium writes its file into another: no pod is set up by it. */
export type OtherFolder = {
	/** As the runtime itself names it when it finds nothing there, else its own configuration; and what says so. */
	readonly runtime: string;
	readonly source: string;
	/** The folder that Cilium's DaemonSet mounts. */
	readonly cilium: string;
};

/**
 * Whether a folder is the one that Multus takes the network's own file from, while its own lies where the runtime looks: OpenShift's
 * `/run/multus/cni/net.d` (Multus, --multus-autoconfig-dir; Cilium's documentation for OpenShift).
 */
export const isReadByMultus = (folder = ''): boolean => folder.split('/').includes('multus');

/** The folder in which a runtime says that it finds no configuration: CRI-O (ocicni), containerd (go-cni) and libcni in their own words. */
function folderIn(words: string): string {
	return (
		/\bno (?:CNI configuration file|(?:valid )?networks|net(?:work)? config(?:uration)?s?)(?: found)? in (\/[^\s:"]*?)\/?[.:]?(?=[\s"]|$)/i.exec(
			words,
		)?.[1] ?? ''
	);
}

/**
 * Where the runtime looks elsewhere; undefined where both use one folder, one of them was not seen, or a rule of Cilium's own list shows
 * that the runtime does load it.
 * @param words what the runtime says now, as the node and events repeat it: they go before what its configuration seems to say
 */
export function otherFolder(
	observation: Observation | undefined,
	written: Pick<LoadedFile, 'network'> | undefined,
	mappings: readonly PortMapping[],
	words: readonly string[] = [],
): OtherFolder | undefined {
	const {configurationFolder: folder, runtime, facts = {}} = observation ?? {};
	const told = words.map(folderIn).find(Boolean) ?? '';
	const read = told || (runtime?.configurationFolder ?? '');
	if (!folder || read === '' || isSameFolder(read, folder.host, facts) || isReadByMultus(folder.host)) return undefined;
	const isRefuted = mappings.some(({network, position}) => network !== '' && network === written?.network && position !== undefined);
	return isRefuted
		? undefined
		: {runtime: read, source: told === '' ? (runtime?.source ?? '') : 'words of the runtime', cilium: folder.host};
}
