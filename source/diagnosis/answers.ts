import {promisedAddresses, promisedOutside} from '../cilium/promised-addresses.ts';
import type {Evidence, Probe} from '../evidence/evidence.ts';
import {client, type HostPortAnswer} from './diagnosis.ts';
import type {HostPortView} from './host-port-view.ts';

/** What connections to hostPorts heard, by the addresses that each promises: those of nodes first, this machine's last. */
export type Answers = (hostPort: HostPortView) => readonly HostPortAnswer[];

const errors = {open: '', refused: 'refused', unreachable: 'unreachable', silent: 'timed out'} as const satisfies Record<
	Probe['answer'],
	string
>;

/** The answers of all connections that were tried, by hostPort. */
export function answers({nodes, clientProbes}: Pick<Evidence, 'nodes' | 'clientProbes'>): Answers {
	const addressesOf = new Map(nodes.map(({name, addresses}) => [name, addresses]));
	const heard = Map.groupBy(
		[
			...nodes.flatMap(({name: from, observation}) => (observation?.probes ?? []).map(probe => ({from, probe}))),
			...(clientProbes ?? []).map(probe => ({from: client, probe})),
		],
		({probe}) => `${probe.address} ${probe.port}`,
	);
	return ({pod, port}) => {
		const own = addressesOf.get(pod.node) ?? [];
		const promised = [...promisedAddresses(own, port.hostIP, pod.podIPs), ...promisedOutside(own, port.hostIP, pod.podIPs)];
		return port.protocol.toUpperCase() !== 'TCP'
			? []
			: promised.flatMap(address =>
					(heard.get(`${address} ${port.hostPort}`) ?? []).map(({from, probe: {answer}}) => ({
						from,
						address,
						ok: answer === 'open',
						error: errors[answer],
					})),
				);
	};
}
