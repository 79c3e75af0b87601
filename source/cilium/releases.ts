import {isVersion, minorOf, plainVersion} from './version.ts';

/** A key of cilium-config that Cilium's chart writes otherwise once `cni.chainingMode` is set. */
export type ChainedKey = {
	readonly key: string;
	/** What the chart writes without chaining: a value, null for no such key, undefined where the user's own values decide. */
	readonly plain: string | null | undefined;
	readonly chained: string | null;
	/** What the agent takes where the key is absent. A CiliumNodeConfig can set a key and not remove it, so it needs this value. */
	readonly absent: string;
};

/** What Cilium does from one version on until a later row says otherwise: knowledge that differs by version stands here once. */
export type Release = {
	/** How `cni-chaining-mode` is compared: as it is written, or in lower case. */
	readonly chainingModeLetters: 'as-written' | 'any-case';
	/** Entries of eBPF tell protocols apart; before, one entry serves every protocol and the last that is made wins (cilium/cilium#33434). */
	readonly entriesByProtocol: boolean;
	/** `service list` shows `0.0.0.0` and `::` for an empty hostIP and no address of the node (recordings 1.15.19 and 1.20.2). */
	readonly listsNodeAddresses: boolean;
	/** The service table has HostPort entries also while hostPort is off (pkg/loadbalancer/reflectors/k8s.go, 1.18). */
	readonly entriesWithoutReplacement: boolean;
	/** An explicit `hostIP: 0.0.0.0` or `::` gets an entry; from 1.18 on upsertHostPort passes it over (pkg/loadbalancer/reflectors/k8s.go). */
	readonly servesUnspecifiedHostIP: boolean;
	/** Who reaches a hostPort with a loopback hostIP: its node alone (as cilium/cilium#21366 meant it), everybody, or nobody has tried. */
	readonly loopbackHostIP: 'private' | 'public' | 'not-measured';
	/** IPv6 hostPorts fail (cilium/cilium#27530). */
	readonly failsOnIPv6: boolean;
	/** Ports of init containers that run on are read (cilium/cilium#18850). */
	readonly readsInitPorts: boolean;
	/** Entries are made for pods of the host network too (cilium/cilium#40721). */
	readonly mapsHostNetworkPods: boolean;
	/** Of one port with two protocols one entry gets lost, though entries tell protocols apart (cilium/cilium#41426). */
	readonly losesSecondProtocol: boolean;
	/** A hostPort overwrites the entry of a Service at an address of the node, every 30 minutes again (cilium/cilium#44730, mended by #45314). */
	readonly overwritesService: boolean;
	/** Value of the chart that `nodeport-addresses` is written from (cilium/cilium#31672; the charts of 1.15.19 and 1.20.2). */
	readonly rangesValue: string;
	/** WireGuard stands in for nodePort in the agent's condition (#31532; pkg/kpr/kpr.go of 1.18 has no such exception any more). */
	readonly wireGuardIsNodePort: boolean;
	/** `cniVersion` of the CNI file that the agent writes (recordings 1.15.19 and 1.20.2; 1.18 and 1.19 were not seen). */
	readonly cniVersion: string;
	/** What the chart changes beside `cni-chaining-mode` itself when portmap is chained. */
	readonly chainedKeys: readonly ChainedKey[];
	/** What the chart removes and adds under full replacement, beside `kube-proxy-replacement` itself. */
	readonly fullReplacementKeys: Readonly<Record<string, string | null>>;
	/**
	 * What attaches Cilium's programs to the sockets of the host network, and of no pod where that can be said: beside kube-proxy the node
	 * itself reaches no hostPort without them.
	 */
	readonly hostSocketKeys: Readonly<Record<string, string>>;
};

type Row = Partial<Release> & {readonly since: string};

// The chart overwrites the user's value, so `plain` is not known (charts 1.10.0 and later, templates/cilium-configmap.yaml).
const noConntrackRules: ChainedKey = {key: 'install-no-conntrack-iptables-rules', plain: undefined, chained: 'false', absent: 'false'};
const legacyRouting: ChainedKey = {key: 'enable-host-legacy-routing', plain: null, chained: 'true', absent: 'false'};
const transparentDns: ChainedKey = {key: 'dnsproxy-enable-transparent-mode', plain: 'true', chained: null, absent: 'false'};

/**
 * Oldest first; a row says what changes with it. Sources: charts 1.8.0 to 1.20.2 (templates/cilium-configmap.yaml; 1.15.19 and 1.20.2
 * were rendered both ways, see test/cilium/charts), plugins/cilium-cni/cni-install.sh up to 1.13, daemon/cmd/cni/config.go from 1.14,
 * which lower-cases the mode from 1.15.
 */
const rows: readonly [Required<Row>, ...Row[]] = [
	{
		since: '1.8.0',
		chainingModeLetters: 'as-written',
		entriesByProtocol: false,
		listsNodeAddresses: true,
		entriesWithoutReplacement: false,
		servesUnspecifiedHostIP: true,
		loopbackHostIP: 'private',
		failsOnIPv6: false,
		readsInitPorts: false,
		mapsHostNetworkPods: false,
		losesSecondProtocol: false,
		overwritesService: false,
		rangesValue: 'extraConfig.nodeport-addresses',
		wireGuardIsNodePort: false,
		cniVersion: '0.3.1',
		chainedKeys: [],
		// Written for `partial` alone, so gone under `strict`.
		fullReplacementKeys: {'enable-host-port': null, 'enable-node-port': null, 'enable-external-ips': null},
		hostSocketKeys: {'enable-host-reachable-services': 'true'},
	},
	{since: '1.10.0', chainedKeys: [noConntrackRules]},
	{since: '1.10.5', hostSocketKeys: {'enable-host-reachable-services': 'true', 'bpf-lb-sock-hostns-only': 'true'}},
	{since: '1.12.0', readsInitPorts: true, hostSocketKeys: {'bpf-lb-sock': 'true', 'bpf-lb-sock-hostns-only': 'true'}},
	{since: '1.13.0', chainedKeys: [legacyRouting, noConntrackRules], wireGuardIsNodePort: true},
	{
		since: '1.14.0',
		failsOnIPv6: true,
		chainedKeys: [legacyRouting, noConntrackRules, transparentDns],
		fullReplacementKeys: {
			'kube-proxy-replacement-healthz-bind-address': '',
			'enable-host-port': null,
			'enable-node-port': null,
			'enable-external-ips': null,
		},
	},
	{since: '1.14.2', failsOnIPv6: false},
	// Read in 1.15.6 and 1.15.19 (daemon/cmd/cni/config.go); 1.15.19 was seen to chain `Portmap`.
	{since: '1.15.0', chainingModeLetters: 'any-case'},
	{since: '1.16.0', loopbackHostIP: 'not-measured', rangesValue: 'nodePort.addresses'},
	{since: '1.17.0', entriesByProtocol: true},
	{
		since: '1.18.0',
		listsNodeAddresses: false,
		entriesWithoutReplacement: true,
		servesUnspecifiedHostIP: false,
		mapsHostNetworkPods: true,
		losesSecondProtocol: true,
		overwritesService: true,
		wireGuardIsNodePort: false,
	},
	{since: '1.18.1', mapsHostNetworkPods: false},
	{since: '1.18.2', losesSecondProtocol: false},
	// The three switches are gone from agent and chart: one that still stands in the ConfigMap is another person's, and does nothing.
	{since: '1.19.0', fullReplacementKeys: {'kube-proxy-replacement-healthz-bind-address': ''}},
	// Packets were sent on 1.20.2: the entry is made for the node's own address too.
	{since: '1.20.0', loopbackHostIP: 'public', overwritesService: false, cniVersion: '1.0.0'},
];

/** The oldest minor version that the rows begin with. */
export const oldestKnown = minorOf(rows[0].since);

/** The newest minor version that any row, recording or chart of this program speaks of. */
export const newestKnown = '1.20';

/**
 * Why this program does not know a version, in a sentence that begins with “Cilium”; empty where it knows it: then what it says of
 * the version was read or measured.
 */
export function whyUnknown(version: string): string {
	const minor = minorOf(version);
	if (minor === '') return 'Cilium’s version could not be read: what differs by version is not known here';
	const [major = 0, number = 0] = minor.split('.').map(Number);
	const [newestMajor = 0, newestNumber = 0] = newestKnown.split('.').map(Number);
	return major > newestMajor || (major === newestMajor && number > newestNumber)
		? `Cilium ${plainVersion(version) ?? ''} is newer than ${newestKnown}, the newest that this program knows: this holds for ${newestKnown} and is not known for ${minor}`
		: '';
}

/** What is known of a version; one that is not known counts as the oldest. */
export function releaseOf(version: string): Release {
	const known = releases.get(version);
	if (known !== undefined) return known;
	const release = Object.assign(
		{},
		...rows.filter(({since}) => since === rows[0].since || isVersion(version, `>=${since}`)),
	) as Required<Row>;
	if (releases.size >= mostReleases) releases.clear();
	releases.set(version, release);
	return release;
}

// A cluster has few versions and many nodes.
const releases = new Map<string, Release>();
const mostReleases = 100;

/** Every key that any release's row names beside `cni-chaining-mode` and `kube-proxy-replacement`. */
export function keysOfReleases(): ReadonlySet<string> {
	return new Set(
		rows.flatMap(({chainedKeys = [], fullReplacementKeys = {}, hostSocketKeys = {}}) => [
			...chainedKeys.map(({key}) => key),
			...Object.keys(fullReplacementKeys),
			...Object.keys(hostSocketKeys),
		]),
	);
}
