import {chartDropsHostPortKey} from '../../cilium/native-host-port.ts';
import {pathlessFinding} from '../pathless.ts';
import {defineCause} from './cause.ts';

/** Half on: `enable-host-port` without `enable-node-port`, which turns hostPort off without a log line (1.8 to 1.18). */
export const hp01b = defineCause({
	code: 'HP01b',
	title: 'enable-host-port is on, enable-node-port is not',
	meaning:
		'From 1.8 to 1.18 hostPort without full kube-proxy replacement needs both keys. Without `enable-node-port` the agent turns hostPort off and logs nothing.',
	proof: [
		'`cilium-config`: `enable-host-port` is `true` and `enable-node-port` is not, with `kube-proxy-replacement` `partial` (up to 1.15) or `false` (from 1.14)',
		'`cilium status`: HostPort Disabled',
	],
	toldApart: [
		'HP01: there neither key is set, or `kube-proxy-replacement` is `disabled`, which no key changes',
		'HP19: from 1.19 on neither key is known',
	],
	cure: [
		'Chain portmap, or set `enable-node-port: "true"` too, with `enable-health-check-nodeport: "false"` beside kube-proxy, and restart the agents.',
		'With only these two keys, processes of the node itself are refused, at its address and its loopback (seen on 1.15.19). `bpf-lb-sock: "true"` with `bpf-lb-sock-hostns-only: "true"` (before 1.12 `enable-host-reachable-services`) fixes that; `kubectl hostport fix --strategy native` sets them too.',
		'Charts 1.17.0 to 1.17.5 never write the key, and 1.18 removed the value: set it in `extraConfig`.',
	],
	falseLeads: ['The Helm value `hostPort.enabled` alone has no effect on the agent without nodePort.'],
	sources: [
		'cilium/cilium#38083',
		'cilium/cilium#31168',
		'cilium/cilium#31532',
		'cilium/cilium#14164',
		'cilium/cilium#40073',
		'cilium/cilium#40480',
	],
	ofWholePort: true,
	find: view =>
		pathlessFinding(view, 'half-on', () => ({
			what: 'enable-host-port is on, but enable-node-port is not',
			remedy: `Run kubectl hostport fix: it chains portmap, or also sets enable-node-port (--strategy native).${
				chartDropsHostPortKey(view.version)
					? ` The Helm chart of Cilium ${view.version} ignores hostPort.enabled for enable-host-port: with Helm use extraConfig.`
					: ''
			}`,
			repairable: true,
		})),
});
