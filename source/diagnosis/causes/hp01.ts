import {nativeHostPortKernels} from '../../cilium/kernel.ts';
import {replacementValues} from '../../cilium/keys.ts';
import {isVersion} from '../../cilium/version.ts';
import type {Proof} from '../diagnosis.ts';
import type {NodeView} from '../node-view.ts';
import {pathlessFinding} from '../pathless.ts';
import {wayOut} from '../way-out.ts';
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
			...wayOut(view),
			because: [...valueProofs(nodes), ...probeProofs(nodes)],
		})),
};

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
				says: `kube-proxy-replacement: ${written} is no value; it is taken in lower case only (${values.join(', ')})`,
			};
		}

		return because === 'value-not-taken' || because === 'deprecated-value'
			? {
					source: `Cilium ${version}`,
					says: `kube-proxy-replacement: ${settings?.['kube-proxy-replacement'] ?? ''} is of an older scheme; this version takes ${values.slice(0, 2).join(' and ')}`,
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
				`no failed probe in the lines that were read; kube-proxy-replacement=probe turns hostPort off where one fails (needs ${nativeHostPortKernels})`,
		};
	});
}
