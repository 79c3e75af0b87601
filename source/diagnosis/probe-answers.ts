import {familyOf, isSameAddress} from '../cilium/addresses.ts';
import {promisedAddresses} from '../cilium/promised-addresses.ts';
import type {Observation} from '../evidence/evidence.ts';
import type {Proof} from './diagnosis.ts';
import {isExpected, isLeaving, type HostPortView} from './host-port-view.ts';
import type {View} from './view.ts';

type Probe = NonNullable<Observation['probes']>[number];

const worstFirst: ReadonlyArray<Probe['answer']> = ['silent', 'unreachable', 'refused', 'open'];

/**
 * How a pod's own port answered connections from its node, the worst first: a pod of both families is asked at two addresses, of which
 * those count in whose family the hostPort is promised. None where that was not tried.
 */
export function probesOf(view: View, hostPort: HostPortView): readonly Probe[] {
	const {pod, port} = hostPort;
	const node = view.nodeOf(hostPort);
	if (!isExpected(hostPort) || isLeaving(hostPort) || port.protocol !== 'TCP') return [];
	const own = (node?.observation?.probes ?? []).filter(
		({address, port: number}) => number === port.containerPort && pod.podIPs.some(each => isSameAddress(each, address)),
	);
	const promised = new Set(promisedAddresses(node?.node.addresses ?? [], port.hostIP, pod.podIPs).map(familyOf));
	const counting = own.filter(({address}) => promised.has(familyOf(address)));
	return (counting.length > 0 ? counting : own).toSorted((a, b) => worstFirst.indexOf(a.answer) - worstFirst.indexOf(b.answer));
}

/** The worst of these answers; undefined where that was not tried. */
export function probeAnswer(view: View, hostPort: HostPortView): Probe['answer'] | undefined {
	return probesOf(view, hostPort)[0]?.answer;
}

/** The connection that got the worst answer, as a proof names it: where from, where to. */
export function probePlace(view: View, hostPort: HostPortView): string {
	const address = probesOf(view, hostPort)[0]?.address ?? hostPort.pod.podIPs[0] ?? '';
	return `connection from ${hostPort.pod.node} to ${address.includes(':') ? `[${address}]` : address}:${hostPort.port.containerPort}`;
}

/** That a mapped hostPort's pod gave its own node no answer. */
export function unansweredProof(view: View, hostPort: HostPortView): Proof {
	const says = probeAnswer(view, hostPort) === 'silent' ? 'timed out' : 'unreachable';
	return {source: probePlace(view, hostPort), says: `${says}; the mapping of ${hostPort.name} is right (${hostPort.diagnosis.by})`};
}

/** Mapped hostPorts whose pod gave its own node no answer: packets are lost on the way to it or back. */
export function unanswered(view: View): HostPortView[] {
	return view.hostPorts.filter(hostPort => {
		const answer = probeAnswer(view, hostPort);
		return hostPort.diagnosis.state === 'wired' && (answer === 'silent' || answer === 'unreachable');
	});
}

/** Whether another machine got an answer from it. */
export function answersFromAfar(view: View, hostPort: HostPortView): boolean {
	return view.answersOf(hostPort).some(({ok, from}) => ok && from !== hostPort.pod.node);
}
