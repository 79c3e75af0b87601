import type {SeenFolder} from './access.ts';

/** A hostPath volume as a container sees it. */
export type HostPathMount = {
	readonly volume: string;
	readonly host: string;
	/** Where it is mounted; empty: not in this container. */
	readonly seen: string;
};

/** CNI folders of a node: as the node names them, and as an access sees them. */
export type NodeFolders = {
	/** The folder's name on the node, as far as it can be told. */
	readonly configurationHost: string;
	readonly binaryHost: string;
	/** Undefined: the container does not see it. */
	readonly configurationFolder: SeenFolder | undefined;
	readonly binaryFolder: SeenFolder | undefined;
};

/** Volume names of Cilium's chart, all versions; and how the folders end on distributions that write their own manifest. */
const configurationFolder = {volume: 'etc-cni-netd', path: /\/cni\/net\.d$|\/cni-network$/u, usual: '/etc/cni/net.d'};
const binaryFolder = {volume: 'cni-path', path: /\/cni\/bin$|\/libexec\/cni$|\/kubernetes\/bin$/u, usual: '/opt/cni/bin'};

/** The CNI folders by an agent pod's hostPath volumes: how the node calls them, and where the container sees them. */
export function nodeFolders(mounts: readonly HostPathMount[]): NodeFolders {
	const configuration = find(mounts, configurationFolder);
	const binary = find(mounts, binaryFolder);
	return {
		configurationHost: configuration.host,
		binaryHost: binary.host,
		configurationFolder: configuration.seen === '' ? undefined : configuration,
		binaryFolder: binary.seen === '' ? undefined : binary,
	};
}

function find(mounts: readonly HostPathMount[], folder: typeof configurationFolder): SeenFolder {
	const candidates = mounts.filter(({volume, host}) => volume === folder.volume || folder.path.test(withoutEnd(host)));
	// By what it is and where it is mounted first: a volume may bear the name and be used by init containers only.
	const best =
		candidates.find(({volume, seen}) => volume === folder.volume && seen !== '') ??
		candidates.find(({volume}) => volume === folder.volume) ??
		candidates.find(({seen}) => seen !== '') ??
		candidates[0];
	const host = withoutEnd(best?.host ?? folder.usual);
	if (best !== undefined && best.seen !== '') return {host, seen: withoutEnd(best.seen)};
	// A folder above it may be mounted, such as the whole node at /host.
	const above = mounts
		.filter(mount => mount.seen !== '' && `${host}/`.startsWith(`${withoutEnd(mount.host)}/`))
		.sort((one, other) => other.host.length - one.host.length)[0];
	return {host, seen: above === undefined ? '' : `${withoutEnd(above.seen)}${host.slice(withoutEnd(above.host).length)}`};
}

function withoutEnd(path: string): string {
	return path.replace(/\/+$/u, '');
}
