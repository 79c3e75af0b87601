import {parse} from 'smol-toml';
import {messageOf} from '../errors.ts';
import {printableLine} from '../foreign-text.ts';
import type {Observation} from './evidence.ts';
import type {NodeRecord} from './node-records.ts';
import {at, listOf, numberOf, textOf} from './untyped.ts';

type Runtime = NonNullable<Observation['runtime']>;

/** One file of a runtime's configuration: the one that it was started with, one that this imports, or a drop-in. */
type RuntimeFile = {
	readonly source: string;
	/** `flags`: what a program was given as words: cri-dockerd, CRI-O, the kubelet of dockershim. */
	readonly kind: 'containerd' | 'crio' | 'flags';
	/** Undefined: it could not be read as TOML. */
	readonly content: unknown;
	readonly error: string;
};

/** What containerd takes where its configuration names nothing (2.2.9, `containerd config default`; the same in 1.x). */
const containerdDefaults = {binaryFolders: ['/opt/cni/bin'], configurationFolder: '/etc/cni/net.d'} as const;
/** The table of the CRI plugin by the version of the configuration: containerd 1.0, 1.3, 2.0 (version 4 came with 2.3). */
const pluginOfVersion: Readonly<Record<number, string>> = {1: 'cri', 2: 'io.containerd.grpc.v1.cri', 3: 'io.containerd.cri.v1.runtime'};
const newestVersion = 3;

/**
 * CNI folders by the runtime's own configuration: of containerd the CRI plugin's `cni` table, of CRI-O `crio.network`. A file that is
 * imported, or a drop-in, wins over those before it with what it names (containerd 2.2.9, `config dump`; crio.conf.d(5)). Other
 * plugins have a `bin_dir` too (the image verifier's): it is none of CNI. Null where no file was read or the CRI is switched off.
 */
export function parseRuntime(records: readonly NodeRecord[]): Runtime | null {
	const files = filesOf(records);
	const read = files.filter(file => file.content !== undefined && !isSwitchedOff(file));
	if (read.length === 0) return null;
	let version = 0;
	const named = read.map(({content, kind, source}) => {
		const before = version;
		version = versionOf(content) || version;
		return {source, ...foldersBy[kind](content, before)};
	});
	const binaries = named.findLast(({binaryFolders}) => binaryFolders.length > 0);
	const configuration = named.findLast(({configurationFolder}) => configurationFolder !== '');
	// A file that is not understood may name others: then what the rest leaves open is not the default.
	const isDefault = read.some(({kind}) => kind === 'containerd') && files.every(({error}) => error === '');
	const usual = isDefault ? containerdDefaults : {binaryFolders: [], configurationFolder: ''};
	const maps = read.flatMap(({content, kind}) => {
		const isOff = kind === 'crio' ? at(content, 'crio', 'runtime', 'disable_hostport_mapping') : undefined;
		return typeof isOff === 'boolean' ? [!isOff] : [];
	});
	const folders = {
		binaryFolders: [...(binaries?.binaryFolders ?? usual.binaryFolders)],
		configurationFolder: configuration?.configurationFolder ?? usual.configurationFolder,
	};
	const mapsHostPorts = maps.at(-1);
	const network = read.findLast(({kind, content}) => kind === 'crio' && networkOf(content) !== undefined);
	if (folders.binaryFolders.length === 0 && folders.configurationFolder === '' && mapsHostPorts === undefined && network === undefined)
		return null;
	return {
		...folders,
		source: (binaries ?? configuration ?? read[0])?.source ?? '',
		...(mapsHostPorts !== undefined && {mapsHostPorts}),
		...(network !== undefined && networkOf(network.content) !== '' && {network: networkOf(network.content) ?? ''}),
	};
}

/** Files of the runtime's configuration that could not be understood, one line each. */
export function runtimeErrors(records: readonly NodeRecord[]): string[] {
	return filesOf(records).flatMap(({error}) => (error === '' ? [] : [error]));
}

/** Each record `runtime` is one file, in the order in which they are read: its name, and in the next line its content begins. */
function filesOf(records: readonly NodeRecord[]): RuntimeFile[] {
	return records.filter(({key}) => key === 'runtime').map(({value}) => fileOf(value));
}

function fileOf(value: string): RuntimeFile {
	const end = value.indexOf('\n');
	const source = printableLine(value.slice(0, end === -1 ? undefined : end));
	const kind = source.startsWith('flags of ') ? 'flags' : source.includes('/crio/') ? 'crio' : 'containerd';
	try {
		const content = parse(end === -1 ? '' : value.slice(end + 1));
		return {source, kind: kind === 'containerd' && content['crio'] !== undefined ? 'crio' : kind, content, error: ''};
	} catch (error) {
		const why = printableLine(messageOf(error).split('\n')[0] ?? '', 200);
		return {source, kind, content: undefined, error: `configuration of the runtime, ${source}: ${why}`};
	}
}

type Folders = Pick<Runtime, 'binaryFolders' | 'configurationFolder'>;

/**
 * A file without a version is of that of the file that imports it for 1.x and of the newest for 2.x; the first one without is version 1 for 1.x.
 * A table of another version than the file's is ignored by containerd, with a warning.
 */
function containerdFolders(content: unknown, versionBefore: number): Folders {
	const version = versionOf(content);
	const candidates = version > 0 ? [version] : [versionBefore || 1, newestVersion];
	const tables = candidates.map(each => at(content, 'plugins', pluginOfVersion[Math.min(each, newestVersion)] ?? '', 'cni'));
	const cni = tables.find(table => table !== undefined);
	return {
		// Before 2.1 there is `bin_dir` alone; later an empty one stands beside `bin_dirs` in what `config default` prints.
		binaryFolders: firstNamed(foldersOf(at(cni, 'bin_dirs')), foldersOf(at(cni, 'bin_dir'))),
		configurationFolder: foldersOf(at(cni, 'conf_dir'))[0] ?? '',
	};
}

/** `plugin_dir` is the older name and is searched after `plugin_dirs` (crio.conf(5)). */
function crioFolders(content: unknown): Folders {
	const network = at(content, 'crio', 'network');
	return {
		binaryFolders: [...foldersOf(at(network, 'plugin_dirs')), ...foldersOf(at(network, 'plugin_dir'))],
		configurationFolder: foldersOf(at(network, 'network_dir'))[0] ?? '',
	};
}

/** `cni_default_network` (crio.conf(5)): empty for the first file, undefined where nothing is said. */
function networkOf(content: unknown): string | undefined {
	const name = at(content, 'crio', 'network', 'cni_default_network');
	return typeof name === 'string' ? printableLine(name) : undefined;
}

/** cri-dockerd has the same defaults as containerd (Mirantis/cri-dockerd, config/options.go); of the others a flag adds to what files say. */
function flagFolders(content: unknown): Folders {
	const flags = at(content, 'flags');
	const usual = textOf(at(flags, 'name')) === 'cri-dockerd' ? containerdDefaults : {binaryFolders: [], configurationFolder: ''};
	return {
		binaryFolders: firstNamed(foldersOf(at(flags, 'bin_dirs')), usual.binaryFolders),
		configurationFolder: foldersOf(at(flags, 'conf_dir'))[0] ?? usual.configurationFolder,
	};
}

const foldersBy: Readonly<Record<RuntimeFile['kind'], (content: unknown, versionBefore: number) => Folders>> = {
	containerd: containerdFolders,
	crio: crioFolders,
	flags: flagFolders,
};

/** Docker's own containerd runs without the CRI: the kubelet does not use it. */
function isSwitchedOff({content, kind}: RuntimeFile): boolean {
	const names = new Set(['cri', 'io.containerd.grpc.v1.cri', 'io.containerd.cri.v1.runtime']);
	return kind === 'containerd' && listOf(at(content, 'disabled_plugins')).some(name => names.has(textOf(name)));
}

const versionOf = (content: unknown): number => numberOf(at(content, 'version')) ?? 0;

const firstNamed = (...lists: ReadonlyArray<readonly string[]>): string[] => [...(lists.find(list => list.length > 0) ?? [])];

/** One folder or a list of them, without the empty ones. */
function foldersOf(value: unknown): string[] {
	const names = Array.isArray(value) ? value.slice(0, 64) : [value];
	return names.map(name => printableLine(textOf(name)).replace(/(?<=.)\/+$/u, '')).filter(name => name !== '');
}
