import {isMultus} from './multus.ts';
import {helpersOf, portmapRefusal} from './plugin-settings.ts';
import {plainVersion} from './version.ts';

/** A file of the CNI configuration folder, as far as this room needs it. */
export type CniFile = {
	readonly name: string;
	readonly content: string;
	readonly truncated?: boolean;
	readonly unreadable?: boolean | undefined;
	/** Where a symbolic link points; with `mode` empty too its target was not seen. */
	readonly linksTo?: string;
	readonly mode?: string;
};

/**
 * Why the plugins of a file cannot be told, or do not count. `wrong-form`: a list under an ending for a single plugin, or the other way
 * round; `wrong-value`: a value of another kind than the runtime takes there; `portmap-first`: portmap refuses to be called before a plugin that has made the network. `too-long`: only its head was read;
 * `link`: a link whose target was not seen; `unreadable`: this access may not read it.
 */
export type CniFileProblem =
	| ''
	| 'not-json'
	| 'no-plugins'
	| 'wrong-form'
	| 'no-name'
	| 'no-type'
	| 'wrong-value'
	| 'portmap-first'
	| UnseenContent;

/** What the runtime reads in such a file was not seen; nothing is wrong with it for that. */
type UnseenContent = 'too-long' | 'link' | 'unreadable';

/** Problems because of which no pod can start: the runtime refuses the file, or its first plugin does. */
export function isInvalid(problem: CniFileProblem): boolean {
	return problem !== '' && !isUnseen(problem);
}

/** Whether a file's content was not seen as a whole. */
export function isUnseen(problem: CniFileProblem): problem is UnseenContent {
	return problem === 'too-long' || problem === 'link' || problem === 'unreadable';
}

/** The CNI file that the runtime loads, and what is wrong with it. */
export type LoadedFile<File extends CniFile = CniFile> = {
	readonly file: File;
	/** Name of the network; empty where it was not read. */
	readonly network: string;
	/** Plugin types in order; empty where there is a problem. */
	readonly plugins: readonly string[];
	/** Programs that these plugins themselves start to make the network or to hand out addresses, as far as that is known of them. */
	readonly helpers: readonly string[];
	/** What portmap refuses of its own entry, so that no pod starts or stops; empty where nothing is known to be wrong. */
	readonly refusedByPortmap: string;
	readonly problem: CniFileProblem;
	/**
	 * The version that the runtime, or Multus, hands to each plugin of the list: `0.1.0` where it names none (containernetworking/cni,
	 * pkg/version). Empty with a problem, and with `cniVersions` (CNI 1.1), of which the runtime chooses one.
	 */
	readonly cniVersion: string;
	/**
	 * The plugin that lacks `capabilities.portMappings`, so that portmap gets no mapping: portmap itself, or the one that calls it. A
	 * runtime hands capabilities to the plugins of its own list only (libcni, injectRuntimeConfig; k8snetworkplumbingwg/multus-cni#544).
	 * Empty where none lacks it, or portmap is not called.
	 */
	readonly withoutPortMappings: string;
};

/**
 * The file that the container runtime loads: the first by name among .conf, .conflist and .json (libcni `ConfFiles`).
 * With a `problem` it is still that file: containerd then refuses the folder, other runtimes may pass on to the next.
 * @param network the one that CRI-O is told to use (`cni_default_network`): then the first file of that network, and none where no file is of it
 */
export function loadedFile<File extends CniFile>(files: readonly File[], network = ''): LoadedFile<File> | undefined {
	const sorted = files.filter(({name}) => /\.(?:conf|conflist|json)$/.test(name)).sort((a, b) => (a.name < b.name ? -1 : 1));
	const ofNetwork = sorted.find(each => parse(each.content)?.['name'] === network);
	// The file of the network may be one that was not seen as a whole.
	const isOpen = network === '' || (ofNetwork === undefined && sorted.some(each => isUnseen(read(each).problem)));
	const file = isOpen ? sorted[0] : ofNetwork;
	return (
		file && {
			file,
			...read(
				file,
				files.filter(each => each !== file),
			),
		}
	);
}

/** The version of the CNI specification with which portmap is called for a file; none where that is not known. */
export function versionsAskedBy({cniVersion}: Pick<LoadedFile, 'cniVersion'>): readonly string[] {
	return plainVersion(cniVersion) === undefined ? [] : [cniVersion];
}

/** `others`: the files beside it, of which Multus may hand one over. */
function read(file: CniFile, others: readonly CniFile[] = []): Omit<LoadedFile, 'file'> {
	const nothing = {network: '', plugins: [], helpers: [], refusedByPortmap: '', cniVersion: '', withoutPortMappings: ''};
	if (file.truncated === true) {
		return {...nothing, problem: 'too-long'};
	}

	if (file.unreadable === true) {
		return {...nothing, problem: 'unreadable'};
	}

	if (file.content === '' && file.linksTo !== undefined && file.linksTo !== '' && file.mode === '') {
		return {...nothing, problem: 'link'};
	}

	const value = parse(file.content);
	if (value === undefined) {
		return {...nothing, problem: 'not-json'};
	}

	// A `.conf` is one plugin by itself, a `.conflist` lists them.
	const list = pluginList(value, others);
	const plugins = list.map(({type}) => type).filter(type => typeof type === 'string');
	return {
		network: typeof value['name'] === 'string' ? value['name'] : '',
		plugins,
		helpers: list.flatMap(helpersOf),
		refusedByPortmap: portmapRefusal(list.find(({type}) => type === 'portmap') ?? {}),
		problem: problemOf(file.name, value, list),
		cniVersion: versionOf(value, others),
		withoutPortMappings: incapable(value, others),
	};
}

/** A list that Multus hands over keeps its own version: there that of the list with portmap counts, where it names one. */
function versionOf(value: Record<string, unknown>, others: readonly CniFile[]): string {
	const multus = ownPlugins(value).find(({type}) => isMultus(type));
	const list = multus && delegatesOf(multus, others).find(each => ownPlugins(each).some(({type}) => type === 'portmap'));
	const {cniVersion, cniVersions} = (multus === undefined ? value : list) ?? {};
	if (Array.isArray(cniVersions)) return '';
	const isNamed = typeof cniVersion === 'string' && cniVersion !== '';
	return isNamed ? cniVersion : multus === undefined ? '0.1.0' : '';
}

/** As libcni and go-cni judge a file (ConfListFromBytes, ConfFromBytes, loadFromConfDir), and portmap its place in it. */
function problemOf(name: string, value: Record<string, unknown>, list: readonly Record<string, unknown>[]): CniFileProblem {
	const types = list.map(({type}) => type);
	if (!types.some(type => typeof type === 'string' && type !== '')) return 'no-plugins';
	const isList = Array.isArray(value['plugins']);
	if (name.endsWith('.conflist') ? !isList : /\.(?:conf|json)$/.test(name) && typeof value['type'] !== 'string') return 'wrong-form';
	if (isList && typeof value['name'] !== 'string') return 'no-name';
	if (types.some(type => typeof type !== 'string' || type === '')) return 'no-type';
	if (!hasTakenValues(value) || !list.every(hasTakenValues)) return 'wrong-value';
	return types[0] === 'portmap' ? 'portmap-first' : '';
}

/** Go reads these into a string and a map of booleans (containernetworking/cni, types.NetConf); of another kind it refuses the file. */
function hasTakenValues({cniVersion = '', capabilities = {}}: Record<string, unknown>): boolean {
	return (
		typeof cniVersion === 'string' &&
		(capabilities === null ||
			(isObject(capabilities) && Object.values(capabilities).every(each => typeof each === 'boolean' || each === null)))
	);
}

/** The plugins of a file in the order in which they are called; those that Multus hands over to stand behind it. */
function pluginList(value: Record<string, unknown>, others: readonly CniFile[]): Record<string, unknown>[] {
	return ownPlugins(value).flatMap(plugin => [plugin, ...delegatesOf(plugin, others).flatMap(each => pluginList(each, []))]);
}

function ownPlugins(value: Record<string, unknown>): Record<string, unknown>[] {
	return (Array.isArray(value['plugins']) ? value['plugins'] : [value]).filter(isObject);
}

function delegatesOf(plugin: Record<string, unknown>, others: readonly CniFile[]): Record<string, unknown>[] {
	const {type, delegates, clusterNetwork} = plugin;
	if (Array.isArray(delegates)) return delegates.filter(isObject);
	// The network by the path of its file, as Multus sees it, or by its name (k8snetworkplumbingwg/multus-cni, docs/configuration.md).
	if (!isMultus(type) || typeof clusterNetwork !== 'string') return [];
	const contents = others.map(({name, content}) => ({name, value: parse(content)}));
	const found =
		contents.find(({name}) => clusterNetwork.endsWith(`/${name}`)) ?? contents.find(({value}) => value?.['name'] === clusterNetwork);
	return found?.value === undefined ? [] : [found.value];
}

/** The first plugin on the way to portmap that does not take port mappings. */
function incapable(value: Record<string, unknown>, others: readonly CniFile[]): string {
	for (const plugin of ownPlugins(value)) {
		const inner = delegatesOf(plugin, others);
		const calls = plugin['type'] === 'portmap' || inner.some(each => pluginList(each, []).some(({type}) => type === 'portmap'));
		if (!calls) continue;
		return takesPortMappings(plugin)
			? (inner.map(each => incapable(each, [])).find(Boolean) ?? '')
			: typeof plugin['type'] === 'string'
				? plugin['type']
				: '';
	}

	return '';
}

function takesPortMappings(plugin: Record<string, unknown>): boolean {
	return isObject(plugin['capabilities']) && plugin['capabilities']['portMappings'] === true;
}

function parse(content: string): Record<string, unknown> | undefined {
	try {
		const value: unknown = JSON.parse(content);
		return isObject(value) ? value : undefined;
	} catch {
		// Not JSON is an answer here, not a failure.
		return undefined;
	}
}

function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
