import {isIP} from 'node:net';
import {parseJson} from '../bounded-json.ts';
import {readRule, valueOf, type Elements} from './nft-expression.ts';
import {packetFilter, type FilterChain, type FilterRule, type PacketFilter} from './packet-filter.ts';
import {at, listOf, numberOf, textOf} from './untyped.ts';

/** A mapping of CRI-O's nftables backend (internal/hostport/hostport_nftables.go): table `crio-hostports`, a map of ports to pods. */
export type RuntimeMapping = {protocol: string; hostPort: number; hostIP: string; targetIP: string; targetPort: number};

type Ruleset = {readonly filter: PacketFilter; readonly runtimeMappings: readonly RuntimeMapping[]};

const mostRules = 2000;
// Hooks that a packet for a hostPort, or the answer to it, passes on its way: it is forwarded to the pod, never handed to the node itself.
const onTheWay = new Set(['ingress', 'prerouting', 'forward', 'postrouting']);
const families = new Set(['ip', 'ip6', 'inet', 'netdev']);
// Services and hostPort mappings, which are judged as such.
const ofKubernetes = new Set(['kube-proxy', 'cni_hostport', 'crio-hostports']);
/** Names of built-in chains: a table with one is iptables' own (iptables-nft), which is read by iptables-save. */
const ofIptables = new Set(['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING']);

/** The answer of `nft -j list ruleset`, cut to what may stop or divert a packet on its way to a hostPort; undefined where it is none. */
export function parseRuleset(text: string): Ruleset | undefined {
	const objects = objectsOf(text);
	if (objects === undefined) return undefined;
	const of = (kind: string): unknown[] => objects.flatMap(object => at(object, kind) ?? []);
	const elements = elementsByTable([...of('set'), ...of('map')]);
	const chains = of('chain').filter(chain => families.has(textOf(at(chain, 'family'))) && !ofKubernetes.has(textOf(at(chain, 'table'))));
	const iptables = new Set(chains.filter(chain => ofIptables.has(textOf(at(chain, 'name')))).map(tableOf));
	const named = new Map(
		chains.filter(chain => !iptables.has(tableOf(chain))).map(chain => [`${tableOf(chain)} ${textOf(at(chain, 'name'))}`, chain]),
	);
	const rules = Map.groupBy(
		of('rule').flatMap(rule => {
			const chain = `${tableOf(rule)} ${textOf(at(rule, 'chain'))}`;
			return named.has(chain) ? [readRule(chain, listOf(at(rule, 'expr')), elements.get(tableOf(rule)) ?? new Map())] : [];
		}),
		({chain}) => chain,
	);
	const kept = [...named]
		.map(([name, chain]) => chainOf(name, chain))
		.filter(({hook, policy, name}) => onTheWay.has(hook) && (policy === 'drop' || mayStop(name, rules)));
	const reached = new Set(kept.flatMap(({name}) => [...reachedFrom(name, rules)]));
	const all = [...reached].flatMap(name => rules.get(name) ?? []);
	return {
		filter: packetFilter.parse({
			chains: [...kept, ...[...reached].flatMap(name => (kept.some(chain => chain.name === name) ? [] : [chainOf(name, named.get(name))]))],
			rules: all.slice(0, mostRules),
			isCut: all.length > mostRules,
		}),
		runtimeMappings: ['ip', 'ip6'].flatMap(family => runtimeMappings(elements.get(`${family} crio-hostports`))),
	};
}

function objectsOf(text: string): readonly unknown[] | undefined {
	try {
		const objects = at(parseJson(Buffer.from(text)), 'nftables');
		return Array.isArray(objects) ? objects : undefined;
	} catch {
		// An answer that was cut, or no JSON at all: the caller says that it was not read.
		return undefined;
	}
}

const tableOf = (object: unknown): string => `${textOf(at(object, 'family'))} ${textOf(at(object, 'table'))}`;

function chainOf(name: string, chain: unknown): FilterChain {
	return {
		name,
		hook: textOf(at(chain, 'hook')),
		priority: numberOf(at(chain, 'prio')) ?? 0,
		policy: at(chain, 'policy') === 'drop' ? 'drop' : 'accept',
	};
}

function elementsByTable(sets: readonly unknown[]): ReadonlyMap<string, Elements> {
	const tables = new Map<string, Map<string, ReadonlyArray<readonly [string, unknown]>>>();
	for (const set of sets) {
		const elements = listOf(at(set, 'elem')).flatMap(element => {
			// An element of a map is a pair.
			const [key, verdict] = Array.isArray(element) ? element : [element];
			const value = valueOf(key);
			return value === undefined ? [] : [[value, verdict] as const];
		});
		const named = tables.get(tableOf(set)) ?? new Map();
		named.set(textOf(at(set, 'name')), elements);
		tables.set(tableOf(set), named);
	}

	return tables;
}

/** Whether a packet may end in a chain, or in one that it leads to. */
function mayStop(name: string, rules: ReadonlyMap<string, readonly FilterRule[]>): boolean {
	const stops = new Set(['drop', 'reject', 'notrack', 'send']);
	return [...reachedFrom(name, rules)].some(chain =>
		(rules.get(chain) ?? []).some(({deed, map}) => stops.has(deed) || map?.verdicts.some(each => stops.has(each.deed)) === true),
	);
}

function reachedFrom(name: string, rules: ReadonlyMap<string, readonly FilterRule[]>): ReadonlySet<string> {
	const reached = new Set([name]);
	for (const chain of reached) {
		const table = chain.slice(0, chain.lastIndexOf(' '));
		for (const {to, map} of rules.get(chain) ?? []) {
			for (const target of [to, ...(map?.verdicts.map(each => each.to) ?? [])]) if (target !== '') reached.add(`${table} ${target}`);
		}
	}

	return reached;
}

function runtimeMappings(elements: Elements | undefined): RuntimeMapping[] {
	return ['hostports', 'hostipports'].flatMap(name =>
		(elements?.get(name) ?? []).slice(0, mostRules).flatMap(([key, target]) => {
			const parts = key.split(' . ');
			const [targetIP = '', targetPort] = (valueOf(target) ?? '').split(' . ');
			const [hostIP = '', protocol = '', hostPort] = parts.length === 3 ? parts : ['', ...parts];
			const isWhole =
				isIP(targetIP) !== 0 &&
				(hostIP === '' || isIP(hostIP) !== 0) &&
				/^(?:tcp|udp|sctp)$/u.test(protocol) &&
				[targetPort, hostPort].every(each => Number.isInteger(Number(each)));
			return isWhole
				? [{protocol: protocol.toUpperCase(), hostPort: Number(hostPort), hostIP, targetIP, targetPort: Number(targetPort)}]
				: [];
		}),
	);
}
