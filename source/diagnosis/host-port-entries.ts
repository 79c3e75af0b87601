import type {Observation} from '../evidence/evidence.ts';

/** An entry of eBPF for a port of a node. */
export type HostPortEntry = {
	readonly address: string;
	readonly port: number;
	readonly protocol: string;
	/** `HostPort`, or the type of the Service that has the address and port instead. */
	readonly type: string;
	readonly backends: ReadonlyArray<{readonly ip: string; readonly port: number}>;
};

/** What eBPF has for hostPorts and at their addresses: by the datapath, else by the agent's own list; undefined where neither was read. */
export function hostPortEntries(observation: Observation | undefined): readonly HostPortEntry[] | undefined {
	return (
		observation?.datapathEntries ?? observation?.serviceEntries?.map(({ip, type = 'HostPort', ...entry}) => ({...entry, address: ip, type}))
	);
}
