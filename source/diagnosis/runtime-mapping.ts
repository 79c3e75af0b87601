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
	const isHooked = tables(observation?.nat).some(
		({rules, truncated}) => !truncated && rules.some(line => line.startsWith('-A PREROUTING ') && line.endsWith(' -j KUBE-HOSTPORTS')),
	);
	return isHooked && !isNftablesUnread({node, observation});
}

/**
 * Every table that this version of CRI-O may have written to was read to its end: those of iptables, and from 1.32 on its own of nftables,
 * which it takes first (cri-o/cri-o, internal/hostport/meta_hostport_manager.go).
 */
export function isReadInFull({node, observation}: Pick<Seen, 'node' | 'observation'>): boolean {
	const read = tables(observation?.nat).filter(({truncated}) => !truncated);
	return read.length === 2 && (!mayUseNftables(node) || (areMappingsRead(observation) && observation?.nftables?.filter?.isCut !== true));
}

/** Whether CRI-O may have mapped by nftables there, and that was not read. */
export function isNftablesUnread({node, observation}: Pick<Seen, 'node' | 'observation'>): boolean {
	return mayUseNftables(node) && !areMappingsRead(observation);
}

const areMappingsRead = (observation: Observation | undefined): boolean => observation?.nftables?.runtimeMappings !== undefined;

const mayUseNftables = ({containerRuntime}: Seen['node']): boolean =>
	!isVersion(/^cri-o:\/\/(.+)$/.exec(containerRuntime)?.[1] ?? '', '<1.32.0');

/** Who keeps mappings that are not portmap's, by the node's runtime today: the same chains outlive a change of it. */
export function keeperOf({node: {containerRuntime}}: Pick<Seen, 'node'>): 'CRI-O' | 'dockershim' | 'a runtime of before' {
	if (containerRuntime.startsWith('cri-o://')) return 'CRI-O';
	return containerRuntime.startsWith('docker://') ? 'dockershim' : 'a runtime of before';
}
