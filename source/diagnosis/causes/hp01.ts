import {nativeHostPortKernels} from '../../cilium/kernel.ts';
import {isVersion} from '../../cilium/version.ts';
import type {Proof} from '../diagnosis.ts';
import type {NodeView} from '../node-view.ts';
import {pathlessFinding} from '../pathless.ts';
import {alike} from '../wording.ts';
import type {Cause} from './cause.ts';

/** Neither way is on: no kube-proxy replacement, no chaining. */
export const hp01: Cause = {
	code: 'HP01',
	find: view =>
		pathlessFinding(view, 'HP01', nodes => ({
			what: isVersion(view.version, '<1.8.0')
				? `Cilium ${view.version} serves it by portmap only, and portmap is not chained`
				: 'kube-proxy replacement does not serve it and portmap is not chained',
			remedy:
				'Run kubectl hostport fix: it puts portmap on every node first, then sets cni-chaining-mode: portmap, then restarts the agents node by node.',
			repairable: true,
			because: probeProofs(nodes),
		})),
};

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
				`no failed probe in the lines that were read; kube-proxy-replacement=probe turns hostPort off where one fails (needs ${nativeHostPortKernels})`,
		};
	});
}
