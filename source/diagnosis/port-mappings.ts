import type {NatTable, Observation} from '../evidence/evidence.ts';

/** One mapping that the portmap plugin made, as its rules in the nat table tell it. */
export type PortMapping = {
	readonly build: 'nft' | 'legacy';
	readonly family: 4 | 6;
	/** `TCP`, `UDP`, `SCTP`. */
	readonly protocol: string;
	readonly hostPort: number;
	/** Empty: every address of the node. */
	readonly hostIP: string;
	readonly targetIP: string;
	readonly targetPort: number;
	/** `CNI-DN-dae2e2caa00ed8d022728`. */
	readonly chain: string;
	/** Name of the CNI network and id of the sandbox by the rule's comment; empty where it has none. */
	readonly network: string;
	readonly sandbox: string;
	/** Place among the jumps of CNI-HOSTPORT-DNAT: the first that matches wins. Undefined: nothing leads to the chain. */
	readonly position: number | undefined;
};

/** Every mapping of both iptables builds and both families, in the order of the rules. */
export function portMappings(nat: Observation['nat'] | undefined): readonly PortMapping[] {
	return (['nft', 'legacy'] as const).flatMap(build => {
		const table = nat?.[build];
		return table ? [...mappingsOf(table.rules, build, 4), ...mappingsOf(table.rules6, build, 6)] : [];
	});
}

/** Whether any rule or chain of portmap is there: the hooks are made with the first mapping and stay. */
export function hasPortmapHook(nat: Observation['nat'] | undefined): boolean {
	return tables(nat).some(({rules, rules6}) => [...rules, ...rules6].some(line => line.includes('CNI-HOSTPORT-DNAT')));
}

/** The tables that were read. */
export function tables(nat: Observation['nat'] | undefined): readonly NatTable[] {
	return [nat?.nft, nat?.legacy].flatMap(table => (table?.available === true ? [table] : []));
}

type Jump = {position: number; network: string; sandbox: string};

function mappingsOf(rules: readonly string[], build: 'nft' | 'legacy', family: 4 | 6): PortMapping[] {
	const isHooked = rules.some(line => line.startsWith('-A PREROUTING ') && line.includes('-j CNI-HOSTPORT-DNAT'));
	const jumps = isHooked ? jumpsOf(rules) : new Map<string, Jump>();
	return rules.flatMap(line => {
		const chain = /^-A (CNI-DN-\S+) /.exec(line)?.[1];
		const target = /-j DNAT --to-destination (?:\[([^\]]+)\]|([^\s:]+)):(\d+)/.exec(line);
		const hostPort = Number(/--dport (\d+)/.exec(line)?.[1]);
		if (chain === undefined || target === null || !Number.isInteger(hostPort)) {
			return [];
		}

		const jump = jumps.get(chain);
		return {
			build,
			family,
			protocol: (/ -p (\w+)/.exec(line)?.[1] ?? '').toUpperCase(),
			hostPort,
			hostIP: / -d ([^\s/]+)/.exec(line)?.[1] ?? '',
			targetIP: target[1] ?? target[2] ?? '',
			targetPort: Number(target[3]),
			chain,
			network: jump?.network ?? '',
			sandbox: jump?.sandbox ?? '',
			position: jump?.position,
		};
	});
}

function jumpsOf(rules: readonly string[]): Map<string, Jump> {
	const jumps = new Map<string, Jump>();
	for (const [position, line] of rules.entries()) {
		const chain = /^-A CNI-HOSTPORT-DNAT .*-j (CNI-DN-\S+)/.exec(line)?.[1];
		if (chain !== undefined && !jumps.has(chain)) {
			// The comment reads `dnat name: "portmap" id: "<sandbox>"`, its quotes escaped by iptables-save.
			const [, network = '', sandbox = ''] = /name: \\?"([^"\\]*)\\?" id: \\?"([^"\\]*)\\?"/.exec(line) ?? [];
			jumps.set(chain, {position, network, sandbox});
		}
	}

	return jumps;
}
