import {kernelForNativeHostPort, nativeHostPortKernels} from '../cilium/kernel.ts';
import {nativeHostPort} from '../cilium/native-host-port.ts';
import {startConflicts} from '../cilium/start-conflicts.ts';
import {isVersion} from '../cilium/version.ts';
import {causes} from './causes/index.ts';
import {hasKubeProxy} from './kube-proxy.ts';
import {repairable, settingsOf} from './repairable-nodes.ts';
import type {Strategy} from './strategy.ts';
import type {View} from './view.ts';

/** Why a repair would do harm or cannot work here; with one of these a plan has no steps, and no diff or remedy speaks of one. */
export type Refusal = {
	/** Code of the finding behind it, or empty. */
	readonly code: string;
	readonly message: string;
	readonly hint: string;
	/** Somebody else makes the pods' network or the CNI file: whether the other strategy helps there is not known either. */
	readonly isOfNetwork?: true;
};

/** Everything that speaks against a strategy on this cluster, whatever else is chosen; empty where it is possible. */
export function refusalsOf(view: View, strategy: Strategy): Refusal[] {
	const [general] = [...causes.flatMap(cause => cause.refusesAll?.(view) ?? []), ...unread(view)];
	return [
		...(general === undefined ? [] : [general]),
		...(strategy === 'portmap' ? againstPortmap(view) : againstNative(view)),
		...startConflicts(view.version, strategy, settingsOf(view)).map(({says, hint}) => refusal(`the agents would not start: ${says}`, hint)),
		...causes.flatMap(cause => cause.refuses?.(view, strategy) ?? []),
	];
}

function unread(view: View): Refusal[] {
	const {cilium} = view.evidence;
	if (cilium === null) return [];
	if (cilium.configMap === null || cilium.daemonSet === null) {
		const what = cilium.configMap === null ? 'cilium-config' : "Cilium's DaemonSet";
		return [refusal(`${what} could not be read in ${cilium.namespace}`, 'Grant permission to get configmaps and daemonsets there.')];
	}

	return isVersion(view.version, '>=1.8.0')
		? []
		: [refusal(`the version of Cilium is ${view.version || 'unknown'}`, 'Repair it by hand: fix supports versions since 1.8.')];
}

function againstPortmap(view: View): Refusal[] {
	return settingsOf(view).some(each => nativeHostPort(view.version, each).because === 'replacement')
		? [refusal('kube-proxy replacement is on and serves hostPort itself; portmap would have no effect', 'Choose native.')]
		: [];
}

function againstNative(view: View): Refusal[] {
	const isKept = hasKubeProxy(view.evidence) && isVersion(view.version, '>=1.19.0');
	const [old] = repairable(view).filter(({node, observation}) => kernelForNativeHostPort(observation?.kernel ?? node.kernel) === 'too-old');
	return [
		...(isKept
			? [
					refusal(
						`Cilium ${view.version} serves hostPort only with full kube-proxy replacement, and kube-proxy runs here (cilium/cilium #41380)`,
						'Choose portmap, or replace kube-proxy first.',
					),
				]
			: []),
		...(old === undefined
			? []
			: [refusal(`${old.name}: kernel ${old.node.kernel} is older than ${nativeHostPortKernels}`, 'Choose portmap.')]),
	];
}

const refusal = (message: string, hint: string): Refusal => ({code: '', message, hint});
