import {kernelForNativeHostPort, nativeHostPortKernels} from '../cilium/kernel.ts';
import {isTrue} from '../cilium/keys.ts';
import {nativeHostPort} from '../cilium/native-host-port.ts';
import {isVersion} from '../cilium/version.ts';
import {virtualKind} from '../cilium/virtual-nodes.ts';
import {listChange} from './cni-list.ts';
import {isExpected} from './host-port-view.ts';
import {hasKubeProxy} from './kube-proxy.ts';
import type {NodeView} from './node-view.ts';
import {otherNetworksBeside} from './other-networks.ts';
import {providerOf} from './ownership.ts';
import type {Strategy} from './strategy.ts';
import type {View} from './view.ts';
import {some} from './wording.ts';

/** Why a repair would do harm or cannot work here; with one of these a plan has no steps, and no diff or remedy speaks of one. */
export type Refusal = {
	/** Code of the finding behind it, or empty. */
	readonly code: string;
	readonly message: string;
	readonly hint: string;
};

/** Everything that speaks against a strategy on this cluster, whatever else is chosen; empty where it is possible. */
export function refusalsOf(view: View, strategy: Strategy): Refusal[] {
	return [...generalRefusals(view), ...(strategy === 'portmap' ? portmapRefusals(view) : nativeRefusals(view))];
}

/** Nodes that a repair concerns: Linux nodes with a host of their own. One that is down is among them: it may come back. */
export function repairable(view: View): NodeView[] {
	return view.nodes.filter(node => node.skipped === '' || isDown(node));
}

/** A node left out of the look only because it does not answer. */
export function isDown({node}: NodeView): boolean {
	return node.ready === false && (node.os === '' || node.os === 'linux') && virtualKind(node.labels, node.taints) === '';
}

function generalRefusals(view: View): Refusal[] {
	const {cilium} = view.evidence;
	const provider = providerOf(view);
	const beside = otherNetworksBeside(view);
	if (cilium === null || provider !== '' || beside.length > 0) {
		const why =
			cilium === null
				? 'no Cilium agent was found in any namespace'
				: provider === ''
					? `${beside.map(({name}) => name).join(' and ')} runs beside Cilium: which of the two wires a pod, the CNI file that is loaded decides`
					: `${provider} runs Cilium here`;
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
	const nodes = repairable(view);
	const all = settingsOf(view);
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

	return [...refusals, ...listRefusals(view, nodes)];
}

/** What the lists themselves say against it, once for all nodes of which the same is true. */
function listRefusals(view: View, nodes: readonly NodeView[]): Refusal[] {
	const found = nodes.flatMap(node => {
		const {refusal: against} = listChange(node, 'portmap');
		// A list that was not seen to its end, such as Multus', carries what is mapped all the same.
		return against === undefined || isCarried(view, node) ? [] : [{node, against}];
	});
	return [...Map.groupBy(found, ({against}) => JSON.stringify(against)).values()].flatMap(([first, ...others]) =>
		first === undefined
			? []
			: [
					{
						...first.against,
						message:
							others.length + 1 === nodes.length
								? first.against.message
								: `${some([first, ...others].map(({node}) => node.name))}: ${first.against.message}`,
					},
				],
	);
}

/** Whether there are hostPorts on the node and each of them is mapped. */
function isCarried(view: View, node: NodeView): boolean {
	const expected = view.hostPortsOf(node).filter(isExpected);
	return expected.length > 0 && expected.every(({diagnosis}) => diagnosis.state === 'wired');
}

function nativeRefusals(view: View): Refusal[] {
	const refusals: Refusal[] = [];
	if (view.judged.length > 0 && view.judged.every(({path}) => path === 'runtime')) {
		refusals.push(
			refusal(
				'HP17',
				'CRI-O maps hostPorts itself here: Cilium has nothing to do for them',
				'To have Cilium do it, install it with full kube-proxy replacement and set disable_hostport_mapping in CRI-O.',
			),
		);
	}

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

// A node's own overrides count as much as cilium-config itself.
function settingsOf(view: View): Array<NonNullable<NodeView['settings']>> {
	return [
		view.evidence.cilium?.configMap?.data ?? {},
		...repairable(view).flatMap(node => (node.settings === undefined ? [] : [node.settings])),
	];
}

const refusal = (code: string, message: string, hint: string): Refusal => ({code, message, hint});
