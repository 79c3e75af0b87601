import {releaseOf} from './releases.ts';
import {isVersion} from './version.ts';

/** `cilium-config` as key and value, with whatever overrides it put over it. */
export type Settings = Readonly<Record<string, string>>;

/** Keys of cilium-config that concern hostPort, in the order in which they are shown. */
export const hostPortKeys = [
	'kube-proxy-replacement',
	'enable-host-port',
	'enable-node-port',
	'enable-health-check-nodeport',
	'cni-chaining-mode',
	'cni-chaining-target',
	'cni-exclusive',
	'custom-cni-conf',
	'read-cni-conf',
] as const;

/**
 * Keys that narrow the addresses of a node on which eBPF serves NodePort and hostPort. `local-max-addr-scope`, which nobody documents,
 * omits addresses of a narrower scope than it says; 252 unless set, so those of the scope `link` (pkg/datapath/tables/node_address.go).
 */
export const addressKeys = ['devices', 'nodeport-addresses', 'local-max-addr-scope'] as const;

/** A key of cilium-config that hostPort depends on. */
export type HostPortKey = (typeof hostPortKeys)[number] | (typeof addressKeys)[number];

/** Keys whose value may also be set for one node, by a variable or by an argument of the agent, and is looked for there. */
export const overridableKeys = [...hostPortKeys, ...addressKeys, 'enable-bpf-masquerade'] as const;

/**
 * Every key of cilium-config that anything here reads: what is saved of it with `--save`, for other keys may hold what is nobody's
 * business (`kvstore-opt` holds etcd's password). A key that is not listed is missing from saved evidence.
 */
export const readKeys = [
	...overridableKeys,
	'enable-host-firewall',
	'enable-external-ips',
	'enable-l7-proxy',
	'enable-sctp',
	'enable-wireguard',
	'enable-host-reachable-services',
	'enable-host-legacy-routing',
	'bpf-lb-sock',
	'bpf-lb-sock-hostns-only',
	'cni-log-file',
	'debug',
	'enable-ipv4',
	'enable-ipv6',
	'dnsproxy-enable-transparent-mode',
	'install-no-conntrack-iptables-rules',
	'kube-proxy-replacement-healthz-bind-address',
	'node-port-range',
	// What stands against a strategy (start-conflicts.ts).
	'bpf-lb-dsr-dispatch',
	'bpf-lb-mode',
	'datapath-mode',
	'dnsproxy-insecure-skip-transparent-mode-check',
	'enable-bbr',
	'enable-bbr-hostns-only',
	'enable-fib-table-id-annotation',
	'enable-ipsec',
	'enable-ipv4-big-tcp',
	'enable-ipv6-big-tcp',
	'install-iptables-rules',
	'routing-mode',
	'tunnel',
] as const;

/** Whether anything here reads this key of cilium-config; what another one holds is kept and shown nowhere. */
export const isReadKey = (key: string): boolean => (readKeys as readonly string[]).includes(key);

// Since 1.19 the agent passes over keys that it does not know, without a word (cilium/cilium #41380, #42781).
const existence: Partial<Record<HostPortKey, string>> = {
	'enable-host-port': '>=1.8.0 <1.19.0',
	'enable-node-port': '<1.19.0',
	'cni-chaining-target': '>=1.14.0',
	'cni-exclusive': '>=1.14.0',
	// The help of older agents speaks of the ipcache alone.
	'local-max-addr-scope': '>=1.16.0',
};

/** Whether the agent of this version reads the key. A version that is not known reads every key. */
export function keyExists(version: string, key: HostPortKey): boolean {
	const range = existence[key];
	return range === undefined || !isVersion(version, '>=0.0.0') || isVersion(version, range);
}

/**
 * Value the agent takes where the key is absent: `partial` up to 1.13, `false` from 1.14 (the flags' definitions).
 * The Helm chart writes a value of its own, so this concerns hand-made ConfigMaps. Empty where the version is not known.
 */
export function defaultReplacement(version: string): string {
	if (!isVersion(version, '>=0.0.0')) {
		return '';
	}

	return isVersion(version, '<1.14.0') ? 'partial' : 'false';
}

/**
 * The value of `kube-proxy-replacement` that counts. Up to 1.18 the agent compares it letter by letter; since 1.19 it is a boolean
 * like others.
 */
export function replacementOf(version: string, settings: Settings): string {
	const written = (settings['kube-proxy-replacement'] ?? '').trim() || defaultReplacement(version);
	return isVersion(version, '>=1.19.0') ? (booleanOf(written) ?? written) : written;
}

/** Values of `kube-proxy-replacement` that the agent of this version takes. */
export function replacementValues(version: string): readonly string[] {
	if (isVersion(version, '<1.13.0')) {
		return ['probe', 'partial', 'strict', 'disabled'];
	}

	if (isVersion(version, '<1.14.0')) {
		return ['partial', 'strict', 'disabled'];
	}

	return isVersion(version, '<1.16.0') ? ['true', 'false', 'partial', 'strict', 'disabled'] : ['true', 'false'];
}

/** The value that turns full kube-proxy replacement on. */
export function fullReplacement(version: string): 'strict' | 'true' {
	return isVersion(version, '<1.14.0') ? 'strict' : 'true';
}

/** `none`, `portmap`, `aws-cni` …: the chaining mode as the agent of this version reads it; `Portmap` is no mode before 1.15. */
export function chainingModeOf(version: string, settings: Settings): string {
	const written = (settings['cni-chaining-mode'] ?? '').trim();
	return (releaseOf(version).chainingModeLetters === 'any-case' ? written.toLowerCase() : written) || 'none';
}

/** As the agent reads a boolean of its configuration: by Go's ParseBool. */
export function isTrue(value: string | undefined): boolean {
	return booleanOf((value ?? '').trim()) === 'true';
}

function booleanOf(value: string): 'true' | 'false' | undefined {
	return /^(?:1|t|T|TRUE|true|True)$/.test(value) ? 'true' : /^(?:0|f|F|FALSE|false|False)$/.test(value) ? 'false' : undefined;
}
