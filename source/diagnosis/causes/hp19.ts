import {pathlessFinding} from '../pathless.ts';
import type {Cause} from './cause.ts';

/** An upgrade to 1.19 or later took `enable-host-port` away; the key is left in the ConfigMap and passed over in silence. */
export const hp19: Cause = {
	code: 'HP19',
	find: view =>
		pathlessFinding(view, 'HP19', () => ({
			what: `Cilium ${view.version} no longer knows enable-host-port; since 1.19 only full kube-proxy replacement or portmap serves it`,
			remedy: 'Run kubectl hostport fix: it chains portmap, which keeps kube-proxy; or turn on full kube-proxy replacement.',
			repairable: true,
			because: [
				{source: 'Cilium release', says: 'enable-host-port was deprecated in 1.18 (cilium/cilium#39581) and removed in 1.19 (#41380)'},
			],
		})),
};
