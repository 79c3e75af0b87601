import {isSameAddress} from '../cilium/addresses.ts';
import {endpointDeviceGone} from '../cilium/log-lines.ts';
import type {NodeView} from './node-view.ts';
import type {View} from './view.ts';

/**
 * Whether a line of the agent's log is of an endpoint that no pod with a hostPort has: its device is gone, and none of its addresses is
 * such a pod's. Where portmap could not be called, the start of the pod fails after Cilium made the endpoint, and Cilium's own DEL is not
 * called: 1.20.2 went on renewing endpoint 3688 at 198.18.1.97 while its pod ran at 198.18.1.158 (recorded on a real cluster). The agent
 * removes such an endpoint itself, within two turns of `endpoint-gc-interval`, 5 minutes each (pkg/endpoint: CheckHealth;
 * pkg/endpointmanager: markAndSweep). False where it cannot be told: not every pod was listed, or the line names no address.
 */
export function isStray(line: string, {evidence: {namespace, gaps}, podsOf}: View, node: NodeView): boolean {
	if (!endpointDeviceGone.test(line) || namespace !== '' || gaps.some(({of}) => of === 'pods')) return false;
	const addresses = [...line.matchAll(/\bipv[46]"?[=:]\s*"?([\da-f.:]+)/giu)].map(([, address = '']) => address);
	const ofPods = podsOf(node.name).flatMap(({podIPs}) => podIPs);
	return addresses.length > 0 && !addresses.some(address => ofPods.some(own => isSameAddress(own, address)));
}
