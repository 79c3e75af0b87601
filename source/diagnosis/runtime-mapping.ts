import type {Observation} from '../evidence/evidence.ts';
import {isVersion} from '../cilium/version.ts';
import {tables, type PortMapping} from './port-mappings.ts';

type Seen = {
	readonly node: {readonly containerRuntime: string};
	readonly observation: Observation | undefined;
	readonly mappings: readonly PortMapping[];
	readonly chained: boolean | undefined;
};

/**
 * Whether the runtime maps the node's hostPorts itself. CRI-O does unless `disable_hostport_mapping` is set (crio.conf(5)), and hands
 * CNI plugins none in either case; where portmap made mappings all the same, they count. `proved`: mappings of it were seen.
 */
export function runtimeMapping(seen: Seen): {readonly proved: boolean} | undefined {
	const proved = seen.mappings.some(({by, position}) => by === 'runtime' && position !== undefined);
	if (!seen.node.containerRuntime.startsWith('cri-o://') || seen.mappings.some(({by}) => by === 'portmap')) return undefined;
	// Neither of the two maps anything then, and the way out is another's.
	return runtimeMapsNothing(seen) && seen.chained === false ? undefined : {proved};
}

/** CRI-O's own configuration switches its mappings off, and no rule says otherwise. */
export function runtimeMapsNothing({observation, mappings}: Pick<Seen, 'observation' | 'mappings'>): boolean {
	return observation?.runtime?.mapsHostPorts === false && !mappings.some(({by}) => by === 'runtime');
}

/**
 * CRI-O has mapped by iptables there, and cannot have done so by nftables for another pod: versions before 1.32 have no such backend
 * (cri-o/cri-o, internal/hostport), and of later ones nftables was read.
 */
export function writesToIptables({node, observation}: Pick<Seen, 'node' | 'observation'>): boolean {
	const version = /^cri-o:\/\/(.+)$/.exec(node.containerRuntime)?.[1] ?? '';
	const isHooked = tables(observation?.nat).some(
		({rules, truncated}) => !truncated && rules.some(line => line.startsWith('-A PREROUTING ') && line.endsWith(' -j KUBE-HOSTPORTS')),
	);
	return isHooked && (isVersion(version, '<1.32.0') || observation?.nftables?.runtimeMappings !== undefined);
}

/** A CRI-O that maps by iptables alone, and both builds' tables were read to their end. */
export function isReadInFull({node, observation}: Pick<Seen, 'node' | 'observation'>): boolean {
	const version = /^cri-o:\/\/(.+)$/.exec(node.containerRuntime)?.[1] ?? '';
	const read = tables(observation?.nat).filter(({truncated}) => !truncated);
	return isVersion(version, '<1.32.0') && read.length === 2;
}

/** Who keeps mappings that are not portmap's, by the node's runtime today: the same chains outlive a change of it. */
export function keeperOf({node: {containerRuntime}}: Pick<Seen, 'node'>): 'CRI-O' | 'dockershim' | 'a runtime of before' {
	if (containerRuntime.startsWith('cri-o://')) return 'CRI-O';
	return containerRuntime.startsWith('docker://') ? 'dockershim' : 'a runtime of before';
}
