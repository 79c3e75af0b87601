import {hp23} from '../../diagnosis/causes/hp23.ts';
import {refusalsOf} from '../../diagnosis/refusals.ts';
import type {Strategy} from '../../diagnosis/strategy.ts';
import {view} from '../../diagnosis/view.ts';
import {UsageError} from '../../errors.ts';
import type {Evidence} from '../../evidence/evidence.ts';
import {lastingManifest} from '../plan/lasting-form.ts';
import {hasKubeProxy} from '../../diagnosis/kube-proxy.ts';
import {wantedKeys} from '../plan/wanted-keys.ts';

/**
 * What keeps hostPort on, whether or not the cluster has it already, in the form that the owner of cilium-config takes: values of Cilium's
 * own chart, a HelmChartConfig, a kustomize patch, kOps' cluster spec.
 * @throws UsageError where the strategy is refused on this cluster, with why
 */
export function helmValuesManifest(evidence: Evidence, version: string, strategy: Strategy): string {
	const [refusal] = refusalsOf(view(evidence), strategy).filter(({code}) => code !== hp23.code);
	if (refusal !== undefined) throw new UsageError(refusal.message, refusal.hint);
	const seen = view(evidence);
	// From no settings at all, so that every key that matters is named.
	const form = lastingManifest({...seen, version}, wantedKeys(version, {}, strategy, hasKubeProxy(evidence)));
	const by = strategy === 'portmap' ? 'the CNI plugin portmap (chaining)' : "Cilium's kube-proxy replacement (eBPF)";
	return `# hostPort by ${by}, for Cilium ${version}:
${form}`;
}
