import {isTrue} from '../cilium/keys.ts';
import {hasKubeProxy} from './kube-proxy.ts';
import type {View} from './view.ts';

/** The two strategies by which hostPort can be served: by the portmap plugin, or by Cilium's eBPF. */
export type Strategy = 'portmap' | 'native';

/** The strategy that is recommended, and why. */
export type Recommendation = {
	readonly strategy: Strategy;
	/** One sentence. */
	readonly reason: string;
};

/**
 * The way with the smallest blast radius: portmap touches new pods only, keys beside kube-proxy touch NodePort too, full
 * replacement changes the path of every Service.
 */
export function recommendStrategy({evidence, judged, version}: View): Recommendation {
	const native = judged.filter(({asked, native}) => asked === 'native' || (native.on === true && native.proved));
	if (native.length > 0 && native.length * 2 >= judged.length) {
		return {strategy: 'native', reason: 'Cilium already serves hostPort by eBPF, or is configured to: portmap would have no effect.'};
	}

	if (isTrue(evidence.cilium?.configMap?.data['enable-host-firewall'])) {
		return {strategy: 'native', reason: "Cilium's host firewall is on, and portmap does not work with it (cilium/cilium#12541)."};
	}

	if (judged.length > 0 && judged.every(({node}) => node.containerRuntime.startsWith('cri-o://'))) {
		return {strategy: 'native', reason: 'CRI-O maps hostPorts itself and passes none to portmap.'};
	}

	return {
		strategy: 'portmap',
		reason: hasKubeProxy(evidence)
			? 'It keeps kube-proxy and affects new pods only; kube-proxy replacement changes how Services are served.'
			: `It affects new pods only; full kube-proxy replacement of Cilium ${version} changes how every Service is served.`,
	};
}
