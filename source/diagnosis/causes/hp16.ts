import {isExpected, type HostPortView} from '../host-port-view.ts';
import type {View} from '../view.ts';
import {count} from '../wording.ts';
import type {Cause} from './cause.ts';

/** conntrack keeps leading a sender's UDP packets to where the first one went, whatever the rule says by now. */
export const hp16: Cause = {
	code: 'HP16',
	find(view) {
		const stuck = view.hostPorts.flatMap(hostPort => {
			const answeredBy = strangerOf(view, hostPort);
			return answeredBy === undefined ? [] : [{hostPort, answeredBy}];
		});
		return stuck.length === 0
			? []
			: [
					{
						code: 'HP16',
						severity: 'warning',
						nodes: [...new Set(stuck.map(({hostPort}) => hostPort.pod.node))].sort(),
						hostPorts: stuck.map(({hostPort}) => hostPort.name),
						title: `UDP senders of ${count(stuck.length, 'hostPort')} are held to another address than the pod's`,
						because: stuck.slice(0, 3).map(({hostPort, answeredBy}) => ({
							source: `conntrack on ${hostPort.pod.node}`,
							says: `UDP to port ${hostPort.port.hostPort} goes to ${answeredBy}; ${hostPort.name} is at ${hostPort.pod.podIPs.join(', ')}`,
						})),
						remedy:
							'Delete these entries on the node: conntrack -D -p udp --dport PORT. A sender that takes a new source port is not held.',
						repairable: false,
					},
				];
	},
};

/** Who gets the packets of a UDP hostPort by conntrack, where that is not its pod. */
function strangerOf(view: View, hostPort: HostPortView): string | undefined {
	const {port, pod, diagnosis} = hostPort;
	const node = view.nodeOf(hostPort);
	// eBPF translates before netfilter looks: what conntrack holds then holds nobody.
	const isByEntry = hostPort.entryAddresses.length > 0;
	if (port.protocol !== 'UDP' || diagnosis.state !== 'wired' || isByEntry || !isExpected(hostPort)) {
		return undefined;
	}

	const own = new Set((node?.node.addresses ?? []).map(({address}) => address));
	return node?.observation?.udpConnections?.find(
		({destination, port: number, answeredBy}) => number === port.hostPort && own.has(destination) && !pod.podIPs.includes(answeredBy),
	)?.answeredBy;
}
