import {isIP} from 'node:net';
import type {HostPortPod} from './evidence.ts';

/** Connections that one node tries at most. */
const maximumTargets = 20;

/** `ADDRESS,PORT` of the TCP ports behind the hostPorts of a node's running pods: what the node connects to, to see the application. */
export function probeTargets(pods: readonly HostPortPod[]): string[] {
	const targets = pods
		.filter(({phase, hostNetwork}) => phase === 'Running' && !hostNetwork)
		.flatMap(({podIPs: [address = ''], ports}) =>
			isIP(address) === 0
				? []
				: ports.filter(({protocol, init}) => protocol === 'TCP' && !init).map(({containerPort}) => `${address},${containerPort}`),
		);
	return [...new Set(targets)].slice(0, maximumTargets);
}
