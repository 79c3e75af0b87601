import type {Finding} from './diagnosis.ts';
import type {NodeView} from './node-view.ts';
import type {PortmapFailure} from './portmap-failure.ts';
import {loadedFileProofs} from './proofs.ts';
import {providerOf} from './ownership.ts';
import {selinuxDenial} from './selinux.ts';
import type {View} from './view.ts';
import {alike, nodesInTitle} from './wording.ts';

/** One finding for each way in which portmap itself fails, over all nodes where it does and `isMeant` takes it; empty where none does. */
export function portmapFailureFindings(view: View, code: string, isMeant: (failure: PortmapFailure) => boolean): Finding[] {
	const failing = view.judged.flatMap(node =>
		node.portmapFailure && isMeant(node.portmapFailure) && selinuxDenial(node) === undefined ? [{node, failure: node.portmapFailure}] : [],
	);
	return [...Map.groupBy(failing, ({failure}) => failure.what)].map(([what, group]) =>
		finding(
			view,
			code,
			what,
			group.map(({node}) => node),
		),
	);
}

function finding(view: View, code: string, what: string, nodes: readonly NodeView[]): Finding {
	const stopsAllPods = nodes.some(({portmapFailure}) => portmapFailure?.stopsAllPods);
	return {
		code,
		severity: 'error',
		nodes: nodes.map(({name}) => name),
		hostPorts: nodes
			.flatMap(node => view.hostPortsOf(node))
			.filter(({diagnosis}) => diagnosis.state !== 'wired')
			.map(({name}) => name),
		title: `${stopsAllPods ? 'no pod' : 'no pod with a hostPort'} can start on ${nodesInTitle(nodes)}: ${what}`,
		because: [
			...nodes.slice(0, 3).flatMap(({portmapFailure}) => (portmapFailure === undefined ? [] : [portmapFailure.because])),
			...loadedFileProofs(nodes),
			...alike(nodes, ({binary}) => (binary.seenBy === 'listing' ? {source: binary.folder, says: binary.says} : undefined)),
		],
		remedy: nodes[0]?.portmapFailure?.remedy ?? '',
		repairable: nodes.every(({portmapFailure}) => portmapFailure?.repairable) && providerOf(view) === '',
	};
}
