import {familyOf} from '../cilium/addresses.ts';
import type {FilterRule} from '../evidence/packet-filter.ts';
import type {Proof} from './diagnosis.ts';
import type {HostPortView} from './host-port-view.ts';
import type {NodeView} from './node-view.ts';
import {probesOf} from './probe-answers.ts';
import type {View} from './view.ts';

/**
 * What drops packets of a hostPort's node whose way back is another than the one they came by, in the family in which its pod did not
 * answer: a rule that asks `-m rpfilter` (NixOS' firewall, firewalld's IPv6_rpfilter), by the name of its chain where the match itself
 * was not kept; or nftables' own form of it. Cilium's own devices fail that test by design (cilium/cilium#31565); undefined where no such
 * rule was seen.
 */
export function reversePathDrop(view: View, hostPort: HostPortView): Proof | undefined {
	const node = view.nodeOf(hostPort);
	const family = familyOf(probesOf(view, hostPort)[0]?.address ?? '');
	return node && (byIptables(node, family) ?? byNftables(node, family));
}

/**
 * The kernel's own filter, set to strict for every device: the agent sets it to 0 when it starts, and what reads sysctl.d again sets it
 * back (cilium/cilium#10645). IPv6 has none.
 */
export function strictKernelFilter(view: View, hostPort: HostPortView): Proof | undefined {
	const node = view.nodeOf(hostPort);
	return node?.observation?.facts['rp_filter'] === 'strict' && familyOf(probesOf(view, hostPort)[0]?.address ?? '') === 4
		? {source: `sysctl on ${node.name}`, says: 'net.ipv4.conf.all.rp_filter = 1, which counts for every device'}
		: undefined;
}

function byIptables({observation, name}: NodeView, family: 4 | 6 | undefined): Proof | undefined {
	for (const build of ['nft', 'legacy'] as const) {
		const {others = [], others6} = observation?.nat[build] ?? {};
		// Where those of both families stand together, which a rule is of is not known.
		const lines = others6 === undefined || family === undefined ? [...others, ...(others6 ?? [])] : family === 6 ? others6 : others;
		const line = lines.find(
			(other, place) => /rpfilter/i.test(other) && / -j DROP\b/.test(other) && meetsPods(other) && !isExempt(lines.slice(0, place), other),
		);
		const [, table = '', rule = ''] = /^(\w+) (-A .*)$/.exec(line ?? '') ?? [];
		if (rule !== '') return {source: `table ${table} (${build}) on ${name}`, says: rule};
	}

	return undefined;
}

/** What pods send comes in by `lxc…`, and by `cilium_…` where Cilium leads it there. */
function meetsPods(rule: string): boolean {
	const [, not = '', device = ''] = /( !)? -i (\S+)/.exec(rule) ?? [];
	return device === '' || not !== '' || /^(?:lxc|cilium)/.test(device);
}

/** A rule before it in its chain lets go what pods send. */
function isExempt(before: readonly string[], rule: string): boolean {
	const chain = /^\w+ -A \S+ /.exec(rule)?.[0] ?? '';
	return before.some(line => line.startsWith(chain) && /(?<! !) -i lxc\S* /.test(line) && / -j (?:RETURN|ACCEPT)$/.test(line));
}

/** `fib saddr . iif oif missing drop` (firewalld), or a chain that accepts what passes the test and drops the rest (NixOS). */
function byNftables({observation, name}: NodeView, family: 4 | 6 | undefined): Proof | undefined {
	const {rules = [], chains = []} = observation?.nftables?.filter ?? {};
	const dropsRest = (chain: string): boolean => chains.some(each => each.name === chain && each.policy === 'drop');
	const found = rules.find(
		rule =>
			rule.matches.some(({field}) => /^fib saddr\b.* oif/.test(field)) &&
			isOfFamily(rule, family) &&
			(rule.deed === 'drop' || (rule.deed === 'accept' && dropsRest(rule.chain))),
	);
	return (
		found && {
			source: `nft chain ${found.chain} on ${name}`,
			says: found.deed === 'drop' ? found.says : `${found.says}; the chain drops the rest`,
		}
	);
}

function isOfFamily({chain, matches}: FilterRule, family: 4 | 6 | undefined): boolean {
	const other = family === 6 ? 4 : 6;
	const isOther = chain.startsWith(other === 6 ? 'ip6 ' : 'ip ');
	const asksOther = matches.some(({field, isNot, values}) => field === 'nfproto' && !isNot && !values.includes(`ipv${family ?? 4}`));
	return family === undefined || !(isOther || asksOther);
}
