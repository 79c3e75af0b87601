/** What one Cilium agent runs with: its version and the configuration it read when it started. */
export type AgentState = {
	/** `1.10.16`. */
	readonly version: string;
	readonly minor: number;
	readonly startedAt: Date;
	readonly configuration: Readonly<Record<string, string>>;
	/** disabled, partial, probe, strict, true, false. */
	readonly kubeProxyReplacement: string;
	readonly hostPort: boolean;
	readonly nodePort: boolean;
	readonly chainingMode: string;
};

/** `10` of `1.10.16`. */
export const minorOf = (version: string): number => Number(version.split('.')[1]);

/**
 * How an agent decides hostPort. Up to 1.13 `partial` is the default of an absent key and hostPort's own default is on
 * (cilium daemon/cmd/daemon_main.go), from 1.14 `false` and off; nodePort is needed in either; from 1.19 only full
 * replacement is left (cilium/cilium #25988, #41380).
 */
export function agentState(version: string, configuration: Readonly<Record<string, string>>, startedAt: Date): AgentState {
	const minor = minorOf(version);
	const kubeProxyReplacement = configuration['kube-proxy-replacement'] ?? (minor <= 13 ? 'partial' : 'false');
	const full = kubeProxyReplacement === 'strict' || kubeProxyReplacement === 'true';
	const partly = ['partial', 'probe', 'false'].includes(kubeProxyReplacement) && minor <= 18;
	const nodePort = full || (partly && configuration['enable-node-port'] === 'true');
	const hostPort = full || (nodePort && (configuration['enable-host-port'] ?? String(minor <= 13)) === 'true');
	return {
		version,
		minor,
		startedAt,
		configuration,
		kubeProxyReplacement,
		hostPort,
		nodePort,
		chainingMode: configuration['cni-chaining-mode'] ?? 'none',
	};
}

/** What the agent prints at start, as far as hostPort is concerned. */
export function agentLog(agent: AgentState, cniFile: string): string[] {
	const options = Object.entries({...agent.configuration, 'kube-proxy-replacement': agent.kubeProxyReplacement}).sort(([a], [b]) =>
		a < b ? -1 : 1,
	);
	return [
		line('Started gops server', 'daemon'),
		...options.map(([key, value]) => line(`  --${key}='${value}'`, 'daemon')),
		line(`Cilium ${agent.version} (demo) go version go1.18.10 linux/amd64`, 'daemon'),
		...(agent.kubeProxyReplacement === 'disabled' && agent.minor <= 15 ? [line(autoDisabling(agent.minor), 'daemon')] : []),
		...(agent.minor >= 14
			? [
					line(`Generating CNI configuration file with mode ${agent.chainingMode}`, 'cni-config'),
					line(`Wrote CNI configuration file to /host/etc/cni/net.d/${cniFile}`, 'cni-config'),
				]
			: []),
		line('Daemon initialization completed', 'daemon'),
	];
}

const line = (message: string, subsystem: string): string => `level=info msg="${message}" subsys=${subsystem}`;

/** The one line that the write-up misread (cilium daemon/cmd/kube_proxy_replacement.go); its words changed with 1.10 and 1.12. */
function autoDisabling(minor: number): string {
	const socket = minor >= 12 ? ['bpf-lb-sock'] : ['enable-host-reachable-services'];
	const features = [
		'enable-node-port',
		'enable-external-ips',
		...socket,
		'enable-host-port',
		...(minor >= 9 && minor < 12 ? ['enable-session-affinity'] : []),
	];
	const tail = minor >= 10 ? ' features and falling back to \\"enable-host-legacy-routing\\"' : '';
	return `Auto-disabling ${features.map(feature => `\\"${feature}\\"`).join(', ')}${tail}`;
}
