/** The node: its modules, kernel, memory, file systems, addresses and ports. By the words of Cilium 1.8 to 1.20; the files named are those of 1.15.19 and 1.20.2. */
export const ofTheNode: ReadonlyArray<{readonly words: RegExp; readonly remedy: string}> = [
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
