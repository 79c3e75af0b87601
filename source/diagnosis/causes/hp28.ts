import type {Proof} from '../diagnosis.ts';
import {isFromAfar} from '../failed-connection.ts';
import {finding, type FindingWords, type Found, nodesOf} from '../finding.ts';
import {isLeaving, type HostPortView} from '../host-port-view.ts';
import {nativeDrop, type NativeDrop} from '../native-drops.ts';
import type {View} from '../view.ts';
import {nodesInTitle} from '../wording.ts';
import {count} from '../../words.ts';
import {defineCause} from './cause.ts';

/** A rule of nftables' own tables drops what comes to a hostPort from outside, or the pod's answer. */
export const hp28 = defineCause({
	code: 'HP28',
	title: 'A native nftables rule drops the traffic',
	meaning:
		'Native nftables tables, which iptables-save does not show, also see the packets of a hostPort. A drop in any of them counts: an accept ends only one base chain. The mapping is right, and the port is dead from outside.',
	proof: [
		'a rule of a base chain at ingress, prerouting, forward or postrouting, or of a chain that it leads to, drops or rejects what is sent to the hostPort (before portmap translates it, at priority -100) or to the pod’s own port (after that)',
		'or the chain’s policy is drop and no rule accepts it; sets, verdict maps, ranges, negations and devices are read',
		'the same for what the pod answers',
		'`notrack` before priority -200: portmap’s translation needs conntrack',
	],
	toldApart: [
		'HP13: there iptables’ own tables name the port',
		'HP31: there a reverse-path filter drops it, whatever the port',
		'a rule in the hook input or output does not matter: portmap and eBPF forward the packets',
		'a rule for some senders only is reported or ignored: it is not a fault',
	],
	cure: [
		'Accept the port in the chain that drops it, where its table is defined (`/etc/nftables.conf`, the firewall’s own service). No pod has to be restarted.',
		'In a forward chain with policy drop: `ct state established,related accept` and `ct status dnat accept`.',
	],
	falseLeads: [
		'`iptables-save` does not show it.',
		'The agent’s image has no nft: only `--via pod`, which enters the node itself for it, and `--via ssh` read these tables. If they were not read, or the node has no nft either, the all-clear says so.',
		'With eBPF netfilter sees only the pod’s address and port, and with BPF host routing nothing: a rule for the hostPort’s number does no harm there.',
	],
	sources: ['nft(8), “Verdict statements” and “Chains”', 'libnftables-json(5)', 'moby/moby#31508'],
	// On the way in from another machine, or of an answer to it.
	explains: isFromAfar,
	explainsAsInformation: true,
	// Rules that let in some senders alone are meant.
	proved: ({severity}) => (severity === 'info' ? 'warning' : 'error'),
	find(view) {
		const found = view.hostPorts.flatMap(hostPort => {
			const drop = isLeaving(hostPort) ? undefined : nativeDrop(view, hostPort);
			return drop === undefined || drop.sentTo !== undefined || drop.isTied ? [] : [{hostPort, drop}];
		});
		return [
			...telling(
				view,
				found.filter(({drop}) => drop.certain),
				(nodes, number) => ({
					severity: 'error',
					title: `a native nftables rule on ${nodes} drops the traffic of ${count(number, 'mapped hostPort')}`,
					remedy:
						'Allow the port in that chain, where its table is defined (nftables.conf, the firewall’s own service): an accept in another chain does not help, because a drop in any chain counts. The mapping is right, so no pod has to restart.',
				}),
			),
			...telling(
				view,
				found.filter(({drop}) => !drop.certain),
				(nodes, number) => ({
					severity: 'info',
					title: `native nftables rules on ${nodes} allow only some packets to ${count(number, 'hostPort')}`,
					remedy: 'Nothing to do if the right clients are allowed. To see who is: kubectl hostport verify.',
				}),
			),
		];
	},
});

type Hit = {readonly hostPort: HostPortView; readonly drop: NativeDrop};
type Words = (nodes: string, number: number) => Pick<FindingWords, 'severity' | 'title' | 'remedy'>;

function telling(view: View, found: readonly Hit[], words: Words): Found[] {
	const hostPorts = found.map(({hostPort}) => hostPort);
	const nodes = nodesOf(view, hostPorts);
	return finding({
		...words(nodesInTitle(nodes), found.length),
		nodes,
		hostPorts,
		because: found.slice(0, 3).flatMap(({hostPort, drop}) => [
			{
				source: `nft chain ${drop.chain.name} on ${hostPort.pod.node}`,
				says: `${drop.says} (hook ${drop.chain.hook}, priority ${drop.chain.priority})`,
			},
			{
				source: hostPort.name,
				says: `${drop.isAnswer ? `so the pod's answers from ${drop.addresses.join(', ')} do not leave` : `so packets to ${drop.addresses.join(', ')} do not arrive`}; the mapping itself is right (${hostPort.diagnosis.by})`,
			},
		]),
	});
}

/** Nodes whose native tables were not read, as a line of proof of what else was looked at; empty where all were. */
export function unreadNativeTables(view: View): Proof[] {
	const unread = view.judged.filter(({observation}) => observation !== undefined && observation.nftables?.filter === undefined);
	return unread.length === 0
		? []
		: [{source: `nftables on ${nodesInTitle(unread)}`, says: 'native nft tables not read; --via pod and --via ssh read them'}];
}
