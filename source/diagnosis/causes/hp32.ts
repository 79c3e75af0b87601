import type {HostPortView} from '../host-port-view.ts';
import type {View} from '../view.ts';
import {count, nodesInTitle} from '../wording.ts';
import type {Cause} from './cause.ts';

/** A hostPort of a sidecar: no runtime is asked to map it. With eBPF an entry serves it, and then it is no fault. */
export const hp32: Cause = {
	code: 'HP32',
	find(view) {
		const hostPorts = view.hostPorts.filter(({reason}) => reason === 'sidecar-port');
		const nodes = view.judged.filter(({name}) => hostPorts.some(({pod}) => pod.node === name));
		if (hostPorts.length === 0) return [];
		return [
			{
				code: 'HP32',
				severity: 'error',
				nodes: nodes.map(({name}) => name),
				hostPorts: hostPorts.map(({name}) => name),
				title: `${count(hostPorts.length, 'hostPort')} of sidecars on ${nodesInTitle(nodes)} ${hostPorts.length === 1 ? 'is' : 'are'} not mapped: the kubelet hands on those of ordinary containers only`,
				because: [
					...hostPorts.slice(0, 3).map(hostPort => ({source: `pod of ${hostPort.name}`, says: saysOf(view, hostPort)})),
					{source: `rules on ${nodesInTitle(nodes)}`, says: 'read; none is for these ports'},
				],
				remedy:
					'Name the same containerPort and hostPort in an ordinary container of the pod too: its containers share one network, and the kubelet asks for that one. Or let eBPF serve hostPorts (Cilium 1.12 and later).',
				repairable: false,
			},
		];
	},
};

function saysOf(view: View, hostPort: HostPortView): string {
	const {port, pod} = hostPort;
	const probe = view
		.nodeOf(hostPort)
		?.observation?.probes?.find(({address, port: number}) => pod.podIPs.includes(address) && number === port.containerPort);
	const kind =
		port.sidecar === true
			? `init container ${port.container} with restartPolicy Always`
			: `init container ${port.container}, which still runs while the pod is ready`;
	return `${kind}; its port ${port.containerPort}${probe?.answer === 'open' ? ' answers on the pod’s IP' : ' is to be reached through it'}`;
}
