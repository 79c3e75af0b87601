import {byFixOrHand} from './by-fix-or-hand.ts';
import {portmapStops} from './failing-starts.ts';
import {finding, type Found, notWiredOn} from './finding.ts';
import {newerPortmap, newerPortmapByHand, type PortmapFailure} from './portmap-failure.ts';
import {loadedFileProofs} from './proofs.ts';
import {selinuxDenial} from './selinux.ts';
import type {View} from './view.ts';
import {alike, nodesInTitle} from './wording.ts';

/** One finding for each way in which portmap itself fails, over all nodes where it does and `isMeant` takes it; empty where none does. */
export function portmapFailureFindings(view: View, isMeant: (failure: PortmapFailure) => boolean): Found[] {
	const failing = view.judged.flatMap(node =>
		node.portmapFailure && isMeant(node.portmapFailure) && selinuxDenial(node) === undefined ? [{node, failure: node.portmapFailure}] : [],
	);
	return [...Map.groupBy(failing, ({failure}) => `${failure.moment} ${failure.what}`).values()].flatMap(group => {
		const [first] = group;
		if (first === undefined) return [];
		const {what, moment} = first.failure;
		const nodes = group.map(({node}) => node);
		const stopsAllPods = group.some(({failure}) => failure.stopsAllPods);
		// What cannot be removed explains no hostPort that is not mapped.
		const isStart = moment === 'create' || stopsAllPods;
		return finding({
			severity: 'error',
			nodes,
			hostPorts: isStart ? notWiredOn(view, nodes) : [],
			title: `${stopsAllPods ? 'no pod' : 'no pod with a hostPort'} can ${isStart ? 'start' : 'stop'} on ${nodesInTitle(nodes)}: ${what}`,
			because: [
				...group.slice(0, 3).map(({failure}) => failure.because),
				...loadedFileProofs(nodes),
				...alike(nodes, ({binary}) => (binary.seenBy === 'listing' ? {source: binary.folder, says: binary.says} : undefined)),
			],
			...(group.every(({failure}) => failure.repairable)
				? byFixOrHand(view, newerPortmap, newerPortmapByHand)
				: {remedy: group[0]?.failure.remedy ?? '', repairable: false}),
			verdict: portmapStops,
		});
	});
}
