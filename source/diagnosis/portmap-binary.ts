import type {BinaryFile, NodeEvidence} from '../evidence/evidence.ts';
import {includesFolder} from './same-folder.ts';
import type {SandboxEvent} from './sandbox-events.ts';
import {listed} from '../words.ts';

type Listing = NonNullable<NonNullable<NodeEvidence['observation']>['binaryFolder']>;

/** Whether the runtime of a node can call portmap, and what shows it. */
export type PortmapBinary = {
	/**
	 * `elsewhere`: it is in a folder that the runtime does not search. `unfound`: it is where the runtime searches, which does not find it. `doubtful`: it did not run from inside a pod, whose
	 * libraries are not the node's, or it is a link out of what the pod sees. `unseen`: nothing was seen that tells.
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
		| 'unfound'
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
	return ['missing', 'not-executable', 'wrong-architecture', 'fails', 'elsewhere', 'unfound'].includes(state);
}

/** Judges the binary by the folder's listing, else by what the runtime itself reported in an event. */
export function portmapBinary(node: NodeEvidence, event: SandboxEvent | undefined): PortmapBinary {
	const listing = node.observation?.binaryFolder ?? undefined;
	const searched = event?.searched ?? [];
	const folder = searched[0] ?? configuredFolders(node)[0] ?? listing?.host ?? '';
	if (listing === undefined) {
		return event === undefined
			? {state: 'unseen', folder, says: 'the folder of CNI binaries was not read', seenBy: 'nothing', file: undefined}
			: {state: event.missingPlugin === 'portmap' ? 'missing' : 'fails', folder, says: event.message, seenBy: 'event', file: undefined};
	}

	const file = listing.files.find(({name}) => name === 'portmap');
	const elsewhere = `according to its configuration the runtime searches ${node.observation?.runtime?.binaryFolders.join(', ') ?? ''}`;
	const judged = (state: PortmapBinary['state'], says: string): PortmapBinary => ({state, folder, says, seenBy: 'listing', file});
	if (file === undefined) {
		// Another folder than the searched one was listed: that it has no portmap proves nothing about the searched one.
		if (searched.length > 0 && !includesFolder(searched, listing.host, node.observation?.facts)) {
			return {state: 'missing', folder, says: event?.message ?? '', seenBy: 'event', file};
		}

		return isSearched(node, listing.host)
			? judged('missing', `no portmap; there are ${listing.files.length === 0 ? 'no files' : names(listing.files)}`)
			: {state: 'unseen', folder, says: `${listing.host} has no portmap, but ${elsewhere}`, seenBy: 'nothing', file};
	}

	if (searched.length > 0 && !includesFolder(searched, listing.host, node.observation?.facts)) {
		return judged('elsewhere', `portmap is in ${listing.host}, but the runtime searches ${searched.join(', ')}`);
	}

	if (searched.length === 0 && !isSearched(node, listing.host)) {
		const says = `portmap is in ${listing.host}, but ${elsewhere}`;
		return {state: 'unseen', folder, says, seenBy: 'nothing', file};
	}

	// What the runtime itself met with this file says more than a look at it from a pod.
	const met = event !== undefined && (event.lastSeen ?? Infinity) >= file.changed ? event : undefined;
	const standing = file.linksTo !== '' && file.mode === '' ? linkStanding(file, listing, met) : fileStanding(file, node, met);
	return judged(standing.state, standing.says);
}

type Standing = {state: PortmapBinary['state']; says: string};

/** A link whose target this access does not see. Inside the folder it can be followed all the same. */
function linkStanding({linksTo}: BinaryFile, {host, files}: Listing, event: SandboxEvent | undefined): Standing {
	const inside = linksTo.startsWith(`${host}/`) ? linksTo.slice(host.length + 1) : linksTo.replace(/^(?:\.\/)+/, '');
	if (!inside.includes('/') && !files.some(({name}) => name === inside)) {
		return {state: 'missing', says: `portmap links to ${linksTo}, which does not exist`};
	}

	return event?.missingPlugin === 'portmap'
		? {state: 'missing', says: `portmap links to ${linksTo}, and the runtime does not find it`}
		: {state: 'doubtful', says: `portmap links to ${linksTo}, which cannot be seen from inside a pod`};
}

function fileStanding(file: BinaryFile, {architecture, via, observation}: NodeEvidence, event: SandboxEvent | undefined): Standing {
	const {versionExitCode: code, versionAnswer: answer} = file;
	const isNode = via === 'ssh' || observation?.onNode === true;
	// A file from before the event that the runtime does not find: it runs with other mounts. Without the file's time the event may be older.
	if (event?.missingPlugin === 'portmap' && event.moment === 'create') {
		const says = `portmap is there, but the runtime does not find it in ${event.searched.join(', ')}`;
		return {state: file.changed > 0 ? 'unfound' : 'doubtful', says};
	}

	// A pod has a loader and libraries that the node may lack: there what the runtime itself met counts more.
	if (!isNode && event !== undefined && event.cannotRun !== '') {
		const why = /no such file or directory/i.test(event.cannotRun) ? '; the file exists, so its loader or interpreter is missing' : '';
		return {state: 'fails', says: `portmap exists, but the runtime could not run it: ${event.cannotRun}${why}`};
	}

	// That it ran and answered as a plugin does settles all: an amd64 node also runs 386. A shell that is given something
	// else than a program may end well and say nothing.
	if (code === 0 && /"(?:cniVersion|supportedVersions)"/.test(answer)) {
		return {state: 'working', says: 'portmap exists and answers CNI_COMMAND=VERSION'};
	}

	const mode = Number.parseInt(file.mode, 8);
	if (!Number.isNaN(mode) && (mode & 0o111) === 0) {
		return {state: 'not-executable', says: `portmap has mode ${file.mode}: it is not executable`};
	}

	if (file.architecture === 'none') {
		return {state: 'fails', says: `portmap is not a program (${file.size} bytes): the kernel cannot run it`};
	}

	if (file.architecture !== '' && file.architecture !== 'script' && architecture !== '' && file.architecture !== architecture) {
		return {state: 'wrong-architecture', says: `portmap is built for ${file.architecture}, the node is ${architecture}`};
	}

	if (event !== undefined && event.cannotRun !== '') {
		return {state: 'fails', says: `portmap exists, but the runtime could not run it: ${event.cannotRun}`};
	}

	if (code === null) {
		return {state: 'present', says: 'portmap exists; it was not run'};
	}

	const failure = `portmap ends with ${code} on CNI_COMMAND=VERSION: ${answer || 'no answer'}`;
	return isNode || /exec format error|cannot execute/i.test(answer) || isSignal(code) || (code === 0 && file.architecture !== 'script')
		? {state: 'fails', says: failure}
		: {state: 'doubtful', says: `${failure} when called inside a pod; the node itself may have what is missing there`};
}

/** By a shell's exit code: ended by a signal such as SIGSEGV, which no library that lacks would bring; SIGKILL is our own time limit. */
function isSignal(code: number): boolean {
	return code > 128 && code < 160 && code !== 137;
}

function isSearched(node: NodeEvidence, folder: string): boolean {
	const folders = node.observation?.runtime?.binaryFolders ?? [];
	return folders.length === 0 || includesFolder(folders, folder, node.observation?.facts);
}

/**
 * Where a binary has to lie by the runtime's configuration. A runtime may have been started with another file than the one that was
 * read: where Cilium's own plugin lies in a folder that is not among them, the file is not the one that counts, or nothing starts.
 */
export function configuredFolders({observation}: NodeEvidence): readonly string[] {
	const folders = observation?.runtime?.binaryFolders ?? [];
	const listing = observation?.binaryFolder;
	const isRefuted =
		listing?.files.some(({name}) => name === 'cilium-cni') === true && !includesFolder(folders, listing.host, observation?.facts);
	return isRefuted ? [] : folders;
}

function names(files: readonly BinaryFile[]): string {
	return listed(files.map(({name}) => name).sort(), 6);
}
