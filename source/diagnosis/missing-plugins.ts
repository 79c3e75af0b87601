import {installFolderOf} from '../cilium/agent-volumes.ts';
import type {LoadedFile} from '../cilium/loaded-file.ts';
import type {NodeEvidence} from '../evidence/evidence.ts';
import type {NodeView} from './node-view.ts';
import type {PortmapBinary} from './portmap-binary.ts';
import {includesFolder, isSameFolder} from './same-folder.ts';
import type {SandboxEvent} from './sandbox-events.ts';
import type {View} from './view.ts';

/**
 * Which plugins are lacking and where the runtime looks, in one clause; `isElsewhere` where they are, or come to be, in another folder:
 * by a listing of it, or because the agents install `cilium-cni` and `loopback` there.
 */
export function lackOfPlugins(
	{missingPlugins: missing, events, binary, observation}: NodeView,
	{evidence}: View,
): {says: string; isElsewhere: boolean} {
	const told = events.find(({missingPlugin}) => missing.includes(missingPlugin))?.searched ?? [];
	const searched = told.length > 0 ? told : [binary.folder].filter(Boolean);
	const listing = observation?.binaryFolder;
	// The node's facts on links are of the folder that was listed.
	const isOther = (folder: string): boolean =>
		searched.length > 0 &&
		!includesFolder(searched, folder, listing && isSameFolder(listing.host, folder) ? observation?.facts : undefined);
	const names = missing.join(' and ');
	const are = missing.length > 1 ? 'are' : 'is';
	if (told.length > 0 && listing && isOther(listing.host) && listing.files.some(({name}) => missing.includes(name)))
		return {says: `${names} ${are} in ${listing.host}, but the runtime searches ${searched.join(', ')}`, isElsewhere: true};
	const installed = installFolderOf(evidence.cilium?.daemonSet?.hostPaths) ?? '';
	const ofCilium = missing.filter(name => name === 'cilium-cni' || name === 'loopback');
	return ofCilium.length > 0 && installed !== '' && isOther(installed)
		? {
				says: `Cilium installs ${ofCilium.join(' and ')} in ${installed}, but the runtime searches ${searched.join(', ')}`,
				isElsewhere: true,
			}
		: {says: `the CNI plugin${missing.length > 1 ? 's' : ''} ${names} ${are} not in ${searched.join(', ')}`, isElsewhere: false};
}

/**
 * Plugins other than portmap that the runtime calls and cannot find, to the effect that no pod starts: those of the loaded file, and
 * containerd's own `loopback` (go-cni; containerd 2 may do without, so there an event alone proves it, as seen on 2.2.9). Proved by the
 * listing of the one folder that the runtime searches, or by the runtime itself in an event.
 */
export function missingPlugins(
	node: NodeEvidence,
	loaded: LoadedFile | undefined,
	binary: PortmapBinary,
	events: readonly SandboxEvent[],
): readonly string[] {
	const called = [
		...(loaded?.plugins ?? []),
		...(loaded?.helpers ?? []),
		...(node.containerRuntime.startsWith('containerd://1.') ? ['loopback'] : []),
	];
	const calledByEvents = node.containerRuntime.startsWith('containerd://') ? [...called, 'loopback'] : called;
	return [...new Set([...byListing(node, loaded, binary, called), ...byEvents(node, loaded, calledByEvents, events)])];
}

function byListing(
	node: NodeEvidence,
	loaded: LoadedFile | undefined,
	{folder}: PortmapBinary,
	called: readonly string[],
): readonly string[] {
	const {binaryFolder, runtime, facts} = node.observation ?? {};
	if (
		!binaryFolder ||
		loaded === undefined ||
		!isSameFolder(folder, binaryFolder.host, facts) ||
		(runtime?.binaryFolders.length ?? 0) > 1 ||
		binaryFolder.partial === true
	) {
		return [];
	}

	const names = new Set(binaryFolder.files.map(({name}) => name));
	return called.filter(plugin => plugin !== 'portmap' && !names.has(plugin));
}

/**
 * A pod that is torn down is torn down by the conflist that it was started with (libcni caches it), so a plugin that is lacking there
 * stops every pod only where the conflist of today names it too. A file that came after the event, in a searched folder, refutes it.
 */
function byEvents(
	{observation}: NodeEvidence,
	loaded: LoadedFile | undefined,
	called: readonly string[],
	events: readonly SandboxEvent[],
): readonly string[] {
	const folder = observation?.binaryFolder;
	return events
		.filter(({missingPlugin, searched, isOfThePast, moment, lastSeen}) => {
			const file = folder?.files.find(({name}) => name === missingPlugin);
			const isThereNow =
				file !== undefined && includesFolder(searched, folder?.host ?? '', observation?.facts) && file.changed > (lastSeen ?? Infinity);
			const isCalled = loaded === undefined || loaded.problem !== '' ? moment === 'create' : called.includes(missingPlugin);
			return missingPlugin !== '' && missingPlugin !== 'portmap' && !isOfThePast && !isThereNow && isCalled;
		})
		.map(({missingPlugin}) => missingPlugin);
}
