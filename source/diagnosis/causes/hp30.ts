import {askedCniVersions, clashText, refusedCniVersions} from '../asked-cni-versions.ts';
import type {Finding} from '../diagnosis.ts';
import {providerOf} from '../ownership.ts';
import {chainsPortmap} from '../pathless.ts';
import {stopsPods} from '../portmap-binary.ts';
import {newerPortmap} from '../portmap-failure.ts';
import {portmapFailureFindings} from '../portmap-failure-findings.ts';
import {configMapProofs, loadedFileProofs} from '../proofs.ts';
import type {View} from '../view.ts';
import {alike, nodesInTitle} from '../wording.ts';
import type {Cause} from './cause.ts';

/** portmap is called, runs and fails by itself, or will once the agent has written its file; that it finds no firewall program is HP09. */
export const hp30: Cause = {
	code: 'HP30',
	find: view => [...portmapFailureFindings(view, 'HP30', ({withoutBackend}) => !withoutBackend), ...waiting(view)],
};

/** Pods start by the file of today. The one that the agent writes at its next start asks portmap for a version that it refuses. */
function waiting(view: View): Finding[] {
	const nodes = view.judged.filter(
		node =>
			!node.cannotStartPods &&
			node.portmapFailure === undefined &&
			chainsPortmap(node) &&
			!stopsPods(node.binary) &&
			refusedCniVersions(node, view).length > 0,
	);
	const [first] = nodes;
	if (first === undefined) return [];
	const asked = askedCniVersions(first, view).at(-1) ?? '';
	return [
		{
			code: 'HP30',
			severity: 'warning',
			nodes: nodes.map(({name}) => name),
			hostPorts: [],
			title: `no pod could start on ${nodesInTitle(nodes)} after the next restart of the agent: portmap is too old for CNI ${asked}`,
			because: [
				...alike(nodes, node => ({source: `${node.binary.folder}/portmap`, says: clashText(node, refusedCniVersions(node, view))})),
				...loadedFileProofs(nodes),
				...configMapProofs(view, ['cni-chaining-mode']),
			],
			remedy: `Do not restart the agents before that. ${newerPortmap}`,
			repairable: providerOf(view) === '',
		},
	];
}
