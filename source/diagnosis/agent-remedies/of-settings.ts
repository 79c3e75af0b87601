/** Settings that are wrong, or do not go with each other. By the words of Cilium 1.8 to 1.20; the files named are those of 1.15.19 and 1.20.2. */
export const ofSettings: ReadonlyArray<{readonly words: RegExp; readonly remedy: string}> = [
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
		// Seen on 1.20.2 with enable-ipsec and without ipsec-key-file.
		words: /\bopen : no such file or directory/,
		remedy:
			'An option of cilium-config that names a file is missing: with enable-ipsec it is ipsec-key-file (chart: encryption.enabled and encryption.type set it).',
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
