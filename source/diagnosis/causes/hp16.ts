import {isSilence} from '../failed-connection.ts';
import {finding} from '../finding.ts';
import {isExpected, type HostPortView} from '../host-port-view.ts';
import type {View} from '../view.ts';
import {count} from '../../words.ts';
import {defineCause} from './cause.ts';

/** conntrack keeps leading a sender's UDP packets to where the first one went, whatever the rule says by now. */
export const hp16 = defineCause({
	code: 'HP16',
	title: 'UDP goes to a pod that is gone',
	meaning:
		'An old conntrack entry keeps sending a client’s UDP packets to the old pod as long as the client keeps using the same source port. The rule is right.',
	proof: [
		'`/proc/net/nf_conntrack`, or `conntrack -L -p udp --dport N`, shows another address than the pod’s',
		'TCP or a new source port works',
	],
	toldApart: ['HP07: there a stale rule does it, for TCP too'],
	cure: ['`conntrack -D -p udp --dport N` on the node; newer portmap does that itself.'],
	falseLeads: [
		'Restarting the pod does not help: the entry outlives it.',
		'With eBPF a packet is translated before conntrack sees it: such entries have no effect there (seen on 1.20.2).',
	],
	sources: ['kubernetes/kubernetes#66651', 'containernetworking/plugins#123', 'containernetworking/plugins#553'],
	// Conntrack holds UDP senders to another pod.
	explains: asked => asked.hostPort.endsWith('/UDP') && isSilence(asked),
	find(view) {
		const stuck = view.hostPorts.flatMap(hostPort => {
			const answeredBy = strangerOf(view, hostPort);
			return answeredBy === undefined ? [] : [{hostPort, answeredBy}];
		});
		return finding({
			severity: 'warning',
			hostPorts: stuck.map(({hostPort}) => hostPort),
			title: `stale conntrack entries send UDP packets of ${count(stuck.length, 'hostPort')} to another address`,
			because: stuck.slice(0, 3).map(({hostPort, answeredBy}) => ({
				source: `conntrack on ${hostPort.pod.node}`,
				says: `UDP to port ${hostPort.port.hostPort} goes to ${answeredBy}; ${hostPort.name} is at ${hostPort.pod.podIPs.join(', ')}`,
			})),
			remedy: 'Delete these entries on the node: conntrack -D -p udp --dport PORT. A client with a new source port is not affected.',
		});
	},
});

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
