import type {Observation} from './evidence.ts';

/** What two ways into one node saw, as one: of each part the first way's, or the second's where the first did not see it. */
export function joinObservations(first: Observation, second: Observation): Observation {
	return {
		clock: first.clock || second.clock,
		kernel: first.kernel || second.kernel,
		machine: first.machine || second.machine,
		configurationFolder: first.configurationFolder ?? second.configurationFolder,
		binaryFolder: first.binaryFolder ?? second.binaryFolder,
		nat: {nft: first.nat.nft ?? second.nat.nft, legacy: first.nat.legacy ?? second.nat.legacy},
		nftables: first.nftables ?? second.nftables,
		agentStatus: first.agentStatus ?? second.agentStatus,
		serviceEntries: first.serviceEntries ?? second.serviceEntries,
		listeners: first.listeners ?? second.listeners,
		probes: first.probes ?? second.probes,
		udpConnections: first.udpConnections ?? second.udpConnections,
		runtime: first.runtime ?? second.runtime,
		agentLog: first.agentLog.length > 0 ? first.agentLog : second.agentLog,
		facts: {...second.facts, ...first.facts},
		errors: [...first.errors, ...second.errors],
	};
}
