import {isTrue} from '../../cilium/keys.ts';
import {reachInWords} from '../../cilium/measured-reach.ts';
import {isVersion} from '../../cilium/version.ts';
import {hasKubeProxy} from '../../diagnosis/kube-proxy.ts';
import {refusalsOf} from '../../diagnosis/refusals.ts';
import {repairable} from '../../diagnosis/repairable-nodes.ts';
import type {Recommendation, Strategy} from '../../diagnosis/strategy.ts';
import type {View} from '../../diagnosis/view.ts';
import type {StrategyOption} from './plan.ts';

/** Both strategies as they stand on this cluster: possible or not, with what effects, and which one is recommended. */
export function strategyOptions(view: View, recommended: Recommendation): StrategyOption[] {
	return (['portmap', 'native'] as const).map(strategy => {
		const refusals = refusalsOf(view, strategy);
		const isRecommended = recommended.strategy === strategy && refusals.length === 0;
		return {
			strategy,
			possible: refusals.length === 0,
			recommended: isRecommended,
			refusals,
			effects: effects(view, strategy),
			reason: isRecommended ? recommended.reason : '',
		};
	});
}

function effects(view: View, strategy: Strategy): string[] {
	const {evidence, version} = view;

	if (strategy === 'portmap') {
		return [
			reachInWords(version, 'portmap'),
			// Measured on 1.20.2 (docs/paths.md): the answer to a pod of the same node is lost.
			[evidence.cilium?.configMap?.data, ...repairable(view).map(({settings}) => settings)].some(settings =>
				isTrue(settings?.['enable-bpf-masquerade']),
			)
				? 'with enable-bpf-masquerade, a pod cannot reach a hostPort of its own node at the node’s address (measured on Cilium 1.20.2)'
				: '',
		].filter(Boolean);
	}

	const beside = hasKubeProxy(evidence) && isVersion(version, '<1.19.0');
	return [
		...(beside
			? [
					'NodePort and externalIPs are handled by Cilium too',
					'processes in the host network of a node reach Services by eBPF; without this they cannot reach a hostPort of their own node',
				]
			: ['changes how every Service is served: existing connections to Services break']),
		...(beside && isVersion(version, '>=1.18.0') ? ['Cilium 1.19 removed these keys'] : []),
		reachInWords(version, beside ? 'switches and sockets' : 'replacement'),
	].filter(Boolean);
}
