import type {Finding, Proof} from '../diagnosis.ts';
import {isLeaving, type HostPortView} from '../host-port-view.ts';
import {nativeDrop, type NativeDrop} from '../native-drops.ts';
import type {View} from '../view.ts';
import {count, nodesInTitle} from '../wording.ts';
import type {Cause} from './cause.ts';

/** A rule of nftables' own tables drops what comes to a hostPort from outside, or the pod's answer. */
export const hp28: Cause = {
	code: 'HP28',
	find(view) {
		const found = view.hostPorts.flatMap(hostPort => {
			const drop = isLeaving(hostPort) ? undefined : nativeDrop(view, hostPort);
			return drop === undefined || drop.sentTo !== undefined ? [] : [{hostPort, drop}];
		});
		return [
			...dropped(
				view,
				found.filter(({drop}) => drop.certain),
			),
			...doubtful(
				view,
				found.filter(({drop}) => !drop.certain),
			),
		];
	},
};

type Found = {readonly hostPort: HostPortView; readonly drop: NativeDrop};

function dropped(view: View, found: readonly Found[]): Finding[] {
	return found.length === 0
		? []
		: [
				{
					...finding(view, found),
					severity: 'error',
					title: `a native nftables rule on ${nodesOf(view, found)} drops the traffic of ${count(found.length, 'mapped hostPort')}`,
					remedy:
						'Let the port through in that chain, where its table is made (nftables.conf, the firewall’s own service): an accept in another chain does not help, for a drop counts in any. The mapping is right, so no pod has to be restarted.',
				},
			];
}

function doubtful(view: View, found: readonly Found[]): Finding[] {
	return found.length === 0
		? []
		: [
				{
					...finding(view, found),
					severity: 'info',
					title: `native nftables rules on ${nodesOf(view, found)} let only some packets through to ${count(found.length, 'hostPort')}`,
					remedy: 'Nothing to do where the senders that are let in are those that should be: kubectl hostport verify.',
				},
			];
}

function finding(view: View, found: readonly Found[]): Pick<Finding, 'code' | 'nodes' | 'hostPorts' | 'because' | 'repairable'> {
	return {
		code: 'HP28',
		nodes: concerned(view, found).map(({name}) => name),
		hostPorts: found.map(({hostPort}) => hostPort.name),
		because: found.slice(0, 3).flatMap(({hostPort, drop}) => [
			{
				source: `nft chain ${drop.chain.name} on ${hostPort.pod.node}`,
				says: `${drop.says} (hook ${drop.chain.hook}, priority ${drop.chain.priority})`,
			},
			{
				source: hostPort.name,
				says: `${drop.isAnswer ? `so what the pod answers to ${drop.addresses.join(', ')} does not leave` : `so what comes to ${drop.addresses.join(', ')} does not arrive`}; the mapping itself is right (${hostPort.diagnosis.by})`,
			},
		]),
		repairable: false,
	};
}

const concerned = (view: View, found: readonly Found[]): View['judged'] =>
	view.judged.filter(({name}) => found.some(({hostPort}) => hostPort.pod.node === name));

const nodesOf = (view: View, found: readonly Found[]): string => nodesInTitle(concerned(view, found));

/** Nodes whose native tables were not read, as a line of proof of what else was looked at; empty where all were. */
export function unreadNativeTables(view: View): Proof[] {
	const unread = view.judged.filter(({observation}) => observation !== undefined && observation.nftables?.filter === undefined);
	return unread.length === 0
		? []
		: [{source: `nftables on ${nodesInTitle(unread)}`, says: 'native nft tables not read; --via pod and --via ssh read them'}];
}
