import type {Proof} from './diagnosis.ts';
import type {NodeView} from './node-view.ts';

/**
 * What drops packets of a node whose way back is another than the one they came by: a rule that asks `-m rpfilter` (NixOS' firewall,
 * firewalld's IPv6_rpfilter), by the name of its chain where the match itself was not kept. Cilium's own devices fail that test by
 * design (cilium/cilium#31565); undefined where no such rule was seen.
 */
export function reversePathDrop(node: NodeView | undefined): Proof | undefined {
	for (const build of ['nft', 'legacy'] as const) {
		const {others = [], others6 = []} = node?.observation?.nat[build] ?? {};
		const line = [...others, ...others6].find(other => /rpfilter/i.test(other) && / -j DROP\b/.test(other));
		const [, table = '', rule = ''] = /^(\w+) (-A .*)$/.exec(line ?? '') ?? [];
		if (node !== undefined && rule !== '') return {source: `table ${table} (${build}) on ${node.name}`, says: rule};
	}

	return undefined;
}
