import type {ConfigurationFile, Evidence, NatTable, NodeEvidence, Observation} from '../../source/evidence/evidence.ts';
import {binary, configurationFile, having, times} from '../diagnosis/builders.ts';

type Roll = (below: number) => number;
/** A change of evidence that is no matter of hostPorts: what is told of them has to stay as it is. */
export type NeutralChange = (evidence: Evidence, roll: Roll) => Evidence;

/** Ports and addresses that no recording knows. */
const strangePort = (roll: Roll): number => 20_000 + roll(5000);
const strangeAddress = (roll: Roll): string => `172.31.${roll(250)}.${1 + roll(250)}`;

function shuffled<T>(items: readonly T[], roll: Roll): T[] {
	const left = [...items];
	return items.flatMap(() => left.splice(roll(left.length), 1));
}

const onNodes = (evidence: Evidence, change: (seen: Observation) => Observation): Evidence => ({
	...evidence,
	nodes: evidence.nodes.map(node => (node.observation === null ? node : {...node, observation: change(node.observation)})),
});

const onTables = (evidence: Evidence, change: (table: NatTable) => NatTable): Evidence =>
	onNodes(evidence, seen => ({
		...seen,
		nat: {nft: seen.nat.nft && change(seen.nat.nft), legacy: seen.nat.legacy && change(seen.nat.legacy)},
	}));

const onFiles = (evidence: Evidence, change: (files: ConfigurationFile[]) => ConfigurationFile[]): Evidence =>
	onNodes(evidence, seen => ({
		...seen,
		configurationFolder: seen.configurationFolder && {...seen.configurationFolder, files: change(seen.configurationFolder.files)},
	}));

/** Rules of others in the nat table, whole: chains, and the jumps to them from PREROUTING. */
const foreignNat: ReadonlyArray<(roll: Roll) => string[]> = [
	roll => [
		':DOCKER - [0:0]',
		'-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER',
		'-A DOCKER -i docker0 -j RETURN',
		`-A DOCKER ! -i docker0 -p tcp -m tcp --dport ${strangePort(roll)} -j DNAT --to-destination 172.17.0.2:80`,
	],
	roll => [
		':NETAVARK-HOSTPORT-DNAT - [0:0]',
		'-A PREROUTING -m addrtype --dst-type LOCAL -j NETAVARK-HOSTPORT-DNAT',
		`-A NETAVARK-HOSTPORT-DNAT -p udp -m udp --dport ${strangePort(roll)} -j NETAVARK-DN-1`,
		'-A NETAVARK-DN-1 -p udp -j DNAT --to-destination 10.89.0.2:53',
	],
	() => [':cali-PREROUTING - [0:0]', '-A PREROUTING -m comment --comment "cali:6gwbT8clXdHdC1b1" -j cali-PREROUTING'],
	() => [':ts-postrouting - [0:0]', '-A POSTROUTING -j ts-postrouting', '-A ts-postrouting -m mark --mark 0x40000/0xff0000 -j MASQUERADE'],
	roll => [`-A PREROUTING -i wg0 -p tcp -m tcp --dport 1:65535 -j DNAT --to-destination ${strangeAddress(roll)}`],
	roll => [`-A PREROUTING -d ${strangeAddress(roll)}/32 -j DNAT --to-destination ${strangeAddress(roll)}`],
	() => [':KUBE-MARK-DROP - [0:0]', '-A KUBE-MARK-DROP -j MARK --set-xmark 0x8000/0x8000'],
	() => ['-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE'],
];

/** Rules of other tables that stop nothing of a hostPort. */
const foreignOthers: ReadonlyArray<(roll: Roll) => string> = [
	roll => `filter -A INPUT -p tcp -m tcp --dport ${strangePort(roll)} -j DROP`,
	roll => `filter -A f2b-sshd -s ${strangeAddress(roll)}/32 -j REJECT --reject-with icmp-port-unreachable`,
	() => 'filter -A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP',
	() => 'filter -A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP',
	() => 'filter -A cali-from-wl-dispatch -m comment --comment "cali:zTj6" -m comment --comment "Unknown interface" -j DROP',
	() => 'filter -A ufw-user-input -p tcp -m tcp --dport 80 -j DROP',
	roll => `raw -A PREROUTING -d ${strangeAddress(roll)}/32 -j DROP`,
	roll => `mangle -A PREROUTING -p tcp -m tcp --dport ${strangePort(roll)} -j DROP`,
	() => 'filter -A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP',
	() => 'filter -A DOCKER ! -i docker0 -o docker0 -j DROP',
];

/** A node like another one, with the pods that are on it, under other names and addresses. */
function withTwin(evidence: Evidence, roll: Roll): Evidence {
	const model = evidence.nodes[roll(evidence.nodes.length)];
	const name = `twin-${roll(1_000_000)}`;
	// One whose agent says nothing wrong and that has no pod is a node more, and no fault more.
	if (
		model === undefined ||
		model.observation === null ||
		evidence.pods.some(pod => pod.node === model.name && pod.ports.some(({hostPort}) => hostPort > 0))
	)
		return evidence;
	const twin: NodeEvidence = {...model, name, labels: {...model.labels, 'kubernetes.io/hostname': name}};
	return {...evidence, nodes: [...evidence.nodes, twin]};
}

export const neutralChanges: Readonly<Record<string, NeutralChange>> = {
	'the order of objects': (evidence, roll) => ({
		...evidence,
		nodes: shuffled(evidence.nodes, roll),
		pods: shuffled(evidence.pods, roll),
		events: shuffled(evidence.events, roll),
		services: shuffled(evidence.services, roll),
		networkPolicies: shuffled(evidence.networkPolicies, roll),
	}),
	'the order of entries and files': (evidence, roll) =>
		onNodes(evidence, seen => ({
			...seen,
			serviceEntries: seen.serviceEntries && shuffled(seen.serviceEntries, roll),
			datapathEntries: seen.datapathEntries && shuffled(seen.datapathEntries, roll),
			listeners: seen.listeners && shuffled(seen.listeners, roll),
			localAddresses: seen.localAddresses && shuffled(seen.localAddresses, roll),
			configurationFolder: seen.configurationFolder && {...seen.configurationFolder, files: shuffled(seen.configurationFolder.files, roll)},
			binaryFolder: seen.binaryFolder && {...seen.binaryFolder, files: shuffled(seen.binaryFolder.files, roll)},
		})),
	'blanks and line ends of CNI files': (evidence, roll) =>
		onFiles(evidence, files =>
			files.map(file => {
				try {
					const content = JSON.stringify(JSON.parse(file.content), null, roll(4)).replaceAll('\n', roll(2) === 0 ? '\n' : '\r\n');
					return {...file, content, size: content.length};
				} catch {
					return file;
				}
			}),
		),
	'CNI files that sort behind': evidence =>
		onFiles(evidence, files =>
			// One that is alone would be loaded.
			files.some(({name}) => /\.(?:conf|conflist|json)$/.test(name))
				? [
						...files,
						configurationFile('zz-podman.conflist', {cniVersion: '0.4.0', name: 'podman', plugins: [{type: 'bridge'}, {type: 'firewall'}]}),
						configurationFile('zz-loopback.conf', {cniVersion: '0.3.1', name: 'lo', type: 'loopback'}),
						configurationFile('zz-readme.txt', 'nothing'),
					]
				: files,
		),
	'programs beside those that are called': evidence =>
		onNodes(evidence, seen => ({
			...seen,
			binaryFolder: seen.binaryFolder && {
				...seen.binaryFolder,
				files: [...seen.binaryFolder.files, ...['ptp', 'tuning', 'zz-old.tar'].map(name => binary(name))],
			},
		})),
	'rules of others in nat': (evidence, roll) => {
		const rules = foreignNat[roll(foreignNat.length)]?.(roll) ?? [];
		return onTables(evidence, table => (table.rules.length === 0 ? table : {...table, rules: [...rules, ...table.rules]}));
	},
	'rules of others in other tables': (evidence, roll) => {
		const line = foreignOthers[roll(foreignOthers.length)]?.(roll) ?? '';
		// Some look at how many lines there are.
		return onTables(evidence, table => (table.others.length > 400 ? table : {...table, others: [line, ...table.others]}));
	},
	'interfaces and addresses that nobody asks for': (evidence, roll) =>
		onNodes(evidence, seen => ({
			...seen,
			localAddresses: seen.localAddresses && [...seen.localAddresses, strangeAddress(roll), 'fe80::1', '169.254.20.10'],
			facts: {...seen.facts, [`device:${strangeAddress(roll)}`]: 'docker0'},
		})),
	'a Hostname and DNS names': evidence => ({
		...evidence,
		nodes: evidence.nodes.map(node => ({...node, addresses: [...node.addresses, {type: 'InternalDNS', address: `${node.name}.internal`}]})),
	}),
	'IPv6 of a node whose pods have none': (evidence, roll) =>
		evidence.pods.some(({podIPs}) => podIPs.some(address => address.includes(':')))
			? evidence
			: {
					...evidence,
					nodes: evidence.nodes.map(node => ({
						...node,
						addresses: [...node.addresses, {type: 'InternalIP', address: `2001:db8:${roll(9000)}::${node.addresses.length}`}],
					})),
				},
	'a node more, without hostPorts': withTwin,
	'keys of cilium-config that are no matter': (evidence, roll) => ({
		...evidence,
		cilium: !evidence.cilium?.configMap
			? evidence.cilium
			: {
					...evidence.cilium,
					configMap: {
						...evidence.cilium.configMap,
						data: {...evidence.cilium.configMap.data, [`enable-hubble-${roll(99)}`]: 'true', 'cluster-name': 'x'},
					},
				},
	}),
	'pods on the host network, and pods that have ended': (evidence, roll) => {
		const [model] = evidence.pods;
		if (model === undefined) return evidence;
		const number = roll(1_000_000);
		const ports = [{container: 'c', init: false, hostPort: strangePort(roll), containerPort: 80, protocol: 'TCP', hostIP: ''}];
		return {
			...evidence,
			pods: [
				...evidence.pods,
				having(model, {name: `done-${number}`, uid: `done-${number}`, phase: 'Succeeded', ready: false, podIPs: [], ports, trouble: ''}),
				having(model, {
					name: `host-${number}`,
					uid: `host-${number}`,
					hostNetwork: true,
					ready: true,
					podIPs: ['10.255.255.1'],
					ports,
					createdAt: times.created,
				}),
			],
		};
	},
	'Services and policies of others': (evidence, roll) => ({
		...evidence,
		services: [
			...evidence.services,
			{
				namespace: 'other',
				name: `s${roll(1000)}`,
				type: 'ClusterIP',
				clusterIPs: ['10.96.200.200'],
				externalIPs: [],
				selector: {},
				ports: [{port: strangePort(roll), nodePort: null, protocol: 'TCP'}],
			},
		],
		networkPolicies: [
			...evidence.networkPolicies,
			{kind: 'NetworkPolicy', namespace: 'other', name: `p${roll(1000)}`, matchLabels: {}, matchExpressions: [], ingressEntities: []},
		],
	}),
	'native tables that let everything through': evidence =>
		onNodes(evidence, seen => {
			if (seen.nftables?.filter === undefined) return seen;
			const chain = {name: 'inet open forward', hook: 'forward', priority: 0, policy: 'accept' as const};
			return {...seen, nftables: {...seen.nftables, filter: {...seen.nftables.filter, chains: [...seen.nftables.filter.chains, chain]}}};
		}),
	'labels and annotations': (evidence, roll) => ({
		...evidence,
		nodes: evidence.nodes.map(node => ({...node, labels: {...node.labels, [`example.org/x${roll(99)}`]: 'y'}})),
		pods: evidence.pods.map(pod => ({...pod, labels: {...pod.labels, 'example.org/z': 'y'}})),
	}),
};
