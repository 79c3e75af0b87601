import {isExpected, isLeaving, type HostPortView} from './host-port-view.ts';
import type {View} from './view.ts';

/** How a pod's own port answered a connection from its node; undefined where that was not tried. */
export function probeAnswer(view: View, hostPort: HostPortView): 'open' | 'refused' | 'unreachable' | 'silent' | undefined {
	const {pod, port} = hostPort;
	const probes =
		isExpected(hostPort) && !isLeaving(hostPort) && port.protocol === 'TCP' ? view.nodeOf(hostPort)?.observation?.probes : undefined;
	return probes?.find(({address, port: number}) => pod.podIPs.includes(address) && number === port.containerPort)?.answer;
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
