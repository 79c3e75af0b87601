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
	title: 'Something overrides cilium-config, or put it back',
	meaning:
		'The agent runs with other values than cilium-config although it started after the last change; or cilium-config no longer asks for what the nodes still run, so that the next restart ends hostPort, or the last one ended it and rules of the time before are still there. CiliumNodeConfig, the agent’s arguments and environment win over the ConfigMap; Helm, Argo CD, Flux and providers write it again.',
	proof: [
		'agent pod newer than the last change, and its status differs',
		'a CiliumNodeConfig that selects the node, an argument or an environment variable of the agent sets the key',
		'labels, annotations and field managers on the ConfigMap name who writes it: Helm, Argo CD, Flux, the Helm controller of RKE2 and k3s, kOps, OpenShift’s operator, the addon manager, a provider',
		'rules made under the list `portmap`, while cilium-config and the CNI file no longer name it',
		'`cni-chaining-mode: none` written by hand into a ConfigMap that Helm, Argo CD or Flux keeps: a chart leaves the key out',
	],
	toldApart: ['HP03: there the agent is older than the change'],
	cure: [
		'Change the key where it is set last: the CiliumNodeConfig, the DaemonSet, the Helm values or the repository. A change by hand is undone.',
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
function undoneNodes(view: View): Found[] {
	const nodes = view.judged.filter(
		node => node.proved && (node.path === 'portmap' || node.path === 'native') && node.asked === 'none' && !isForeignFile(node),
	);
	return finding({
		severity: 'warning',
		nodes,
		hostPorts: hostPortsOn(view, nodes),
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
			says: `${count(made.length, 'mapping')} made under the list named portmap, as Cilium writes it when it chains`,
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
		title: `${key} was set by ${some(setters)}, and ${owner.name} writes cilium-config: its next run may undo it`,
		because: [...ownerProofs(view), {source: configMapName(view), says: `${key} belongs to the field manager ${some(setters)}`}],
		remedy: `Put the key into ${lastingPlaces[owner.kind]} as well.`,
	});
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
