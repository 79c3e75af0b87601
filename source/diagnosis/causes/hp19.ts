import {pathlessFinding} from '../pathless.ts';
import {defineCause} from './cause.ts';

/** An upgrade to 1.19 or later took `enable-host-port` away; the key is left in the ConfigMap and passed over in silence. */
export const hp19 = defineCause({
	code: 'HP19',
	title: 'An upgrade took enable-host-port away',
	meaning:
		'`enable-host-port` was deprecated in 1.18 and removed in 1.19. The key in cilium-config is passed over without a word. From 1.19 there are two ways only: full kube-proxy replacement, or portmap chaining.',
	proof: [
		'Cilium 1.19 or newer',
		'`cilium-config` still has `enable-host-port: "true"`',
		'`kube-proxy-replacement` is `false` and no chaining is set',
	],
	toldApart: ['HP01 has the same cure; there the switch was never on'],
	cure: ['Chain portmap, which keeps kube-proxy, or turn on full replacement. Remove the dead keys.'],
	falseLeads: ['The Helm value `hostPort.enabled` is still accepted, because the chart’s schema allows unknown values; it does nothing.'],
	sources: ['cilium/cilium#39581', 'cilium/cilium#41380', 'cilium/cilium#42781'],
	ofWholePort: true,
	find: view =>
		pathlessFinding(view, 'upgraded-away', () => ({
			what: `Cilium ${view.version} no longer knows enable-host-port; since 1.19 only full kube-proxy replacement or portmap serves it`,
			remedy: 'Run kubectl hostport fix: it chains portmap, which keeps kube-proxy; or turn on full kube-proxy replacement.',
			repairable: true,
			because: [
				{source: 'Cilium release', says: 'enable-host-port was deprecated in 1.18 (cilium/cilium#39581) and removed in 1.19 (#41380)'},
			],
		})),
});
