import {isVersion} from '../../cilium/version.ts';
import {UsageError} from '../../errors.ts';
import type {Evidence} from '../../evidence/evidence.ts';
import {helmValues} from '../lasting-form.ts';
import {hasKubeProxy, wantedKeys, type Strategy} from '../wanted-keys.ts';

/**
 * The values of Cilium's own chart that keep hostPort on, whether or not the cluster has them already.
 * @throws UsageError where no values of this version would
 */
export function helmValuesManifest(evidence: Evidence, version: string, strategy: Strategy): string {
	const besideKubeProxy = hasKubeProxy(evidence);
	if (strategy === 'native' && besideKubeProxy && isVersion(version, '>=1.19.0')) {
		throw new UsageError(
			`Cilium ${version} serves hostPort only with full kube-proxy replacement, and kube-proxy runs here (cilium/cilium #41380)`,
			'Give --strategy portmap, or replace kube-proxy first.',
		);
	}

	// From no settings at all, so that every key that matters is named.
	const values = helmValues(version, wantedKeys(version, {}, strategy, besideKubeProxy));
	const way = strategy === 'portmap' ? 'the CNI plugin portmap (chaining)' : "Cilium's kube-proxy replacement (eBPF)";
	return `# hostPort by ${way}, for the chart of Cilium ${version}:
#   helm upgrade cilium cilium/cilium --version ${version} --namespace ${evidence.cilium?.namespace ?? 'kube-system'} --reuse-values -f FILE
${values}`;
}
