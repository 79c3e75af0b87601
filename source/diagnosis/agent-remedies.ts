/** What an agent says at its end, and what helps; by the words of Cilium 1.8 to 1.20, where each stands in 1.15.19 and 1.20.2. */
type Row = {readonly words: RegExp; readonly remedy: string};

/** The node: its modules, kernel, memory, file systems and address. */
const ofTheNode: readonly Row[] = [
	{
		words:
			/unable to run '?ip6?tables|modules? initialization failed|could not load module|ip6?tables command|can't initialize ip6?tables table|ip6?tables tables are unavailable/i,
		remedy:
			'Load the netfilter modules that the line names on the node (iptable_raw, iptable_mangle, iptable_nat, iptable_filter; for IPv6 the same of ip6table) and keep them in /etc/modules-load.d, or set ipv6.enabled: false if IPv6 is not used.',
	},

	{
		words: /(?:vxlan|geneve|tunnel)[^.]*address already in use/i,
		remedy:
			'Remove the other tunnel device of that UDP port from the node (ip -d link show type vxlan; flannel.1 of an earlier network), or set another tunnel-port (chart: tunnelPort).',
	},
	{
		// pkg/datapath/linux/requirements.go
		words: /ipv6 is enabled in agent but ipv6 is either disabled/i,
		remedy:
			'Boot the node with IPv6 (without the kernel parameter ipv6.disable=1), or set enable-ipv6: "false" in cilium-config (chart: ipv6.enabled: false), then restart the agents.',
	},
	{
		// pkg/datapath/linux/requirements.go
		words:
			/Require support for|requires support for|kernel version: NOT OK|minimal supported kernel|kernel does not support dynamic pod egress/i,
		remedy:
			'Use a kernel on the node that has what the line names (a version or a CONFIG option): this Cilium version does not start without. An older Cilium version may still support this kernel.',
	},
	{
		// 1.15 pkg/node/address.go, 1.20 pkg/ipam/cell/ipam_init.go
		words: /external (?:IPv[46] )?node address could not be derived/i,
		remedy: 'Give the node an InternalIP (kubelet: --node-ip; kubectl get node -o wide shows it) which one of its interfaces carries.',
	},

	{
		words: /no space left on device/i,
		remedy: 'Free space on the node (df -h, df -i; /run and /var/run too), then restart the agent pod.',
	},
	{
		words: /read-only file system/i,
		remedy:
			'Make the folder that the line names writable on the node: the agent keeps its state below /var/run/cilium and its CNI file in /etc/cni/net.d.',
	},

	{
		words: /cannot allocate memory|out of memory/i,
		remedy: 'Give the node memory, or the maps less of it (chart: bpf.mapDynamicSizeRatio), then restart the agent pod.',
	},
	{
		// 1.15 pkg/datapath/linux/requirements.go
		words: /clang(?: version)?: NOT OK|"clang": executable file not found/i,
		remedy: 'Use Cilium’s own agent image of this version, unchanged: it contains clang, which compiles the agent’s programs.',
	},
	{
		// pkg/datapath/loader/base.go and compile.go
		words: /failed to compile|compile failed|C and Go structs alignment|BPF template directory: NOT OK/i,
		remedy:
			'Read the compiler’s lines before it. Usual causes: an agent image that was changed, too little memory for the agent (signal: killed; chart: resources.limits.memory), no space in /var/run/cilium.',
	},
	{
		words: /(?:load program|map create|BPF_PROG_LOAD|creating? (?:BPF )?map|rlimit|memlock)[^.]*operation not permitted/i,
		remedy:
			'Allow the agent BPF: run it with the rights that the chart gives it (securityContext), and check the node for kernel lockdown (/sys/kernel/security/lockdown), SELinux and AppArmor.',
	},
	{
		// 1.15 pkg/datapath/loader/netlink.go, 1.20 pkg/bpf/collection.go, cilium/ebpf
		words: /loading eBPF collection into the kernel|load program: |program \S+: load|verifier/i,
		remedy:
			'The node’s kernel refuses a program of Cilium’s. Use a newer kernel on the node or a newer patch release of Cilium; the verifier’s own reason stands in the lines before it.',
	},
];

/** Addresses and ports. */
const ofAddresses: readonly Row[] = [
	{
		words: /listen (?:tcp|udp)\S* \S+: bind: address already in use|healthz-bind-address/i,
		remedy: 'Find the process that holds this port on the node (ss -lntup): an earlier agent, kube-proxy or another program.',
	},
	{
		// 1.15 daemon/cmd/ipam.go, 1.20 daemon/infraendpoints/infra_ip_allocation.go
		words: /ipam-range-full|range is full|pod CIDR ranges are exhausted/i,
		remedy:
			'The pod range of this node has no address left: delete pods that do not need to run there, or give nodes a larger range (chart: ipam.operator.clusterPoolIPv4MaskSize, which counts for new nodes). See kubectl get ciliumnode.',
	},

	{
		words: /PodCIDR not available|unable to derive PodCIDR|invalid PodCIDR|waiting for IPAM/i,
		remedy:
			'Give the node a pod range: with ipam.mode kubernetes the controller manager has to (--allocate-node-cidrs), with cluster-pool the cilium-operator; see kubectl get ciliumnode.',
	},
	{
		// daemon/cmd/daemon_main.go
		words: /Cannot specify IPAM mode/i,
		remedy: 'Use native routing with this IPAM mode (chart: routingMode: native), or another ipam.mode in the chart.',
	},
];

/** Settings that are wrong, or do not go with each other. */
const ofSettings: readonly Row[] = [
	{
		// pkg/option/config.go
		words:
			/native routing cidr must be configured|native-routing-cidr must be|Unable to parse CIDR|VPC CIDRs contains the specified native routing CIDR/i,
		remedy:
			'Set ipv4-native-routing-cidr, for IPv6 ipv6-native-routing-cidr, in cilium-config to the range of the pods (chart: ipv4NativeRoutingCIDR, ipv6NativeRoutingCIDR), then restart the agents.',
	},
	{
		words: /encryption-strict-(?:mode|egress)-cidr/i,
		remedy:
			'Set the CIDR of the strict mode to the IPv4 range of the pods (chart: encryption.strictMode.cidr, or encryption.strictMode.egress.cidr where it has that), or turn that mode off (enabled beside it).',
	},
	{
		// daemon/cmd/daemon_main.go
		words: /auto-direct-node-routes[^.]*tunnel/i,
		remedy:
			'Set auto-direct-node-routes: "false" in cilium-config (chart: autoDirectNodeRoutes: false), or use native routing (chart: routingMode: native).',
	},
	{
		// daemon/cmd/daemon_main.go, 1.15 daemon/cmd/kube_proxy_replacement.go, 1.20 pkg/kpr/initializer
		words: /install-no-conntrack-iptables-rules requires/i,
		remedy:
			'Set install-no-conntrack-iptables-rules: "false" in cilium-config (chart: installNoConntrackIptablesRules: false): it needs full kube-proxy replacement, native routing, IPv4 and BPF masquerade.',
	},
	{
		// daemon/cmd/daemon_main.go, 1.20 daemon/cmd/daemon.go
		words: /requires iptables rules/i,
		remedy: 'Remove install-iptables-rules: "false" from cilium-config, then restart the agents.',
	},
	{
		words: /ip-masq-agent requires/i,
		remedy:
			'Turn the ip-masq-agent off (chart: ipMasqAgent.enabled: false), or BPF masquerade on, which it needs (chart: bpf.masquerade: true).',
	},
	{
		words: /masquerade does not allow to specify devices/i,
		remedy:
			'Remove egress-masquerade-interfaces from cilium-config (chart: egressMasqueradeInterfaces); BPF masquerade takes devices instead.',
	},

	{
		words: /masquerade requires NodePort|masquerade requires socket-LB/i,
		remedy:
			'Turn BPF masquerade off (chart: bpf.masquerade: false), or turn kube-proxy replacement on, which it needs; then restart the agents.',
	},
	{
		// 1.20 pkg/datapath/connector/config.go
		words: /netkit/i,
		remedy:
			'Set datapath-mode: veth in cilium-config (chart: bpf.datapathMode: veth), or change what the line names: netkit needs kernel 6.7, full kube-proxy replacement, BPF masquerade and eBPF host routing.',
	},
	{
		words: /Invalid datapath mode/i,
		remedy: 'Set datapath-mode in cilium-config to a value that this version knows, such as veth (chart: bpf.datapathMode).',
	},
	{
		// pkg/datapath/linux/bandwidth
		words: /\bBBR\b/,
		remedy:
			'Turn BBR off (chart: bandwidthManager.bbr: false), or eBPF host routing on, which it needs and which portmap’s chaining turns off (enable-host-legacy-routing).',
	},
	{
		// pkg/datapath/linux/bigtcp
		words: /BIG TCP/,
		remedy: 'Turn BIG TCP off (chart: enableIPv4BIGTCP: false, enableIPv6BIGTCP: false), or change the setting that the line names.',
	},
	{
		// 1.20 daemon/cmd/daemon.go
		words: /routing mode does not support dynamic pod egress routing/i,
		remedy: 'Set enable-fib-table-id-annotation: "false" in cilium-config: it needs eBPF host routing.',
	},
	{
		// cilium/cilium#31760
		words: /IPsec cannot be used with BPF NodePort/i,
		remedy: 'Turn kube-proxy replacement and enable-node-port off, or encrypt with WireGuard: IPsec goes with them from Cilium 1.16 on.',
	},
	{
		// 1.15 daemon/cmd/daemon_main.go, 1.20 daemon/cmd/daemon.go
		words: /IPsec requires DNS proxy transparent mode/i,
		remedy:
			'Set dnsproxy-enable-transparent-mode: "true" in cilium-config (chart: dnsProxy.enableTransparentMode: true), then restart the agents.',
	},
	{
		words: /IPsec cannot be used with the host firewall/i,
		remedy: 'Turn one of the two off: the host firewall (chart: hostFirewall.enabled: false) or IPsec (chart: encryption.enabled: false).',
	},
	{
		words: /WireGuard \([^)]*\) cannot be used with IPsec/i,
		remedy: 'Turn one of the two off in cilium-config: enable-wireguard or enable-ipsec (chart: encryption.type).',
	},
	{
		// 1.20 pkg/datapath/linux/ipsec
		words: /IPsec key missing|IPsec keys?\b/i,
		remedy:
			'Create the secret cilium-ipsec-keys with a key in Cilium’s namespace (chart: encryption.ipsec.secretName), then restart the agents.',
	},
	{
		words: /Ipsec default interface lookup failed/i,
		remedy: 'Set encrypt-interface in cilium-config to the interface of the nodes (chart: encryption.ipsec.interface).',
	},
	{
		words: /Either IPv4 or IPv6 addressing must be enabled/i,
		remedy: 'Set enable-ipv4 or enable-ipv6 to "true" in cilium-config (chart: ipv4.enabled, ipv6.enabled).',
	},
	{
		// pkg/clustermesh/types/option.go
		words: /invalid cluster name|default cluster name/i,
		remedy:
			'Set cluster-name in cilium-config (chart: cluster.name) to a name of lower case letters, digits and “-”; with a cluster-id it cannot be default.',
	},
	{
		words: /issues\/21330/,
		remedy: 'Choose a cluster-id below 128 (chart: cluster.id): with this IPAM or chaining mode higher ones drop packets.',
	},
	{
		// pkg/clustermesh/types
		words: /invalid cluster id|Cluster ?ID\b[^.]*(?:reserved|not supported)/i,
		remedy:
			'Set cluster-id in cilium-config to a number from 1 to 255 (chart: cluster.id; to 511 with clustermesh.maxConnectedClusters: 511), or to 0 without ClusterMesh.',
	},

	{
		// daemon/cmd/daemon_main.go, 1.15 daemon/cmd/kube_proxy_replacement.go
		words: /high.scale IPcache mode/i,
		remedy: 'Change what the line names, or turn this mode off (chart: highScaleIPcache.enabled: false).',
	},
	{
		words: /(?:Node ?Port|DSR|acceleration)[^.]*(?:tunnel|dispatch)|acceleration with tunnel/i,
		remedy:
			'Set loadBalancer.mode: snat and loadBalancer.acceleration: disabled in the chart, or use native routing: this mode does not go with the tunnel.',
	},

	{
		words: /XDP|Cannot set NodePort acceleration/,
		remedy: 'Set loadBalancer.acceleration: disabled in the chart (or best-effort): a device of the node does not support XDP.',
	},
	{
		words: /ip_local_reserved_ports/,
		remedy:
			'Let the agent write the sysctl net.ipv4.ip_local_reserved_ports of the node, as the chart’s securityContext does, or turn this protection off (chart: nodePort.autoProtectPortRange: false).',
	},
	{
		words: /NodePort (?:port )?range|ephemeral port range/i,
		remedy:
			'Choose a node-port-range outside the ephemeral ports of the node (sysctl net.ipv4.ip_local_port_range), or have Cilium reserve it (chart: nodePort.autoProtectPortRange: true).',
	},

	{
		words: /(?:invalid|unknown) (?:value|option)[^.]*kube-proxy-replacement|kube-proxy-replacement[^.]*invalid/i,
		remedy: 'Set kube-proxy-replacement in cilium-config to a value that this version accepts, then restart the agents.',
	},
	{
		// daemon/cmd/cni/config.go
		words: /failed to read source CNI config/i,
		remedy: 'Put the file that read-cni-conf names on the node (chart: cni.readCniConf), or remove the key from cilium-config.',
	},
	{
		// daemon/cmd/cni/config.go
		words: /existing CNI config for chaining|no matching CNI configurations found/i,
		remedy:
			'Cilium waits for the CNI file of the plugin that it is chained to (cni-chaining-target, or the plugin of its chaining mode): install that plugin, or change the chaining mode.',
	},

	{
		words: /chaining mode/i,
		remedy: 'Set cni-chaining-mode in cilium-config to a value that this version knows, in lower case, then restart the agents.',
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
		// pkg/option/config.go
		words: /Both --[\w-]+ and --[\w-]+ were set/i,
		remedy: 'Remove one of the two keys from cilium-config, then restart the agents.',
	},
];

/** The API server, the operator, and what is said in more general words. */
const ofTheCluster: readonly Row[] = [
	{
		words: /CRDs? (?:necessary|were not found)|waiting for Cilium Operator to register CRDs/i,
		remedy: 'Check the pods of deployment cilium-operator: the operator registers these CRDs. Then restart the agents.',
	},
	{
		// pkg/k8s/client/cell.go
		words: /is not meeting the minimal requirement/i,
		remedy: 'Upgrade Kubernetes, or use a Cilium version that still supports this one.',
	},

	{
		words: /is forbidden: User/,
		remedy: 'Restore Cilium’s ClusterRole and ClusterRoleBinding as the chart of this version has them.',
	},
	{
		words: /\bUnauthorized\b/,
		remedy:
			'Delete the agent pod, so that it gets a new token; if that does not help, check its service account and the API server’s keys for service accounts.',
	},
	{
		// pkg/option/config.go
		words: /requires? (?:the )?kvstore|lie in required range/i,
		remedy: 'Set the option that the line names in cilium-config, or remove what asks for it: no key-value store was asked yet.',
	},
	{
		// pkg/kvstore
		// `etcdserver` is what the API server says of its own.
		words: /kvstore|etcd(?!server)/i,
		remedy:
			'Make the key-value store reachable for the agent: check kvstore-opt in cilium-config, and the endpoints and certificates of its etcd configuration.',
	},
	{
		// pkg/k8s/synced/resources.go
		words:
			/pre-existing resources|failed to wait for cache to sync|never received event for resource|since receiving last event for resource/i,
		remedy:
			'Check that the API server answers the agent in time, and that Cilium’s ClusterRole and CRDs have the resource that the line names.',
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
		// pkg/option/config.go
		words: /Invalid (?:value|setting) for --|parse [^:]*--[\w-]+|parse (?:label selector )?[a-z]+(?:-[a-z]+)+|must be one of/i,
		remedy: 'Set the option that the line names in cilium-config to a value that this version accepts, then restart the agents.',
	},

	{
		words: /(?:needs|requires) kernel|kernel[^.]*(?:version|config|support|probe)|probe|operation not permitted|invalid argument/i,
		remedy:
			'With full kube-proxy replacement a failed kernel probe ends the agent: compare the node’s kernel with what the log line requires.',
	},
	{
		words: /^panic: |runtime error:/,
		remedy: 'This is a fault of this Cilium release: use its newest patch release, and report it with the whole log if it stays.',
	},
];

/** What helps an agent that ended with these words; undefined where no row knows them. The first row that fits counts. */
export function remedyFor(words: string): string | undefined {
	return [...ofTheNode, ...ofAddresses, ...ofSettings, ...ofTheCluster].find(row => row.words.test(words))?.remedy;
}
