import {chainingModeOf, isTrue, type Settings} from './keys.ts';
import {nativeHostPort} from './native-host-port.ts';
import {isVersion} from './version.ts';

type Conflict = {
	readonly strategy: 'native' | 'portmap';
	readonly versions: string;
	/** By the settings before the repair. */
	readonly is: (settings: Settings) => boolean;
	/** What the agent refuses to start with. */
	readonly says: string;
	readonly hint: string;
};

/**
 * With which settings an agent that starts today would end at its start once a strategy has changed cilium-config: pods could not start on its node. By
 * version and what the agent compares: daemon/cmd/daemon_main.go and kube_proxy_replacement.go, pkg/datapath/linux/bandwidth and bigtcp (1.15.19);
 * daemon/cmd/daemon.go, pkg/kpr/initializer, pkg/datapath/connector/config.go (1.20.2). IPsec beside eBPF NodePort: cilium/cilium#31760 (1.16).
 */
const conflicts: readonly Conflict[] = [
	{
		strategy: 'portmap',
		versions: '>=1.14.0',
		is: settings =>
			isTrue(settings['enable-ipsec']) &&
			(settings['enable-l7-proxy'] === undefined || isTrue(settings['enable-l7-proxy'])) &&
			isTrue(settings['dnsproxy-enable-transparent-mode']) &&
			!isTrue(settings['dnsproxy-insecure-skip-transparent-mode-check']),
		says: 'with IPsec the agent needs dnsproxy-enable-transparent-mode, which Cilium’s chart removes once portmap is chained',
		hint: 'Choose native (Cilium 1.16 and later serve it with IPsec), or encrypt with WireGuard.',
	},
	byHostRouting('datapath-mode', 'netkit devices', '>=1.16.0', settings => (settings['datapath-mode'] ?? '').startsWith('netkit')),
	byHostRouting('enable-bbr', 'BBR', '>=1.13.0', settings => isTrue(settings['enable-bbr']) && !isTrue(settings['enable-bbr-hostns-only'])),
	byHostRouting('enable-ipv4-big-tcp', 'BIG TCP', '>=1.14.0', settings => isTrue(settings['enable-ipv4-big-tcp'])),
	byHostRouting('enable-ipv6-big-tcp', 'BIG TCP', '>=1.13.0', settings => isTrue(settings['enable-ipv6-big-tcp'])),
	byHostRouting('enable-fib-table-id-annotation', 'routing tables of pods', '>=1.20.0', settings =>
		isTrue(settings['enable-fib-table-id-annotation']),
	),
	{
		strategy: 'native',
		versions: '<1.16.0',
		is: settings => isTrue(settings['enable-ipsec']),
		says: 'IPsec cannot be used with eBPF NodePort before Cilium 1.16 (cilium/cilium#31760)',
		hint: 'Upgrade to Cilium 1.16 or later, or encrypt with WireGuard.',
	},
	{
		strategy: 'native',
		versions: '>=1.20.0',
		is: ({'install-iptables-rules': installed}) => installed !== undefined && !isTrue(installed),
		says: 'kube-proxy replacement requires install-iptables-rules',
		hint: 'Remove install-iptables-rules from cilium-config first, or choose portmap.',
	},
	{
		strategy: 'native',
		versions: '>=1.8.0',
		is: settings =>
			/^(?:dsr|hybrid)$/.test(settings['bpf-lb-mode'] ?? '') && isTunnelled(settings) && settings['bpf-lb-dsr-dispatch'] !== 'geneve',
		says: 'bpf-lb-mode dsr and hybrid cannot be used with this tunnel',
		hint: 'Set loadBalancer.mode: snat in the chart first, or choose portmap.',
	},
];

/** Pods of other nodes are reached by a tunnel: `tunnel` up to 1.13, `routing-mode` from 1.14 on, and unless set (pkg/option/config.go). */
const isTunnelled = (settings: Settings): boolean =>
	settings['routing-mode'] === undefined ? settings['tunnel'] !== 'disabled' : settings['routing-mode'] === 'tunnel';

/** What needs eBPF host routing, which the chart turns off once portmap is chained, unless somebody has set the key. */
function byHostRouting(key: string, what: string, versions: string, is: Conflict['is']): Conflict {
	return {
		strategy: 'portmap',
		versions,
		is: settings => settings['enable-host-legacy-routing'] === undefined && is(settings),
		says: `${what} (${key}) cannot be used with enable-host-legacy-routing, which comes with portmap`,
		hint: `Choose native, or turn ${key} off first.`,
	};
}

/** What keeps an agent from starting once a strategy has changed its settings; where nothing has to change, nothing does. `each`: what agents run with today. */
export function startConflicts(
	version: string,
	strategy: 'native' | 'portmap',
	each: readonly Settings[],
): Array<{readonly says: string; readonly hint: string}> {
	const changing = each.filter(settings =>
		strategy === 'portmap' ? chainingModeOf(version, settings) !== 'portmap' : nativeHostPort(version, settings).state !== 'on',
	);
	return conflicts
		.filter(conflict => conflict.strategy === strategy && isVersion(version, conflict.versions) && changing.some(conflict.is))
		.map(({says, hint}) => ({says, hint}));
}
