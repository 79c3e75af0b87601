import type {Finding, Proof} from '../diagnosis.ts';
import {configMapOwner} from '../ownership.ts';
import {isForeignFile, pathlessFinding} from '../pathless.ts';
import {configMapName, configMapProofs, loadedFileProofs, overrideProofs, statusProofs} from '../proofs.ts';
import type {View} from '../view.ts';
import {nodesInTitle, some} from '../wording.ts';
import type {Cause} from './cause.ts';

/** Something wins over cilium-config, or cilium-config was put back. */
export const hp06: Cause = {code: 'HP06', find: view => [...deadNodes(view), ...undoneNodes(view)]};

function deadNodes(view: View): Finding[] {
	return pathlessFinding(view, 'HP06', nodes => {
		const sources = [...new Set(nodes.flatMap(({overrides}) => overrides.map(({source}) => source)))].sort();
		return {
			what:
				sources.length > 0
					? `${some(sources)} overrides cilium-config`
					: 'the agents started after the last change of cilium-config and still do not run with it',
			remedy:
				sources.length > 0
					? `Change the key where it is set last: ${sources.slice(0, 3).join(', ')}.`
					: 'Find what overrides cilium-config (a CiliumNodeConfig, arguments, the provider): cilium-dbg config --all in the agent pod shows what it runs with.',
			repairable: false,
			because: [...ownerProofs(view), ...agentTimes(view, nodes)],
		};
	});
}

/** hostPort works, but cilium-config no longer asks for it: the next restart of the agents ends it. */
function undoneNodes(view: View): Finding[] {
	const nodes = view.judged.filter(
		node => node.proved && (node.path === 'portmap' || node.path === 'native') && node.asked === 'none' && !isForeignFile(node),
	);
	if (nodes.length === 0) {
		return [];
	}

	return [
		{
			code: 'HP06',
			severity: 'warning',
			nodes: nodes.map(({name}) => name),
			hostPorts: nodes.flatMap(node => view.hostPortsOf(node)).map(({name}) => name),
			title: `hostPort works on ${nodesInTitle(nodes)}, but cilium-config no longer asks for it: it ends when the agents start again`,
			because: [
				...configMapProofs(view),
				...overrideProofs(nodes),
				...statusProofs(nodes),
				...loadedFileProofs(nodes),
				...ownerProofs(view),
			],
			remedy: 'Put the setting back before the agents restart, where it lasts: Helm values, the repository, or cilium-config itself.',
			repairable: false,
		},
	];
}

function ownerProofs(view: View): Proof[] {
	const owner = configMapOwner(view.evidence.cilium?.configMap);
	return owner === '' ? [] : [{source: configMapName(view), says: `written by ${owner}, by its labels, annotations or field managers`}];
}

function agentTimes(view: View, nodes: View['judged']): Proof[] {
	const changed = view.evidence.cilium?.configMap?.lastChanged;
	const newer = nodes.find(({agentIsOlder}) => agentIsOlder === false);
	return changed && newer
		? [
				{
					source: `agent pod on ${newer.name}`,
					says: `started ${newer.node.agent?.startedAt ?? ''}, after cilium-config last changed (${changed})`,
				},
			]
		: [];
}
