import type {NodeView} from './node-view.ts';

/** Why an agent does not run or is not ready, by its own last line, and what to do about it. `ended`: it was its last. */
export type LastWords = {readonly line: string; readonly says: string; readonly remedy: string; readonly ended: boolean};

/** The last line with which an agent ended, by its log or by what the kubelet tells of its last run; undefined where neither says it. */
export function lastWords({observation, node}: Pick<NodeView, 'observation'> & Partial<Pick<NodeView, 'node'>>): LastWords | undefined {
	const told = node?.agent?.ready === false ? [node.agent.trouble] : [];
	const line = [observation?.agentLog ?? [], told]
		.flatMap(lines => [isLast, isError, isRetried].map(kind => lines.findLast(each => kind.test(each))))
		.find(Boolean);
	if (line === undefined) return undefined;
	const says = messageIn(line);
	return {
		line,
		says,
		ended: !isRetried.test(line),
		remedy: known.find(({words}) => words.test(says))?.remedy ?? 'Repair what it names; the lines before it tell more.',
	};
}

const isLast = /level=(?:fatal|panic)|"level":"(?:fatal|panic)"|panic:/i;
const isError = /level=error|"level":"error"/i;
/** Said as information, again and again, by an agent that runs on (daemon/cmd/cni/config.go). */
const isRetried = /Failed to write CNI config/;

/**
 * What a line says without its frame: `error=` in full, which is the root, else `msg=`, or the line itself. logrus and slog quote values
 * that hold blanks, in Go's way; as JSON the same fields (Cilium, pkg/logging).
 */
function messageIn(line: string): string {
	const field = (name: string): string =>
		new RegExp(`(?:^|[\\s{,])(?:"${name}":\\s*|${name}=)(?:"((?:[^"\\\\]|\\\\.)*)(?:"|$)|(\\S+))`)
			.exec(line)
			?.slice(1)
			.find(Boolean)
			?.replaceAll(/\\(["\\])/g, '$1') ?? '';
	const [error, message] = [field('error') || field('err'), field('msg')];
	// `timeout` and `exit status 1` say nothing without what was tried.
	const both = error.length < 20 && message !== '' && error !== '' ? `${message}: ${error}` : error || message;
	const says = both || /panic: .*/.exec(line)?.[0] || line;
	return says.replace(/^(?:(?:unable to run agent|failed to start|daemon creation failed|Start failed): )+/i, '');
}

/** By the words of Cilium 1.8 to 1.20 (daemon/cmd, pkg/datapath, pkg/k8s/synced, pkg/wireguard at 1.15.19 and 1.20.2); the first that fits. */
const known: ReadonlyArray<{readonly words: RegExp; readonly remedy: string}> = [
	{
		words:
			/unable to run '?ip6?tables|modules? initialization failed|could not load module|ip6?tables command|can't initialize ip6?tables table/i,
		remedy:
			'Load the netfilter modules that the line names on the node (iptable_raw, iptable_mangle, iptable_nat, iptable_filter; for IPv6 the same of ip6table) and keep them in /etc/modules-load.d, or set ipv6.enabled: false if IPv6 is not used.',
	},
	{
		words: /(?:vxlan|geneve|tunnel)[^.]*address already in use/i,
		remedy:
			'Remove the other tunnel device of that UDP port from the node (ip -d link show type vxlan; flannel.1 of an earlier network), or set another tunnel-port (chart: tunnelPort).',
	},
	{
		words: /listen (?:tcp|udp)\S* \S+: bind: address already in use|healthz-bind-address/i,
		remedy: 'Find the process that holds this port on the node (ss -lntup): an earlier agent, kube-proxy or another program.',
	},
	{
		words: /masquerade requires NodePort|masquerade requires socket-LB/i,
		remedy:
			'Turn BPF masquerade off (chart: bpf.masquerade: false), or turn kube-proxy replacement on, which it needs; then restart the agents.',
	},
	{
		words: /(?:Node ?Port|DSR|acceleration)[^.]*(?:tunnel|dispatch)|acceleration with tunnel/i,
		remedy:
			'Set loadBalancer.mode: snat and loadBalancer.acceleration: disabled in the chart, or use native routing: this mode does not go with the tunnel.',
	},
	{
		words: /XDP/,
		remedy: 'Set loadBalancer.acceleration: disabled in the chart (or best-effort): a device of the node does not support XDP.',
	},
	{
		words: /CRDs? (?:necessary|were not found)/i,
		remedy: 'Check the pods of deployment cilium-operator: the operator registers these CRDs. Then restart the agents.',
	},
	{
		words: /PodCIDR not available|waiting for IPAM|pod CIDR/i,
		remedy:
			'Give the node a pod range: with ipam.mode kubernetes the controller manager has to (--allocate-node-cidrs), with cluster-pool the cilium-operator; see kubectl get ciliumnode.',
	},
	{
		words: /is forbidden: User/,
		remedy: 'Restore Cilium’s ClusterRole and ClusterRoleBinding as the chart of this version has them.',
	},
	{
		words: /no space left on device/i,
		remedy: 'Free space on the node (df -h, df -i; /run and /var/run too), then restart the agent pod.',
	},
	{
		words: /cannot allocate memory|out of memory/i,
		remedy: 'Give the node memory, or the maps less of it (chart: bpf.mapDynamicSizeRatio), then restart the agent pod.',
	},
	{
		words: /wireguard[^.]*(?:operation not supported|kernel)|add WireGuard device/i,
		remedy: 'Load the kernel module wireguard on the node (kernel 5.6 or newer has it), or turn encryption off.',
	},
	{
		words: /unknown flag/i,
		remedy: 'Remove that argument from the agent’s DaemonSet: this Cilium version does not know it.',
	},
	{
		// pkg/datapath/linux/devices.go, pkg/datapath/tables/direct_routing_device.go; cilium/cilium#33527, #37427.
		words: /direct routing device/i,
		remedy:
			'Set devices and, where there are several, direct-routing-device in cilium-config (chart: devices, nodePort.directRoutingDevice) to interfaces that these nodes have and that carry their addresses; a bridge has to be listed.',
	},
	{
		words: /bpftool/i,
		remedy:
			'Use Cilium’s own agent image of this version: it contains bpftool, which probes the kernel. Also check that the pod is privileged.',
	},
	{
		words: /(?:invalid|unknown) (?:value|option)[^.]*kube-proxy-replacement|kube-proxy-replacement[^.]*invalid/i,
		remedy: 'Set kube-proxy-replacement in cilium-config to a value that this version accepts, then restart the agents.',
	},
	{
		words: /chaining mode/i,
		remedy: 'Set cni-chaining-mode in cilium-config to a value that this version knows, in lower case, then restart the agents.',
	},
	{
		words: /(?:k8s|kubernetes)[^.]*(?:connect|client|api|init)|dial tcp|connection refused|no route to host|i\/o timeout|x509/i,
		remedy:
			'Make the API server reachable for the agent: without kube-proxy set k8sServiceHost and k8sServicePort in the chart, because no Service answers before the agent runs.',
	},
	{
		words: /(?:bpf|cgroup)[^.]*mount|mount[^.]*(?:bpf|cgroup)/i,
		remedy: 'Mount the BPF file system and cgroup v2 on the node (chart: bpf.autoMount, cgroup.autoMount, cgroup.hostRoot).',
	},
	{
		words: /no such device|link not found|device .*not found|(?:find|detect) devices?\b/i,
		remedy: 'Set devices in cilium-config (chart: devices) to interfaces that these nodes have.',
	},
	{
		words: /(?:needs|requires) kernel|kernel[^.]*(?:version|config|support|probe)|probe|operation not permitted|invalid argument/i,
		remedy:
			'With full kube-proxy replacement a failed kernel probe ends the agent: compare the node’s kernel with what the log line requires.',
	},
];
