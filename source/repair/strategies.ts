import {kernelForNativeHostPort, nativeHostPortKernels} from '../cilium/kernel.ts';
import {chainingModeOf, isTrue, type Settings} from '../cilium/keys.ts';
import {reachInWords} from '../cilium/measured-reach.ts';
import {nativeHostPort} from '../cilium/native-host-port.ts';
import {isVersion} from '../cilium/version.ts';
import type {Diagnosis} from '../diagnosis/diagnosis.ts';
import type {NodeView} from '../diagnosis/node-view.ts';
import {providerOf} from '../diagnosis/ownership.ts';
import {isForeignFile} from '../diagnosis/pathless.ts';
import type {View} from '../diagnosis/view.ts';
import type {Recommendation} from './needed-change.ts';
import type {Refusal, StrategyOption} from './plan.ts';
import {hasKubeProxy, type Strategy} from './wanted-keys.ts';

/** Both ways as they stand on this cluster: possible or not, at what cost, and which one is recommended. */
export function strategyOptions(view: View, diagnosis: Diagnosis, recommended: Recommendation): StrategyOption[] {
	const general = generalRefusals(view, diagnosis);
	return (['portmap', 'native'] as const).map(strategy => {
		const refusals = [...general, ...(strategy === 'portmap' ? portmapRefusals(view) : nativeRefusals(view))];
		const isRecommended = recommended.strategy === strategy && refusals.length === 0;
		return {
			strategy,
			possible: refusals.length === 0,
			recommended: isRecommended,
			refusals,
			costs: costs(view, strategy),
			reason: isRecommended ? recommended.reason : '',
		};
	});
}

/** Nodes that a repair concerns: Linux nodes with a host of their own. One that is down is among them: it may come back. */
export function repairable(view: View): NodeView[] {
	return view.nodes.filter(node => node.skipped === '' || isDown(node));
}

/** A node left out of the look only because it does not answer. */
export function isDown({node}: NodeView): boolean {
	return node.ready === false && (node.os === '' || node.os === 'linux') && node.labels['type'] !== 'virtual-kubelet';
}

function generalRefusals(view: View, diagnosis: Diagnosis): Refusal[] {
	const {cilium} = view.evidence;
	const provider = providerOf(view);
	const forbidden = diagnosis.findings.find(({code, repairable}) => code === 'HP18' && !repairable);
	if (cilium === null || provider !== '' || forbidden !== undefined) {
		const why = provider === '' ? (forbidden?.title ?? 'no Cilium agent was found in any namespace') : `${provider} runs Cilium here`;
		return [refusal('HP18', why, 'Change the network by the means of whoever runs it; kubectl hostport only looks here.')];
	}

	if (cilium.configMap === null || cilium.daemonSet === null) {
		const what = cilium.configMap === null ? 'cilium-config' : "Cilium's DaemonSet";
		return [refusal('', `${what} was not read in ${cilium.namespace}`, 'Give the right to get configmaps and daemonsets there.')];
	}

	if (!isVersion(view.version, '>=1.8.0')) {
		return [refusal('', `the version of Cilium is ${view.version || 'not known'}`, 'Versions from 1.8 on are repaired; others by hand.')];
	}

	return repairable(view).length === 0
		? [refusal('HP23', 'there is no Linux node to repair', 'hostPort is served on Linux nodes only.')]
		: [];
}

function portmapRefusals(view: View): Refusal[] {
	const {settings, all} = settingsOf(view);
	const nodes = repairable(view);
	const mode = chainingModeOf(view.version, settings);
	const refusals: Refusal[] = [];
	if (all.some(each => isTrue(each['enable-host-firewall']))) {
		refusals.push(
			refusal('HP12', 'the host firewall is on: portmap chaining does not work with it (cilium/cilium #12541)', 'Choose native.'),
		);
	}

	if (all.some(each => nativeHostPort(view.version, each).because === 'replacement')) {
		refusals.push(
			refusal('', 'kube-proxy replacement is on and serves hostPort itself; portmap on top would be dead weight', 'Choose native.'),
		);
	}

	if (nodes.length > 0 && nodes.every(({node}) => node.containerRuntime.startsWith('cri-o://'))) {
		refusals.push(
			refusal('HP17', 'CRI-O maps hostPorts itself: chaining portmap brings nothing there', 'See: kubectl hostport explain HP17'),
		);
	}

	// `Portmap` is no mode before 1.17, and no other plugin either: writing it right is the repair.
	if (!['none', 'portmap'].includes(mode.toLowerCase())) {
		refusals.push(
			refusal(
				'HP18',
				`cni-chaining-mode is ${mode}: another network plugin is part of the list`,
				'Add portmap in that plugin’s own configuration.',
			),
		);
	}

	for (const key of ['cni-chaining-target', 'read-cni-conf'] as const) {
		if (settings[key])
			refusals.push(
				refusal('HP05', `${key} is ${settings[key]}: Cilium does not write its own list`, 'Add portmap to the list that it is taken from.'),
			);
	}

	if (isTrue(settings['custom-cni-conf'])) {
		refusals.push(
			refusal(
				'HP05',
				'custom-cni-conf is true: Cilium leaves the CNI folder alone',
				'Add portmap to your own list; kubectl hostport diff shows how.',
			),
		);
	}

	const foreign = settings['cni-exclusive'] === 'false' ? nodes.filter(isForeignFile) : [];
	if (foreign.length > 0) {
		const [first] = foreign;
		refusals.push(
			refusal(
				'HP05',
				`${first?.name}: the runtime loads ${first?.loaded?.file.name}, not Cilium's file, and cni-exclusive is false`,
				'Add portmap to that file, or let Cilium be the only one.',
			),
		);
	}

	return refusals;
}

function nativeRefusals(view: View): Refusal[] {
	const refusals: Refusal[] = [];
	const isKept = hasKubeProxy(view.evidence);
	if (isKept && isVersion(view.version, '>=1.19.0')) {
		refusals.push(
			refusal(
				'',
				`Cilium ${view.version} serves hostPort only with full kube-proxy replacement, and kube-proxy runs here (cilium/cilium #41380)`,
				'Choose portmap, or replace kube-proxy first.',
			),
		);
	}

	const old = repairable(view).filter(({node, observation}) => kernelForNativeHostPort(observation?.kernel ?? node.kernel) === 'too-old');
	if (old[0] !== undefined) {
		refusals.push(refusal('', `${old[0].name}: kernel ${old[0].node.kernel} is older than ${nativeHostPortKernels}`, 'Choose portmap.'));
	}

	return refusals;
}

function costs(view: View, strategy: Strategy): string[] {
	const {evidence, version} = view;

	if (strategy === 'portmap') {
		return [
			'one binary more on every node, new nodes included',
			'every agent is restarted once; every pod with a hostPort that is not served is restarted once',
			reachInWords(version, 'portmap'),
			// Measured on 1.20.2 (docs/paths.md): the answer to a pod of the same node is lost.
			settingsOf(view).all.some(settings => isTrue(settings['enable-bpf-masquerade']))
				? 'with enable-bpf-masquerade a pod does not reach a hostPort of its own node by the node’s address (measured on Cilium 1.20.2)'
				: '',
		].filter(Boolean);
	}

	const restart = 'every agent is restarted once; pods stay as they are';
	const beside = hasKubeProxy(evidence) && isVersion(version, '<1.19.0');
	return [
		restart,
		...(beside
			? [
					'NodePort and externalIPs are handled by Cilium too',
					'processes in the host network of a node reach Services by eBPF; without that they reach no hostPort of their own node',
				]
			: ['the path of every Service changes: existing connections to Services break']),
		...(beside && isVersion(version, '>=1.18.0') ? ['the keys are gone in Cilium 1.19'] : []),
		reachInWords(version, beside ? 'switches and sockets' : 'replacement'),
	].filter(Boolean);
}

// A node's own overrides count as much as cilium-config itself.
function settingsOf(view: View): {settings: Settings; all: Settings[]} {
	const settings = view.evidence.cilium?.configMap?.data ?? {};
	return {settings, all: [settings, ...repairable(view).flatMap(node => (node.settings === undefined ? [] : [node.settings]))]};
}

const refusal = (code: string, message: string, hint: string): Refusal => ({code, message, hint});
