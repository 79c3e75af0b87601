import {isReachable} from '../../cilium/addresses.ts';
import {releaseOf, type Release} from '../../cilium/releases.ts';
import {plainVersion} from '../../cilium/version.ts';
import {isLoopback} from '../entry-judgement.ts';
import {finding, type Found, nodesOf} from '../finding.ts';
import {isLeaving, type HostPortView} from '../host-port-view.ts';
import type {View} from '../view.ts';
import {nodesInTitle} from '../wording.ts';
import {count} from '../../words.ts';
import {defineCause} from './cause.ts';

/** A hostPort that was meant for the node alone is open to everybody. */
export const hp27 = defineCause({
	code: 'HP27',
	title: 'A private hostPort is public',
	meaning:
		'A pod asks for hostIP 127.0.0.1 so that only its node reaches it. With eBPF Cilium 1.20 creates an entry for the node’s addresses anyway: other nodes, pods and clients outside get an answer. Up to 1.15 it does not; for 1.16 to 1.19 this is not known.',
	proof: ['the datapath has an entry for an address of the node that leads to the pod (`cilium bpf lb list`)'],
	toldApart: ['HP20: there only the loopback address answers, as requested'],
	cure: [
		'Add a network policy that allows only the entity host; or use hostNetwork and a listener on 127.0.0.1 instead of a hostPort.',
		'portmap keeps a loopback hostIP private.',
	],
	falseLeads: ['`cilium service list` shows only 0.0.0.0: what packets meet is in `cilium bpf lb list`.'],
	sources: ['cilium/cilium#21366', 'recording of Cilium 1.20.2'],
	find(view: View): Found[] {
		const open = view.hostPorts.filter(hostPort => publicity(view, hostPort) === 'public' && !isLeaving(hostPort));
		const nodes = nodesOf(view, open);
		const isSeen = open.some(hostPort => publicAddresses(view, hostPort).length > 0);
		return finding({
			severity: 'warning',
			nodes,
			hostPorts: open,
			title: `${count(open.length, 'hostPort')} with a loopback hostIP ${open.length === 1 ? (isSeen ? 'is' : 'may be') : isSeen ? 'are' : 'may be'} open to everyone on ${nodesInTitle(nodes)}`,
			because: open.slice(0, 3).map(hostPort => {
				const addresses = publicAddresses(view, hostPort);
				return addresses.length > 0
					? {
							source: `cilium bpf lb list on ${hostPort.pod.node}`,
							says: `${hostPort.name} asks for ${hostPort.port.hostIP} and has an entry for ${addresses.join(', ')} too`,
						}
					: {
							source: `pod of ${hostPort.name}`,
							says: `hostIP ${hostPort.port.hostIP}; Cilium 1.20.2 answers on the node’s addresses anyway (measured); the entries of this node were not read`,
						};
			}),
			remedy:
				'Protect the pod with a network policy that allows only host, or use hostNetwork and a listener on 127.0.0.1 instead: every client that reaches the node gets an answer.',
		});
	},
});

/** Who reaches a hostPort with a loopback hostIP, by its entries, else by the version; undefined where it has none or is not served by eBPF. */
export function publicity(view: View, hostPort: HostPortView): Release['loopbackHostIP'] | undefined {
	const {port, diagnosis, reason} = hostPort;
	if (!isLoopback(port.hostIP) || (diagnosis.state !== 'wired' && reason !== 'loopback-dead')) return undefined;
	if (hostPort.entryAddresses.length === 0) return 'private';
	const node = view.nodeOf(hostPort);
	if (node?.observation?.datapathEntries) return publicAddresses(view, hostPort).length > 0 ? 'public' : 'private';
	const version = node?.version ?? view.version;
	return plainVersion(version) === undefined ? 'not-measured' : releaseOf(version).loopbackHostIP;
}

function publicAddresses(view: View, hostPort: HostPortView): string[] {
	return view.nodeOf(hostPort)?.observation?.datapathEntries ? hostPort.entryAddresses.filter(isReachable) : [];
}
