import type {Observation} from './evidence.ts';

/**
 * What two accesses to one node saw, as one: of each part what the first saw, or the second where the first did not see it. Of the
 * folders, what was seen on the node itself goes before what was seen inside a pod.
 */
export function joinObservations(first: Observation, second: Observation): Observation {
	const [inside, outside] = second.onNode && !first.onNode ? [second, first] : [first, second];
	return {
		clock: first.clock || second.clock,
		kernel: first.kernel || second.kernel,
		machine: first.machine || second.machine,
		configurationFolder: inside.configurationFolder ?? outside.configurationFolder,
		binaryFolder: inside.binaryFolder ?? outside.binaryFolder,
		onNode: inside.binaryFolder === null ? outside.onNode : inside.onNode,
		nat: {nft: first.nat.nft ?? second.nat.nft, legacy: first.nat.legacy ?? second.nat.legacy},
		nftables: first.nftables ?? second.nftables,
		agentStatus: first.agentStatus ?? second.agentStatus,
		serviceEntries: first.serviceEntries ?? second.serviceEntries,
		datapathEntries: first.datapathEntries ?? second.datapathEntries,
		programDevices: first.programDevices ?? second.programDevices,
		listeners: first.listeners ?? second.listeners,
		probes: first.probes ?? second.probes,
		localAddresses: first.localAddresses ?? second.localAddresses,
		sandboxes: first.sandboxes ?? second.sandboxes,
		udpConnections: first.udpConnections ?? second.udpConnections,
		runtime: first.runtime ?? second.runtime,
		agentLog: first.agentLog.length > 0 ? first.agentLog : second.agentLog,
		facts: {...second.facts, ...first.facts},
		...((first.cutOff ?? second.cutOff) !== undefined && {cutOff: first.cutOff ?? second.cutOff}),
		errors: [...first.errors, ...second.errors],
	};
}
