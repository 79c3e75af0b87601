import {nativeHostPortKernels} from '../../cilium/kernel.ts';
import {replacementValues} from '../../cilium/keys.ts';
import {isVersion} from '../../cilium/version.ts';
import type {Proof} from '../diagnosis.ts';
import type {NodeView} from '../node-view.ts';
import {pathlessFinding} from '../pathless.ts';
import {alike} from '../wording.ts';
import {defineCause} from './cause.ts';

/** Neither way is on: no kube-proxy replacement, no chaining. */
export const hp01 = defineCause({
	code: 'HP01',
	title: 'Neither kube-proxy replacement nor portmap serves hostPort',
	meaning:
		'Cilium does not serve hostPort by default. Without kube-proxy replacement and without CNI chaining to portmap the API accepts a hostPort, the scheduler reserves it, `kubectl describe` shows it, and nothing on the node answers. There is no event and no log line.',
	proof: [
		'`cilium-config`: `kube-proxy-replacement` is `disabled`, `false` or absent, or `partial` without the two keys; `cni-chaining-mode` is absent or `none`',
		'`cilium status` of the agent: HostPort Disabled',
		'the CNI file that the runtime loads names no `portmap`',
		'the nat table has no `CNI-HOSTPORT-DNAT` chain',
	],
	toldApart: [
		'HP03: there `cilium-config` is right and only the agents still run with old values',
		'HP01b: there `enable-host-port` is set and `enable-node-port` is not',
		'HP19: there the key is set, but this version no longer knows it',
		'HP02: there pods do not even start',
		'HP17: CRI-O maps hostPorts itself and needs neither',
	],
	cure: [
		'Chain portmap: install the binary on every node, set `cni-chaining-mode: portmap`, restart the agent pods node by node, then restart the hostPort pods. This keeps kube-proxy and affects new pods only.',
		'Or turn on full kube-proxy replacement (`strict` up to 1.13, `true` from 1.14). This changes how all Services are served and breaks existing connections.',
		'`kubectl hostport fix` does the first in that order and can roll it back.',
		'If another network’s CNI config is loaded (`cni-chaining-mode` of `aws-cni`, `generic-veth`, `flannel`; Multus; a custom file), no key of cilium-config helps and `fix` refuses: add portmap to that file at its source.',
	],
	falseLeads: [
		'`Auto-disabling "enable-node-port", … "enable-host-port"` in the agent log (1.8 to 1.15) means that the agent runs with `kube-proxy-replacement=disabled`. It is not the outcome of a kernel probe.',
		'Kernel 5.4 is enough: hostPort by eBPF needs 4.19.57, 5.1.16 or 5.2. The 5.10 of the documentation is for BPF host routing, which hostPort does not need.',
		'`netstat` and `ss` never show a listener for a hostPort, working or not.',
	],
	sources: ['cilium/cilium#19863', 'cilium/cilium#25791', 'cilium/cilium#14109', 'rancher/rke2#2325', 'Cilium docs, CNI chaining: portmap'],
	ofWholePort: true,
	find: view =>
		pathlessFinding(view, 'neither', nodes => ({
			what: isVersion(view.version, '<1.8.0')
				? `Cilium ${view.version} needs portmap, which is not chained`
				: 'neither kube-proxy replacement nor portmap maps it',
			...view.repairAdvice(),
			because: [...valueProofs(nodes), ...probeProofs(nodes)],
		})),
});

/**
 * Values of an older scheme: from 1.14 on `strict`, `partial` and `probe` no longer mean what they did (cilium/cilium#32711). And values
 * in capital letters, which no version up to 1.18 takes.
 */
function valueProofs(nodes: readonly NodeView[]): Proof[] {
	return alike(nodes, ({native, settings, version}) => {
		const because = native.byKeys?.because;
		const written = settings?.['kube-proxy-replacement']?.trim() ?? '';
		const values = replacementValues(version);
		if (because === 'value-not-taken' && values.includes(written.toLowerCase())) {
			return {
				source: `Cilium ${version}`,
				says: `kube-proxy-replacement: ${written} is not a valid value; values are lower case (${values.join(', ')})`,
			};
		}

		return because === 'value-not-taken' || because === 'deprecated-value'
			? {
					source: `Cilium ${version}`,
					says: `kube-proxy-replacement: ${settings?.['kube-proxy-replacement'] ?? ''} is a value of older versions; this version takes ${values.slice(0, 2).join(' and ')}`,
				}
			: undefined;
	});
}

/** In mode `probe` hostPort is off only where a probe failed; the log then names it (facts 3.2). */
function probeProofs(nodes: readonly NodeView[]): Proof[] {
	return alike(nodes, ({native, observation}) => {
		if (native.byKeys?.because !== 'kernel-decides') {
			return undefined;
		}

		const line = observation?.agentLog.find(each => /needs kernel|does not support|Disabling/.test(each));
		return {
			source: 'agent log',
			says:
				line ??
				`no failed probe in the lines read; kube-proxy-replacement=probe turns hostPort off if a probe fails (needs ${nativeHostPortKernels})`,
		};
	});
}
