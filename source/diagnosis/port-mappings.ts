import type {NatTable, Observation} from '../evidence/evidence.ts';

/** Who makes mappings: the portmap plugin, or the hostPort manager that CRI-O has and the kubelet had (dockershim, kubenet). */
export type MappingMaker = 'portmap' | 'runtime';

/** One mapping of a port, as its rules in the nat table tell it. */
export type PortMapping = {
	readonly by: MappingMaker;
	/** The iptables build, or portmap's own nftables backend. */
	readonly build: 'nft' | 'legacy' | 'nftables';
	readonly family: 4 | 6;
	/** `TCP`, `UDP`, `SCTP`. */
	readonly protocol: string;
	readonly hostPort: number;
	/** Empty: every address of the node. */
	readonly hostIP: string;
	readonly targetIP: string;
	readonly targetPort: number;
	/** `CNI-DN-dae2e2caa00ed8d022728`, `KUBE-HP-5VZJ2D3NMQ2P4M2Q`; the table's name with nftables. */
	readonly chain: string;
	/** Name of the CNI network and id of the sandbox by the rule's comment; empty where it has none. */
	readonly network: string;
	readonly sandbox: string;
	/** Place among the jumps of the chain that all mappings of its maker are in: the first that matches wins. Undefined: nothing leads to the chain. */
	readonly position: number | undefined;
	/** What else the jump asks of a packet, as portmap's `conditionsV4` and `conditionsV6` have it: `-s 10.0.0.0/8`. */
	readonly conditions: string;
	/** Packets that the node itself sends come to it too: there is a jump in OUTPUT. */
	readonly fromNode: boolean;
};

type Maker = {readonly by: MappingMaker; readonly common: string; readonly own: RegExp};

/**
 * The chain that holds the jumps to all mappings, and the name of a mapping's own chain. `KUBE-HOSTPORTS` is the kubelet's of dockershim
 * and kubenet (pkg/kubelet/dockershim/network/hostport, gone with 1.24) and CRI-O's to this day (internal/hostport).
 */
const makers: readonly Maker[] = [
	{by: 'portmap', common: 'CNI-HOSTPORT-DNAT', own: /^CNI-DN-/},
	{by: 'runtime', common: 'KUBE-HOSTPORTS', own: /^KUBE-HP-/},
];

/** The chain that a maker's mappings are reached by. */
export function commonChainOf(by: MappingMaker): string {
	return makers.find(maker => maker.by === by)?.common ?? '';
}

/** Whether mappings are in a chain, or are reached by it. */
export function isMakersChain(chain: string): boolean {
	return makers.some(({common, own}) => chain === common || own.test(chain));
}

type Seen = Pick<Observation, 'nat' | 'nftables'> & Partial<Pick<Observation, 'sandboxes'>>;

/** Every mapping of both iptables builds and both families, in the order of the rules; then those of portmap's own nftables backend. */
export function portMappings(seen: Seen | undefined): readonly PortMapping[] {
	if (seen === undefined) return [];
	const known = read.get(seen);
	if (known !== undefined) return known;
	const mappings = readMappings(seen);
	read.set(seen, mappings);
	return mappings;
}

// While nodes answer, each is judged again and again.
const read = new WeakMap<object, readonly PortMapping[]>();

function readMappings(seen: Seen): readonly PortMapping[] {
	const byIptables = (['nft', 'legacy'] as const).flatMap(build => {
		const table = seen.nat[build];
		return table
			? makers.flatMap(maker => [
					...mappingsOf(table.rules, {...maker, build, family: 4}),
					...mappingsOf(table.rules6, {...maker, build, family: 6}),
				])
			: [];
	});
	return [
		...byIptables,
		...[...nftablesMappings(seen.nftables?.rules ?? [], 4), ...nftablesMappings(seen.nftables?.rules6 ?? [], 6)].map(mapping => ({
			...mapping,
			// The runtime's CNI cache has the name that the rules lack.
			network: seen.sandboxes?.find(({sandbox}) => sandbox === mapping.sandbox)?.network ?? '',
		})),
		...(seen.nftables?.runtimeMappings ?? []).map((mapping, position) => runtimeMapping(mapping, position)),
	];
}

/** Whether any rule or chain of portmap is there: the hooks are made with the first mapping and stay. */
export function hasPortmapHook(nat: Observation['nat'] | undefined): boolean {
	return tables(nat).some(({rules, rules6}) => [...rules, ...rules6].some(line => line.includes('CNI-HOSTPORT-DNAT')));
}

/** portmap's chain without the jump to it from PREROUTING, which portmap never takes away: somebody emptied the table. */
export function wasFlushed(nat: Observation['nat'] | undefined): boolean {
	return tables(nat).some(
		({rules}) =>
			rules.some(line => line.startsWith(':CNI-HOSTPORT-DNAT ')) &&
			!rules.some(line => line.startsWith('-A PREROUTING ') && line.includes('-j CNI-HOSTPORT-DNAT')),
	);
}

/** Whether the node itself has iptables, by the chains that its kubelet makes with it: portmap then uses iptables too, unless told otherwise. */
export function hasNodeIptables(nat: Observation['nat'] | undefined): boolean {
	return tables(nat).some(({rules, rules6, others}) =>
		[...rules, ...rules6, ...others].some(line => /KUBE-(?:KUBELET-CANARY|IPTABLES-HINT)\b/.test(line)),
	);
}

/** The tables that were read. */
export function tables(nat: Observation['nat'] | undefined): readonly NatTable[] {
	return [nat?.nft, nat?.legacy].flatMap(table => (table?.available === true ? [table] : []));
}

/**
 * Why rules may be there that were not read: one of the builds is on the node and could not show its table. A kernel without the tables of
 * a build has no rules in them, whatever that build says of it (iptables 1.8, `Table does not exist`, `Protocol not supported`).
 */
export function unreadTable(nat: Observation['nat'] | undefined): string {
	const failed = [nat?.nft, nat?.legacy].find(
		table =>
			table?.available === false &&
			/is incompatible, use 'nft' tool|permission denied|must be root|not permitted|timed out|killed/i.test(table.error),
	);
	return failed?.error ?? '';
}

type Jump = {
	chain: string;
	protocol: string;
	ports: readonly number[];
	position: number;
	network: string;
	sandbox: string;
	conditions: string;
};

function mappingsOf(
	rules: readonly string[],
	{by, common, own, build, family}: Maker & Pick<PortMapping, 'family'> & {readonly build: 'nft' | 'legacy'},
): PortMapping[] {
	const hooksIn = (chain: string): string[] => rules.filter(line => line.startsWith(`-A ${chain} `) && line.endsWith(`-j ${common}`));
	const hooks = hooksIn('PREROUTING').map(line => conditionsOf(line).replace('-m addrtype --dst-type LOCAL', '').trim());
	const [isHooked, fromNode] = [hooks.length > 0, hooksIn('OUTPUT').length > 0];
	const ofHook = hooks.includes('') ? '' : (hooks[0] ?? '');
	const jumps = isHooked
		? Map.groupBy(
				rules.flatMap((line, position) => jumpOf(line, position, common)),
				({chain}) => chain,
			)
		: new Map<string, Jump[]>();
	return rules.flatMap((line, place) => {
		const [, chain] = /^-A (\S+) /.exec(line) ?? [];
		const target = /-j DNAT --to-destination (?:\[([^\]]+)\]|([^\s:]+)):(\d+)/.exec(line);
		if (chain === undefined || !(own.test(chain) || chain === common) || target === null) {
			return [];
		}

		const protocol = (/ -p (\w+)/.exec(line)?.[1] ?? '').toUpperCase();
		// A runtime names the port in the jump alone, and has one chain for each.
		const hostPort = Number(/--dports? (\d+)/.exec(line)?.[1] ?? (by === 'runtime' ? jumps.get(chain)?.[0]?.ports[0] : undefined));
		if (!Number.isInteger(hostPort)) {
			return [];
		}

		// One match takes 15 ports (xt_multiport): a pod with more has several jumps to its chain.
		const jump = jumps.get(chain)?.find(each => takes(each, protocol, hostPort));
		// A target that stands in the common chain itself is nothing that portmap writes, and catches traffic all the same.
		const inCommonChain = chain === common && isHooked ? place : undefined;
		return {
			by,
			build,
			family,
			protocol,
			hostPort,
			hostIP: / -d ([^\s/]+)/.exec(line)?.[1] ?? '',
			targetIP: target[1] ?? target[2] ?? '',
			targetPort: Number(target[3]),
			chain,
			network: jump?.network ?? '',
			sandbox: jump?.sandbox ?? '',
			conditions: [ofHook, jump?.conditions ?? ''].filter(Boolean).join(' '),
			position: inCommonChain ?? jump?.position,
			fromNode,
		};
	});
}

function takes(jump: Jump, protocol: string, hostPort: number): boolean {
	return (jump.protocol === '' || jump.protocol === protocol) && (jump.ports.length === 0 || jump.ports.includes(hostPort));
}

function jumpOf(line: string, position: number, common: string): Jump[] {
	const chain = line.startsWith(`-A ${common} `) ? / -j (\S+)$/.exec(line)?.[1] : undefined;
	if (chain === undefined) {
		return [];
	}

	// The comment reads `dnat name: "portmap" id: "<sandbox>"`, its quotes escaped by iptables-save.
	const [, network = '', sandbox = ''] = /name: \\?"([^"\\]*)\\?" id: \\?"([^"\\]*)\\?"/.exec(line) ?? [];
	const ports = /--dports? ([\d,]+)(?: |$)/.exec(line)?.[1]?.split(',').map(Number) ?? [];
	return [
		{chain, protocol: (/ -p (\w+)/.exec(line)?.[1] ?? '').toUpperCase(), ports, position, network, sandbox, conditions: conditionsOf(line)},
	];
}

/** What is left of a jump without protocol, ports, comment and target. */
function conditionsOf(line: string): string {
	return line
		.replace(/^-A \S+/, '')
		.replaceAll(/ --comment (?:"(?:[^"\\]|\\.)*"|\S+)| -m (?:comment|multiport|tcp|udp|sctp)| --dports? \S+| -p \w+| -j \S+/g, '')
		.trim();
}

/** CRI-O's map of ports to pods: there is one place for each port, so nothing stands before another. */
function runtimeMapping(
	mapping: NonNullable<NonNullable<Observation['nftables']>['runtimeMappings']>[number],
	position: number,
): PortMapping {
	return {
		...mapping,
		by: 'runtime',
		build: 'nftables',
		family: mapping.targetIP.includes(':') ? 6 : 4,
		chain: 'crio-hostports',
		network: '',
		sandbox: '',
		conditions: '',
		position,
		fromNode: true,
	};
}

/**
 * `ip daddr 10.88.0.11 tcp dport 8080 dnat to 10.0.0.5:80 comment "<sandbox>"` (plugins/meta/portmap/portmap_nftables.go, 1.6.1 to 1.10.0,
 * run with nft 1.0.6). portmap's conditions stand in the one rule that leads all packets to them, as the last pod that started had them.
 */
function nftablesMappings(rules: readonly string[], family: 4 | 6): PortMapping[] {
	const jumps = (chain: string): readonly string[] =>
		rules.flatMap(line => (line.startsWith(`${chain}: `) ? [nftConditionsOf(line.slice(chain.length + 2))] : []));
	const [incoming, outgoing] = [jumps('prerouting'), jumps('output')];
	// Evidence of an earlier version has no jumps at all: then nothing is known of them.
	const isKnown = incoming.length + outgoing.length > 0;
	const conditions = incoming.includes('') ? '' : (incoming[0] ?? '');
	return rules.flatMap((line, position) => {
		const match =
			/(?:ip6? daddr (\S+) )?(tcp|udp|sctp) dport (\d+) dnat (?:ip6? )?to (?:\[([^\]]+)\]|([^\s:]+)):(\d+)(?: comment "([^"]*)")?/.exec(
				line,
			);
		if (match === null) {
			return [];
		}

		const [, hostIP = '', protocol = '', hostPort, six, four, targetPort, sandbox = ''] = match;
		return {
			by: 'portmap' as const,
			build: 'nftables' as const,
			family,
			protocol: protocol.toUpperCase(),
			hostPort: Number(hostPort),
			hostIP,
			targetIP: six ?? four ?? '',
			targetPort: Number(targetPort),
			chain: 'cni_hostport',
			network: '',
			sandbox,
			conditions,
			position: isKnown && incoming.length === 0 ? undefined : position,
			fromNode: !isKnown || outgoing.length > 0,
		};
	});
}

/** What is left of a rule that leads to the mappings, without what portmap writes into each. */
function nftConditionsOf(line: string): string {
	return line.replaceAll(/\bfib daddr type local\b|\bjump \S+|\bcounter(?: packets \d+ bytes \d+)?| comment "[^"]*"/g, '').trim();
}
