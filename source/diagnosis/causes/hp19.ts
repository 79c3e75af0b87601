import {pathlessFinding} from '../pathless.ts';
import {defineCause} from './cause.ts';

/** An upgrade to 1.19 or later took `enable-host-port` away; the key is left in the ConfigMap and passed over in silence. */
export const hp19 = defineCause({
	code: 'HP19',
	title: 'An upgrade removed enable-host-port',
	meaning:
		'`enable-host-port` was deprecated in 1.18 and removed in 1.19. Cilium ignores the key in cilium-config silently. From 1.19 there are two strategies only: full kube-proxy replacement, or portmap chaining.',
	proof: [
		'Cilium 1.19 or newer',
		'`cilium-config` still has `enable-host-port: "true"`',
		'`kube-proxy-replacement` is `false` and no chaining is set',
	],
	toldApart: ['HP01: there the key was never set; the fix is the same'],
	cure: ['Chain portmap, which keeps kube-proxy, or turn on full replacement. Remove the dead keys.'],
	falseLeads: ['The Helm value `hostPort.enabled` is still accepted, because the chart’s schema allows unknown values; it does nothing.'],
	sources: ['cilium/cilium#39581', 'cilium/cilium#41380', 'cilium/cilium#42781'],
	ofWholePort: true,
	find: view =>
		pathlessFinding(view, 'upgraded-away', () => ({
			what: `Cilium ${view.version} ignores enable-host-port`,
			remedy: 'Run kubectl hostport fix: it chains portmap, which keeps kube-proxy; or turn on full kube-proxy replacement.',
			repairable: true,
			because: [
				{source: 'Cilium release', says: 'enable-host-port was deprecated in 1.18 (cilium/cilium#39581) and removed in 1.19 (#41380)'},
			],
		})),
});
