/** The API server, the operator, the key-value store, and what is said in more general words, which therefore comes last. By the words of Cilium 1.8 to 1.20; the files named are those of 1.15.19 and 1.20.2. */
export const ofTheCluster: ReadonlyArray<{readonly words: RegExp; readonly remedy: string}> = [
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
