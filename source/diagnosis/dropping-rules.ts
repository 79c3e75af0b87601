import type {HostPortView} from './host-port-view.ts';
import {iptablesFilter, isNarrow} from './iptables-filter.ts';
import {devicesOf} from './inner-devices.ts';
import {dropBy} from './native-drops.ts';
import type {NodeView} from './node-view.ts';
import type {View} from './view.ts';

/** A rule of the node's own firewall that stands in the way of a hostPort. */
export type DroppingRule = {
	readonly build: 'nft' | 'legacy';
	readonly table: string;
	readonly line: string;
	/** It drops nothing, and keeps the packet from being tracked: the kernel translates no packet that is not. */
	readonly leavesUntracked: boolean;
};

/**
 * The first rule outside the nat table that drops, rejects or leaves untracked what comes to a mapped hostPort from outside, or what its pod
 * answers: one that names the port or the pod, or before which no other may let the packet through. Rules that concern some senders only
 * are passed over.
 */
export function droppingRule(view: View, hostPort: HostPortView): DroppingRule | undefined {
	if (known.has(hostPort)) return known.get(hostPort);
	const found = firstDropping(view, hostPort);
	known.set(hostPort, found);
	return found;
}

/** A hostPort's view is of one view of its node, so what was found once holds: it is looked for at each judgement while nodes answer. */
const known = new WeakMap<HostPortView, DroppingRule | undefined>();

function firstDropping(view: View, hostPort: HostPortView): DroppingRule | undefined {
	const node = view.nodeOf(hostPort);
	const nat = node?.observation?.nat;
	for (const build of ['nft', 'legacy'] as const) {
		const filter = iptablesFilter(nat?.[build] ?? undefined, node === undefined ? [] : devicesOf(node));
		const drop = dropBy(filter, view, hostPort);
		const rule = drop?.rule;
		if (rule !== undefined && (drop?.certain || isNarrow(rule))) {
			return {build, table: rule.chain.split(' ')[1] ?? '', line: rule.says, leavesUntracked: rule.deed === 'notrack'};
		}
	}

	return undefined;
}

/**
 * What keeps a node from forwarding any packet of IPv4, where no rule before it may let one through: a rule of FORWARD that drops all,
 * or its policy. A jump to another chain, such as Cilium's own, may let one through.
 */
export function closedForwarding(node: NodeView): Omit<DroppingRule, 'leavesUntracked'> | undefined {
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

/** Lines of other tables that evidence keeps (parse-nat): with so many the one that accepts may be among those omitted. */
const keptOthers = 500;

function isForAll(rule: string): boolean {
	return /^-A FORWARD -j (?:DROP|REJECT)(?: --reject-with \S+)?$/.test(withoutComment(rule));
}

function withoutComment(line: string): string {
	return line.replaceAll(/ -m comment| --comment (?:"[^"]*"|\S+)/g, '');
}
