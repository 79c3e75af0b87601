import {hostPortKeys, isTrue} from '../../cilium/keys.ts';
import type {Finding, Proof} from '../diagnosis.ts';
import {lastingPlaces, ownerOf} from '../ownership.ts';
import {isForeignFile} from '../foreign-file.ts';
import {pathlessFinding, putBackBy} from '../pathless.ts';
import {configMapName, configMapProofs, loadedFileProofs, overrideProofs, statusProofs} from '../proofs.ts';
import {secondsOf, timeOf} from '../time.ts';
import type {View} from '../view.ts';
import {alike, count, nodesInTitle, some} from '../wording.ts';
import type {Cause} from './cause.ts';

/** Something wins over cilium-config, or cilium-config was put back. */
export const hp06: Cause = {code: 'HP06', find: view => [...deadNodes(view), ...undoneNodes(view), ...setByHand(view)]};

function deadNodes(view: View): Finding[] {
	return pathlessFinding(view, 'HP06', nodes => {
		const sources = [...new Set(nodes.flatMap(({overrides}) => overrides.map(({source}) => source)))].sort();
		const wasTakenBack = nodes.every(({asked}) => asked === 'none') && sources.length === 0;
		if (wasTakenBack) {
			const writer = putBackBy(view);
			return {
				what:
					writer === undefined
						? 'cilium-config no longer asks for portmap, whose rules are still there: the setting was taken back'
						: `${writer.manager} wrote cni-chaining-mode: none into cilium-config: the setting was taken back`,
				remedy:
					'Set it again where it lasts: in the Helm values or the repository that write cilium-config. kubectl hostport fix does the rest.',
				repairable: true,
				because: [
					...ownerProofs(view),
					...changeProofs(view),
					...(writer === undefined
						? []
						: [
								{
									source: configMapName(view),
									says: `cni-chaining-mode: none was written ${writer.time} by ${writer.manager}; Cilium’s chart leaves the key out`,
								},
							]),
					...traceProofs(nodes),
				],
			};
		}

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
			because: [...spellingProofs(view), ...ownerProofs(view), ...agentTimes(view, nodes), ...editedProofs(nodes)],
		};
	});
}

/** Values that mean "on" to Go, and perhaps not to whatever reads them before the agent does. */
function spellingProofs(view: View): Proof[] {
	const data = view.evidence.cilium?.configMap?.data ?? {};
	return hostPortKeys.flatMap(key => {
		const value = data[key];
		return isTrue(value) && value !== 'true'
			? {source: configMapName(view), says: `${key} is written "${value}": written true it leaves no doubt`}
			: [];
	});
}

/** Cilium's own file, written again after the agent had started: by hand, or by another tool. */
function editedProofs(nodes: View['judged']): Proof[] {
	return alike(nodes, node => {
		const [written, started] = [node.loaded?.file.modified, secondsOf(node.node.agent?.startedAt)];
		return written === undefined || started === undefined || isForeignFile(node) || written < started + agentStartSeconds
			? undefined
			: {
					source: `${node.observation?.configurationFolder?.host ?? ''}/${node.loaded?.file.name ?? ''}`,
					says: `written ${timeOf(written)}, after the agent had started (${node.node.agent?.startedAt ?? ''}): it may have been edited since`,
				};
	});
}

/** Time that an agent may take from its start until it writes its file. */
const agentStartSeconds = 120;

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
				...changeProofs(view),
			],
			remedy: 'Put the setting back before the agents restart, where it lasts: Helm values, the repository, or cilium-config itself.',
			repairable: false,
		},
	];
}

/** When and by whom cilium-config was last written. */
function changeProofs(view: View): Proof[] {
	const configMap = view.evidence.cilium?.configMap;
	const last = configMap?.managers.find(({time, keys}) => keys.length > 0 && time === configMap.lastChanged);
	return configMap?.lastChanged
		? [{source: configMapName(view), says: `last changed ${configMap.lastChanged}${last === undefined ? '' : ` by ${last.manager}`}`}]
		: [];
}

function traceProofs(nodes: View['judged']): Proof[] {
	return alike(nodes, ({mappings}) => {
		const made = mappings.filter(({network}) => network === 'portmap');
		if (made.length === 0) {
			return undefined;
		}

		return {
			source: 'nat table',
			says: `${count(made.length, 'mapping')} made under the list named portmap, as Cilium writes it when it chains`,
		};
	});
}

/** hostPort works and the key was set by hand, while somebody else writes the ConfigMap: their next run may undo it. */
function setByHand(view: View): Finding[] {
	const configMap = view.evidence.cilium?.configMap;
	const owner = ownerOf(view);
	const key = view.path === 'portmap' ? 'cni-chaining-mode' : 'kube-proxy-replacement';
	const setters = (configMap?.managers ?? []).filter(({keys}) => keys.includes(key)).map(({manager}) => manager);
	const byOwner = /helm|argocd|flux|kustomize-controller|kops|addon|deploy@|operator|olm/i;
	if (
		owner === undefined ||
		owner.kind === 'provider' ||
		setters.length === 0 ||
		setters.some(manager => byOwner.test(manager)) ||
		view.path === 'none'
	) {
		return [];
	}

	const nodes = view.judged.filter(({proved, path, asked}) => proved && path === view.path && asked === path);
	return nodes.length === 0
		? []
		: [
				{
					code: 'HP06',
					severity: 'info',
					nodes: nodes.map(({name}) => name),
					hostPorts: [],
					title: `${key} was set by ${some(setters)}, and ${owner.name} writes cilium-config: its next run may undo it`,
					because: [...ownerProofs(view), {source: configMapName(view), says: `${key} belongs to the field manager ${some(setters)}`}],
					remedy: `Put the key into ${lastingPlaces[owner.kind]} as well.`,
					repairable: false,
				},
			];
}

function ownerProofs(view: View): Proof[] {
	const owner = ownerOf(view);
	return owner === undefined
		? []
		: [{source: configMapName(view), says: `written by ${owner.name}, by its labels, annotations or field managers`}];
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
