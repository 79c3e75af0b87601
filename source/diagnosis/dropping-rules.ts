import type {HostPortView} from './host-port-view.ts';
import type {NodeView} from './node-view.ts';

/** A rule of the node's own firewall that drops what comes to a hostPort. */
export type DroppingRule = {readonly build: 'nft' | 'legacy'; readonly table: string; readonly line: string};

/**
 * The first rule outside the nat table that names this hostPort, or the pod behind it, and drops or rejects. Whether another rule
 * lets the packet through before it was not read. Rules that concern some senders only, or that say more than is understood
 * here, are passed over.
 */
export function droppingRule(hostPort: HostPortView, node: NodeView): DroppingRule | undefined {
	return ruleThat((table, line) => drops(table, line, hostPort), node);
}

/**
 * The first rule that keeps what comes to a hostPort from being tracked: the kernel translates no packet that is not, so that
 * portmap's rule is never met.
 */
export function untrackingRule(hostPort: HostPortView, node: NodeView): DroppingRule | undefined {
	return hostPort.mapping === undefined ? undefined : ruleThat((table, line) => untracks(table, line, hostPort), node);
}

function ruleThat(takes: (table: string, line: string) => boolean, node: NodeView): DroppingRule | undefined {
	const nat = node.observation?.nat;
	for (const build of ['nft', 'legacy'] as const) {
		for (const other of nat?.[build]?.others ?? []) {
			const [, table = '', line = ''] = /^(\w+) (-A .*)$/.exec(other) ?? [];
			if (line !== '' && takes(table, line)) {
				return {build, table, line};
			}
		}
	}

	return undefined;
}

/**
 * What keeps a node from forwarding any packet of IPv4, where no rule before it may let one through: a rule of FORWARD that drops all,
 * or its policy. A jump to another chain, such as Cilium's own, may let one through.
 */
export function closedForwarding(node: NodeView): DroppingRule | undefined {
	for (const build of ['nft', 'legacy'] as const) {
		const {others = [], truncated = false} = node.observation?.nat[build] ?? {};
		if (truncated || others.length >= keptOthers) {
			continue;
		}

		const lines = others.filter(line => /^filter (?:-A|:)\s?FORWARD /.test(line));
		const rules = lines.filter(line => line.startsWith('filter -A ')).map(line => line.slice('filter '.length));
		const decisive = rules.find(rule => isForAll(rule) || !/ -j (?:DROP|REJECT|LOG|NFLOG|MARK)\b/.test(rule));
		const closed = decisive ?? lines.find(line => line.startsWith('filter :'))?.slice('filter '.length);
		if (closed !== undefined && (closed.startsWith(':') || isForAll(closed))) {
			return {build, table: 'filter', line: closed.startsWith(':') ? 'policy DROP of FORWARD, and no rule in it that accepts' : closed};
		}
	}

	return undefined;
}

/** Lines of other tables that evidence keeps (parse-nat): with so many the one that accepts may be among those left out. */
const keptOthers = 500;

function isForAll(rule: string): boolean {
	return /^-A FORWARD -j (?:DROP|REJECT)(?: --reject-with \S+)?$/.test(withoutComment(rule));
}

// What portmap sends on to a pod goes through these chains, and never through INPUT.
const beforeTranslation = /^(?:raw|mangle) PREROUTING$/;
const afterTranslation = /^(?:filter|mangle|security) (?!INPUT$|OUTPUT$|PREROUTING$|POSTROUTING$)\S+$/;

function drops(table: string, line: string, {port, pod}: HostPortView): boolean {
	const rule = matchesOf(line, /^(?:DROP|REJECT(?: --reject-with \S+)?)$/);
	if (rule === undefined || (rule.protocol !== '' && rule.protocol !== port.protocol.toLowerCase())) {
		return false;
	}

	const place = `${table} ${rule.chain}`;
	if (beforeTranslation.test(place)) {
		return rule.destination === '' && rule.ports.includes(port.hostPort);
	}

	const isForPod = pod.podIPs.includes(rule.destination);
	return (
		afterTranslation.test(place) &&
		(isForPod
			? rule.ports.length === 0 || rule.ports.includes(port.containerPort)
			: rule.destination === '' && rule.ports.includes(port.containerPort))
	);
}

function untracks(table: string, line: string, {port}: HostPortView): boolean {
	const rule = matchesOf(line, /^(?:CT --notrack|NOTRACK)$/);
	return (
		table === 'raw' &&
		rule !== undefined &&
		rule.chain !== 'OUTPUT' &&
		rule.destination === '' &&
		(rule.protocol === '' || rule.protocol === port.protocol.toLowerCase()) &&
		(rule.ports.length === 0 || rule.ports.includes(port.hostPort))
	);
}

function withoutComment(line: string): string {
	return line.replaceAll(/ -m comment| --comment (?:"[^"]*"|\S+)/g, '');
}

type Matches = {chain: string; protocol: string; destination: string; ports: readonly number[]};

/**
 * What a rule with such a target asks of a packet; undefined where it asks for anything else than protocol, destination, port and
 * incoming device.
 */
function matchesOf(line: string, target: RegExp): Matches | undefined {
	const plain = withoutComment(line);
	const found =
		/^-A (\S+)(?: -d ([^\s/]+)(?:\/32|\/128)?)?(?: -i \S+)?(?: -p (\w+))?(?: -m (?:tcp|udp|sctp|multiport))*(?: --dports? ([\d,]+))? -j (.+)$/.exec(
			plain,
		);
	return found === null || !target.test(found[5] ?? '')
		? undefined
		: {
				chain: found[1] ?? '',
				destination: found[2] ?? '',
				protocol: found[3] ?? '',
				ports: (found[4] ?? '').split(',').filter(Boolean).map(Number),
			};
}
