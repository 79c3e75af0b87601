import type {NodeView} from './node-view.ts';
import {isOtherFault, stopsEveryPod} from './sandbox-events.ts';
import type {NodeVerdict} from './verdict.ts';
import type {View} from './view.ts';

/** What is said of a node whose pods do not start because of portmap or its binary; undefined where that is not proved. */
export function portmapStops({cannotStartPods, binary, portmapFailure}: NodeView): NodeVerdict | undefined {
	if (cannotStartPods) return stopped(binary.says);
	if (portmapFailure === undefined) return undefined;
	const {stopsAllPods, what, moment} = portmapFailure;
	if (stopsAllPods) return stopped(what);
	return {verdict: 'degraded', reason: `no pod with a hostPort can ${moment === 'kill' ? 'stop' : 'start'}: ${what}`};
}

/** What is said of a node on which a pod fails to start for another reason; undefined where none does. */
export function otherFaultStops({events, loaded}: NodeView): NodeVerdict | undefined {
	const fault = events.find(event => isOtherFault(event) && event.moment === 'create');
	if (fault === undefined) return undefined;
	return stopsEveryPod(fault, loaded)
		? stopped(fault.message)
		: {verdict: 'degraded', reason: `a pod fails to start, but not because of portmap: ${fault.message}`};
}

/** No pod starts there. */
export const stopped = (why: string): NodeVerdict => ({verdict: 'broken', reason: `no pod can start: ${why}`});

/** The CNI file lets portmap have no mapping, and nobody else maps hostPorts there. */
export function isWithoutMappings({chained, loaded, path, proved}: NodeView): boolean {
	const isServedOtherwise = path === 'runtime' || (path === 'native' && proved);
	return chained === true && Boolean(loaded?.withoutPortMappings) && !isServedOtherwise;
}

/** What is said of a node whose CNI file lets portmap have no mapping: it serves hostPorts, and new pods get no rules. */
export function withoutMappings({hostPorts}: View, {path, loaded}: NodeView): NodeVerdict | undefined {
	return path === 'portmap' && hostPorts.length > 0
		? {
				verdict: 'degraded',
				reason: `new pods get no rules: ${loaded?.withoutPortMappings ?? ''} lacks capabilities.portMappings in the CNI file`,
			}
		: undefined;
}
