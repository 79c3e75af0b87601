import {finding} from '../finding.ts';
import type {HostPortView} from '../host-port-view.ts';
import type {View} from '../view.ts';
import {nodesInTitle} from '../wording.ts';
import {count} from '../../words.ts';
import {defineCause} from './cause.ts';

/** A hostPort of a sidecar: no runtime is asked to map it. With eBPF an entry serves it, and then it is no fault. */
export const hp32 = defineCause({
	code: 'HP32',
	title: 'The hostPort of a sidecar is not mapped',
	meaning:
		'The port belongs to an init container with `restartPolicy: Always`. The kubelet passes only the ports of ordinary containers to the container runtime, so portmap and CRI-O never hear of it; the scheduler still reserves the port.',
	proof: [
		'the pod runs, no rule leads to the port, and the rules were read',
		'the container’s `restartPolicy` is Always, or a port that only it has answers on the pod’s IP while the pod is ready',
	],
	toldApart: [
		'HP04, HP08: there the port belongs to an ordinary container',
		'a port of an init container that has ended: nothing listens on it, and it should not be mapped',
		'HP10: with eBPF, Cilium 1.12 and later read the ports of init containers by themselves',
	],
	cure: [
		'Name the port, with the same `containerPort` and `hostPort`, in an ordinary container of the pod: all its containers share one network.',
		'Or let eBPF serve hostPorts, on Cilium 1.12 and later.',
	],
	falseLeads: ['Restarting the pod changes nothing.'],
	sources: [
		'kubernetes/kubernetes: pkg/kubelet/kuberuntime/kuberuntime_sandbox.go (1.36)',
		'kubernetes/kubernetes#132037',
		'googleforgames/agones#4358',
		'cilium/cilium#18850',
	],
	find(view) {
		const hostPorts = view.hostPorts.filter(({reason}) => reason === 'sidecar-port');
		const nodes = view.judged.filter(({name}) => hostPorts.some(({pod}) => pod.node === name));
		return finding({
			severity: 'error',
			nodes,
			hostPorts,
			title: `${count(hostPorts.length, 'sidecar hostPort')} on ${nodesInTitle(nodes)} ${hostPorts.length === 1 ? 'is' : 'are'} not mapped: the kubelet does not request them`,
			because: [
				...hostPorts.slice(0, 3).map(hostPort => ({source: `pod of ${hostPort.name}`, says: saysOf(view, hostPort)})),
				{source: `rules on ${nodesInTitle(nodes)}`, says: 'read; none is for these ports'},
			],
			remedy:
				'Name the same containerPort and hostPort in an ordinary container of the pod too: its containers share one network, and the kubelet requests that one. Or let eBPF serve hostPorts (Cilium 1.12 and later).',
		});
	},
});

function saysOf(view: View, hostPort: HostPortView): string {
	const {port, pod} = hostPort;
	const probe = view
		.nodeOf(hostPort)
		?.observation?.probes?.find(({address, port: number}) => pod.podIPs.includes(address) && number === port.containerPort);
	const kind =
		port.sidecar === true
			? `init container ${port.container} with restartPolicy Always`
			: `init container ${port.container}, which still runs while the pod is ready`;
	return `${kind}; its port ${port.containerPort}${probe?.answer === 'open' ? ' answers on the pod’s IP' : ' is reached through it'}`;
}
