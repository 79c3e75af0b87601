import type {Evidence} from '../../evidence/evidence.ts';
import {helmValues} from '../lasting-form.ts';
import type {Strategy} from '../needed-change.ts';
import {hasKubeProxy, wantedKeys} from '../wanted-keys.ts';

/** The values of Cilium's own chart that keep hostPort on, whether or not the cluster has them already. */
export function helmValuesManifest(evidence: Evidence, version: string, strategy: Strategy): string {
	// From no settings at all, so that every key that matters is named.
	const values = helmValues(version, wantedKeys(version, {}, strategy, hasKubeProxy(evidence)));
	return `# hostPort by ${strategy === 'portmap' ? 'the CNI plugin portmap (chaining)' : "Cilium's kube-proxy replacement (eBPF)"}, for the chart of Cilium ${version}:\n#   helm upgrade cilium cilium/cilium --version ${version} --namespace ${evidence.cilium?.namespace ?? 'kube-system'} --reuse-values -f FILE\n${values}`;
}
