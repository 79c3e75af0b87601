import type {BinaryFile, NodeEvidence} from '../evidence/evidence.ts';
import type {SandboxEvent} from './sandbox-events.ts';

/** Whether the runtime of a node can call portmap, and what shows it. */
export type PortmapBinary = {
	/**
	 * `elsewhere`: it is in a folder that the runtime does not search. `doubtful`: it did not run from inside a pod, whose
	 * libraries are not the node's. `unseen`: nothing was seen that tells.
	 */
	readonly state:
		| 'working'
		| 'present'
		| 'doubtful'
		| 'missing'
		| 'not-executable'
		| 'wrong-architecture'
		| 'fails'
		| 'elsewhere'
		| 'unseen';
	/** The folder that the runtime searches, as far as it is known. */
	readonly folder: string;
	/** One line: what was seen. */
	readonly says: string;
	readonly seenBy: 'listing' | 'event' | 'nothing';
	readonly file: BinaryFile | undefined;
};

/** States in which every start and stop of a pod fails once the CNI file names portmap. */
export function stopsPods({state}: PortmapBinary): boolean {
	return state === 'missing' || state === 'not-executable' || state === 'wrong-architecture' || state === 'fails' || state === 'elsewhere';
}

/** Judges the binary by the folder's listing, else by what the runtime itself reported in an event. */
export function portmapBinary(node: NodeEvidence, event: SandboxEvent | undefined): PortmapBinary {
	const listing = node.observation?.binaryFolder ?? undefined;
	const searched = event?.searched ?? [];
	const folder = searched[0] ?? configuredFolders(node)[0] ?? listing?.host ?? '';
	if (listing === undefined) {
		return event === undefined
			? {state: 'unseen', folder, says: 'the folder of CNI binaries was not seen', seenBy: 'nothing', file: undefined}
			: {state: event.missingPlugin === 'portmap' ? 'missing' : 'fails', folder, says: event.message, seenBy: 'event', file: undefined};
	}

	const file = listing.files.find(({name}) => name === 'portmap');
	const elsewhere = `by its configuration the runtime searches ${node.observation?.runtime?.binaryFolders.join(', ') ?? ''}`;
	const judged = (state: PortmapBinary['state'], says: string): PortmapBinary => ({state, folder, says, seenBy: 'listing', file});
	if (file === undefined) {
		// Another folder than the searched one was listed: that it has no portmap proves nothing about the searched one.
		if (searched.length > 0 && !searched.includes(listing.host)) {
			return {state: 'missing', folder, says: event?.message ?? '', seenBy: 'event', file};
		}

		return isSearched(node, listing.host)
			? judged('missing', `no portmap; there are ${listing.files.length === 0 ? 'no files' : names(listing.files)}`)
			: {state: 'unseen', folder, says: `${listing.host} has no portmap, but ${elsewhere}`, seenBy: 'nothing', file};
	}

	if (searched.length > 0 && !searched.includes(listing.host)) {
		return judged('elsewhere', `portmap is in ${listing.host}, the runtime searches ${searched.join(', ')}`);
	}

	if (searched.length === 0 && !isSearched(node, listing.host)) {
		const says = `portmap is in ${listing.host}, but ${elsewhere}`;
		return {state: 'unseen', folder, says, seenBy: 'nothing', file};
	}

	if (file.linksTo !== '' && file.mode === '') {
		return {state: 'unseen', folder, says: `portmap links to ${file.linksTo}, which was not seen`, seenBy: 'nothing', file};
	}

	const standing = fileStanding(file, node);
	return judged(standing.state, standing.says);
}

function fileStanding(file: BinaryFile, {architecture, via, observation}: NodeEvidence): {state: PortmapBinary['state']; says: string} {
	// That it ran and answered settles all: an amd64 node also runs 386.
	if (file.versionExitCode === 0) {
		return {state: 'working', says: 'portmap is there and answers CNI_COMMAND=VERSION'};
	}

	const mode = Number.parseInt(file.mode, 8);
	if (!Number.isNaN(mode) && (mode & 0o111) === 0) {
		return {state: 'not-executable', says: `portmap has mode ${file.mode}: nobody may execute it`};
	}

	if (file.architecture !== '' && file.architecture !== 'script' && architecture !== '' && file.architecture !== architecture) {
		return {state: 'wrong-architecture', says: `portmap is built for ${file.architecture}, the node is ${architecture}`};
	}

	if (file.versionExitCode === null) {
		return {state: 'present', says: 'portmap is there; it was not run'};
	}

	const failure = `portmap ends with ${file.versionExitCode} on CNI_COMMAND=VERSION: ${file.versionAnswer || 'no answer'}`;
	return via === 'ssh' || observation?.onNode === true || /exec format error|cannot execute/i.test(file.versionAnswer)
		? {state: 'fails', says: failure}
		: {state: 'doubtful', says: `${failure}, when called inside a pod; the node itself may have the libraries that lack there`};
}

function isSearched(node: NodeEvidence, folder: string): boolean {
	const folders = node.observation?.runtime?.binaryFolders ?? [];
	return folders.length === 0 || folders.includes(folder);
}

/**
 * Where a binary has to lie by the runtime's configuration. A runtime may have been started with another file than the one that was
 * read: where Cilium's own plugin lies in a folder that is not among them, the file is not the one that counts, or nothing starts.
 */
export function configuredFolders({observation}: NodeEvidence): readonly string[] {
	const folders = observation?.runtime?.binaryFolders ?? [];
	const listing = observation?.binaryFolder;
	const isRefuted = listing?.files.some(({name}) => name === 'cilium-cni') === true && !folders.includes(listing.host);
	return isRefuted ? [] : folders;
}

function names(files: readonly BinaryFile[]): string {
	const sorted = files.map(({name}) => name).sort();
	return sorted.length > 6 ? `${sorted.slice(0, 6).join(', ')} and ${sorted.length - 6} more` : sorted.join(', ');
}
