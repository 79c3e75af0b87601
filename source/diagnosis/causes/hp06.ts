import {hostPortKeys, isTrue} from '../../cilium/keys.ts';
import type {Proof} from '../diagnosis.ts';
import {finding, type Found, hostPortsOn} from '../finding.ts';
import {lastingPlaces, ownerOf} from '../ownership.ts';
import {isForeignFile} from '../foreign-file.ts';
import {pathlessFinding, putBackBy} from '../pathless.ts';
import {configMapName, configMapProofs, loadedFileProofs, overrideProofs, statusProofs} from '../proofs.ts';
import {secondsOf, timeOf} from '../time.ts';
import type {View} from '../view.ts';
import {alike, nodesInTitle, some} from '../wording.ts';
import {count} from '../../words.ts';
import {defineCause} from './cause.ts';

/** Something wins over cilium-config, or cilium-config was put back. */
export const hp06 = defineCause({
	code: 'HP06',
	title: 'Something overrides or reverted cilium-config',
	meaning:
		'The agent runs with other values than cilium-config although it started after the last change; or cilium-config no longer asks for what the nodes still run, so that the next restart ends hostPort, or the last one ended it and older rules remain. CiliumNodeConfig, the agent’s arguments and environment override the ConfigMap; Helm, Argo CD, Flux and providers write it again.',
	proof: [
		'agent pod newer than the last change, and its status differs',
		'a CiliumNodeConfig that selects the node, an argument or an environment variable of the agent sets the key',
		'labels, annotations and field managers on the ConfigMap name who writes it: Helm, Argo CD, Flux, the Helm controller of RKE2 and k3s, kOps, OpenShift’s operator, the addon manager, a provider',
		'rules made under the network name `portmap`, while cilium-config and the CNI file no longer name it',
		'`cni-chaining-mode: none` written by hand into a ConfigMap that Helm, Argo CD or Flux keeps: a chart does not write the key',
	],
	toldApart: ['HP03: there the agent is older than the change'],
	cure: [
		'Change the key where it is set last: the CiliumNodeConfig, the DaemonSet, the Helm values or the repository. A change by hand is reverted.',
	],
	falseLeads: ['Restarting the agents again does not help: they take the same values.'],
	sources: ['Cilium docs, per-node configuration', 'Cilium Helm chart: `daemon.configSources` (from 1.13)'],
	// To come: with the next start of the agent, the next run of a tool.
	explains: () => false,
	find: view => [...deadNodes(view), ...undoneNodes(view), ...setByHand(view)],
});

function deadNodes(view: View): Found[] {
	return pathlessFinding(view, 'overridden', nodes => {
		const sources = [...new Set(nodes.flatMap(({overrides}) => overrides.map(({source}) => source)))].sort();
		const wasTakenBack = nodes.every(({asked}) => asked === 'none') && sources.length === 0;
		if (wasTakenBack) {
			const writer = putBackBy(view);
			return {
				what: writer === undefined ? 'cilium-config no longer asks for portmap' : `${writer.manager} set cni-chaining-mode: none`,
				remedy: 'Set it again at its source: the Helm values or the repository that manages cilium-config. Then run kubectl hostport fix.',
				repairable: true,
				because: [
					...ownerProofs(view),
					...changeProofs(view),
					...(writer === undefined
						? []
						: [
								{
									source: configMapName(view),
									says: `cni-chaining-mode: none was written ${writer.time} by ${writer.manager}; Cilium’s chart does not write this key`,
								},
							]),
					...traceProofs(nodes),
				],
			};
		}

		return {
			what:
				sources.length > 0
					? `${some(sources.map(inShort))} ${sources.length === 1 && sources[0]?.endsWith('arguments') !== true ? 'overrides' : 'override'} cilium-config`
					: 'something overrides cilium-config in the agents',
			remedy:
				sources.length > 0
					? `Change the key where it is set last: ${sources.slice(0, 3).join(', ')}.`
					: 'Find what overrides cilium-config (a CiliumNodeConfig, arguments, the provider): cilium-dbg config --all in the agent pod shows its settings.',
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
		return isTrue(value) && value !== 'true' ? {source: configMapName(view), says: `${key} is "${value}"; write true to be sure`} : [];
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
					says: `written ${timeOf(written)}, after the agent started (${node.node.agent?.startedAt ?? ''}): it may have been edited since`,
				};
	});
}

/** Time that an agent may take from its start until it writes its file. */
const agentStartSeconds = 120;

/** hostPort works, but cilium-config no longer asks for it: the next restart of the agents ends it. */
function undoneNodes(view: View): Found[] {
	const nodes = view.judged.filter(
		node => node.proved && (node.path === 'portmap' || node.path === 'native') && node.asked === 'none' && !isForeignFile(node),
	);
	return finding({
		severity: 'warning',
		nodes,
		hostPorts: hostPortsOn(view, nodes),
		title: `hostPort on ${nodesInTitle(nodes)} ends with the next agent restart: cilium-config no longer asks for it`,
		because: [
			...configMapProofs(view),
			...overrideProofs(nodes),
			...statusProofs(nodes),
			...loadedFileProofs(nodes),
			...ownerProofs(view),
			...changeProofs(view),
		],
		remedy: 'Restore the setting at its source before the agents restart: Helm values, the repository, or cilium-config itself.',
	});
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
			says: `${count(made.length, 'mapping')} made under the network name portmap, which Cilium uses when it chains portmap`,
		};
	});
}

/** hostPort works and the key was set by hand, while somebody else writes the ConfigMap: their next run may undo it. */
function setByHand(view: View): Found[] {
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
	return finding({
		severity: 'info',
		nodes,
		title: `${key} may be reverted: ${some(setters)} set it in a managed cilium-config`,
		because: [...ownerProofs(view), {source: configMapName(view), says: `${key} belongs to the field manager ${some(setters)}`}],
		remedy: `Set the key in ${lastingPlaces[owner.kind]} too.`,
	});
}

/** `ciliumnodeconfig kube-system/plain` as `ciliumnodeconfig plain`, `daemonset kube-system/cilium, environment` as `the agent's environment`. */
function inShort(source: string): string {
	const [, place] = source.split(', ');
	return place === undefined ? source.replace(/\S+\//u, '') : `the agent's ${place}`;
}

function ownerProofs(view: View): Proof[] {
	const owner = ownerOf(view);
	return owner === undefined
		? []
		: [{source: configMapName(view), says: `managed by ${owner.name}, according to its labels, annotations or field managers`}];
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
