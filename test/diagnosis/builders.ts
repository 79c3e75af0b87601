import type {
	AgentStatus,
	BinaryFile,
	CiliumEvidence,
	ConfigurationFile,
	Evidence,
	HostPortPod,
	NatTable,
	NodeEvidence,
	Observation,
} from '../../source/evidence/evidence.ts';

/** The hours of every scene: Cilium set up, its agents started, the workload made, the evidence collected. */
export const times = {
	created: '2024-01-10T09:00:00Z',
	agentsStarted: '2024-01-10T09:05:00Z',
	fileWritten: '2024-01-10T09:05:10Z',
	podsCreated: '2024-02-01T10:00:00Z',
	collected: '2024-02-07T02:00:00Z',
} as const;

export function epoch(time: string): number {
	return Date.parse(time) / 1000;
}

/** A copy of an object with some of its fields put in place: the words of a scene that differs from another. */
export function having<T extends object>(value: T, parts: Partial<T>): T {
	return {...value, ...parts};
}

export function configurationFile(name: string, content: unknown, modified: string = times.fileWritten): ConfigurationFile {
	const text = typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`;
	return {name, content: text, size: text.length, modified: epoch(modified), changed: 0, mode: '644', linksTo: '', truncated: false};
}

export function binary(name: string, parts: Partial<BinaryFile> = {}): BinaryFile {
	return {
		name,
		size: 4_000_000,
		modified: epoch(times.created),
		changed: 0,
		mode: '755',
		linksTo: '',
		architecture: 'amd64',
		sha256: '',
		versionAnswer: '',
		versionExitCode: null,
		...parts,
	};
}

export function workingPortmap(parts: Partial<BinaryFile> = {}): BinaryFile {
	return binary('portmap', {
		versionAnswer: '{"cniVersion":"1.1.0","supportedVersions":["0.1.0","0.2.0","0.3.0","0.3.1","0.4.0","1.0.0","1.1.0"]}',
		versionExitCode: 0,
		...parts,
	});
}

export function natTable(rules: readonly string[] = [], rules6: readonly string[] = []): NatTable {
	return {available: true, rules: [...rules], rules6: [...rules6], truncated: false, error: '', others: []};
}

/** The hooks that portmap puts into the nat table before its first mapping. */
export const portmapHooks: readonly string[] = [
	':CNI-HOSTPORT-DNAT - [0:0]',
	':CNI-HOSTPORT-MASQ - [0:0]',
	':CNI-HOSTPORT-SETMARK - [0:0]',
	'-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT',
	'-A OUTPUT -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT',
	'-A POSTROUTING -m comment --comment "CNI portfwd requiring masquerade" -j CNI-HOSTPORT-MASQ',
	'-A CNI-HOSTPORT-MASQ -m mark --mark 0x2000/0x2000 -j MASQUERADE',
	'-A CNI-HOSTPORT-SETMARK -m comment --comment "CNI portfwd masquerade mark" -j MARK --set-xmark 0x2000/0x2000',
];

export type MappingParts = {
	readonly sandbox: string;
	readonly hostPort: number;
	readonly target: string;
	readonly protocol?: string;
	readonly hostIP?: string;
	readonly list?: string;
};

/** What `iptables-save -t nat` shows of one mapping made by the portmap plugin. */
export function portmapRules({sandbox, hostPort, target, protocol = 'tcp', hostIP = '', list = 'portmap'}: MappingParts): string[] {
	const chain = `CNI-DN-${Buffer.from(`${sandbox}${protocol}`).toString('hex').padEnd(21, '0').slice(-21)}`;
	const destination = hostIP === '' ? '' : `-d ${hostIP}/32 `;
	const comment = `-m comment --comment "dnat name: \\"${list}\\" id: \\"${sandbox}\\""`;
	return [
		`:${chain} - [0:0]`,
		`-A CNI-HOSTPORT-DNAT -p ${protocol} ${comment} -m multiport --dports ${hostPort} -j ${chain}`,
		`-A ${chain} -s 127.0.0.1/32 ${destination}-p ${protocol} -m ${protocol} --dport ${hostPort} -j CNI-HOSTPORT-SETMARK`,
		`-A ${chain} ${destination}-p ${protocol} -m ${protocol} --dport ${hostPort} -j DNAT --to-destination ${target}`,
	];
}

export function agentStatus(version: string, parts: Partial<AgentStatus> = {}): AgentStatus {
	return {
		version,
		kubeProxyReplacement: 'disabled',
		hostPortEnabled: false,
		nodePortEnabled: false,
		socketLoadBalancing: null,
		nodePortRange: null,
		chainingMode: '',
		cniFile: '',
		devices: [],
		deviceAddresses: [],
		hostFirewall: '',
		...parts,
	};
}

export function observation(parts: Partial<Observation> = {}): Observation {
	return {
		clock: epoch(times.collected),
		kernel: '5.4.0-163-generic',
		machine: 'x86_64',
		configurationFolder: {host: '/etc/cni/net.d', files: []},
		binaryFolder: {host: '/opt/cni/bin', files: [binary('cilium-cni'), binary('loopback')]},
		nat: {nft: natTable(), legacy: natTable()},
		nftables: null,
		agentStatus: null,
		serviceEntries: [],
		datapathEntries: null,
		programDevices: null,
		probes: null,
		udpConnections: null,
		localAddresses: null,
		sandboxes: null,
		listeners: [],
		runtime: null,
		onNode: false,
		agentLog: [],
		facts: {},
		errors: [],
		...parts,
	};
}

export function node(name: string, address: string, seen: Observation | null, parts: Partial<NodeEvidence> = {}): NodeEvidence {
	return {
		name,
		labels: {'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux'},
		ready: true,
		readyMessage: '',
		schedulable: true,
		os: 'linux',
		architecture: 'amd64',
		kernel: '5.4.0-163-generic',
		osImage: 'Ubuntu 20.04.6 LTS',
		containerRuntime: 'containerd://1.6.20',
		addresses: [
			{type: 'InternalIP', address},
			{type: 'Hostname', address: name},
		],
		taints: [],
		createdAt: times.created,
		agent: {
			pod: `cilium-${name}`,
			phase: 'Running',
			ready: true,
			startedAt: times.agentsStarted,
			image: '',
			imageID: '',
			trouble: '',
		},
		via: seen === null ? 'api' : 'pod',
		attempts: [],
		skipped: '',
		observation: seen,
		...parts,
	};
}

export function pod(
	name: string,
	nodeName: string,
	podIP: string,
	ports: HostPortPod['ports'],
	parts: Partial<HostPortPod> = {},
): HostPortPod {
	return {
		namespace: 'default',
		name,
		uid: `uid-${name}`,
		node: nodeName,
		phase: 'Running',
		ready: true,
		hostNetwork: false,
		podIPs: podIP === '' ? [] : [podIP],
		createdAt: times.podsCreated,
		startedAt: times.podsCreated,
		owner: 'Deployment/web',
		labels: {app: 'web'},
		trouble: '',
		runsSince: times.podsCreated,
		restarts: '',
		ports,
		...parts,
	};
}

export function port(
	hostPort: number,
	containerPort: number,
	parts: Partial<HostPortPod['ports'][number]> = {},
): HostPortPod['ports'][number] {
	return {container: 'main', init: false, hostPort, containerPort, protocol: 'TCP', hostIP: '', ...parts};
}

export function cilium(version: string, data: Record<string, string>, parts: Partial<CiliumEvidence> = {}): CiliumEvidence {
	return {
		namespace: 'kube-system',
		version,
		daemonSet: {
			name: 'cilium',
			image: `quay.io/cilium/cilium:v${version}`,
			labels: {'k8s-app': 'cilium'},
			annotations: {},
			templateAnnotations: {},
			updateStrategy: 'RollingUpdate',
			maxUnavailable: '2',
			desired: 3,
			updated: 3,
			ready: 3,
			args: ['--config-dir=/tmp/cilium/config-map'],
			env: {},
			hostPaths: [
				{volume: 'cni-path', host: '/opt/cni/bin', seen: ''},
				{volume: 'etc-cni-netd', host: '/etc/cni/net.d', seen: '/host/etc/cni/net.d'},
			],
			portmapInstaller: '',
		},
		configMap: {
			name: 'cilium-config',
			data,
			labels: {},
			annotations: {},
			resourceVersion: '1042',
			createdAt: times.created,
			managers: [],
			lastChanged: times.created,
		},
		nodeConfigs: [],
		...parts,
	};
}

export function evidence(parts: Partial<Evidence> = {}): Evidence {
	return {
		apiVersion: 'hostport.dev/v1',
		kind: 'Evidence',
		collectedAt: times.collected,
		collectedBy: '0.0.0-test',
		redacted: false,
		server: 'https://cluster.example:6443',
		namespace: '',
		kubernetes: 'v1.26.9',
		cilium: null,
		otherDaemonSets: ['kube-system/kube-proxy'],
		portmapKeepers: [],
		kubeProxyMode: 'iptables',
		nodes: [],
		pods: [],
		clientProbes: null,
		events: [],
		services: [],
		networkPolicies: [],
		gaps: [],
		...parts,
	};
}
