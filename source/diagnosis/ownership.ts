import type {ConfigMapEvidence} from '../evidence/evidence.ts';
import type {View} from './view.ts';

/** Who writes cilium-config beside the person: a change by hand lasts until it writes again. */
export type ConfigMapOwner = 'Helm' | 'Argo CD' | 'Flux' | '';

/** The owner by the labels, annotations and field managers that these tools leave. */
export function configMapOwner(configMap: ConfigMapEvidence | null | undefined): ConfigMapOwner {
	if (!configMap) {
		return '';
	}

	const marks = [
		...Object.keys(configMap.labels),
		...Object.keys(configMap.annotations),
		...configMap.managers.map(({manager}) => manager),
	];
	const has = (pattern: RegExp) => marks.some(mark => pattern.test(mark));
	if (has(/^argocd|argoproj\.io\//i)) {
		return 'Argo CD';
	}

	if (has(/fluxcd\.io\/|^(?:kustomize|helm)-controller$/i)) {
		return 'Flux';
	}

	return has(/^meta\.helm\.sh\/|^helm$/i) || configMap.labels['app.kubernetes.io/managed-by'] === 'Helm' ? 'Helm' : '';
}

/** What a repair needs to last, as the end of a remedy; empty where nobody else writes the ConfigMap, or nothing of it is to be changed. */
export function repairHint(view: View, isPossible: boolean): string {
	const owner = configMapOwner(view.evidence.cilium?.configMap);
	const provider = providerOf(view);
	if (provider !== '') {
		return ` ${provider} runs Cilium here: change it by its own means only.`;
	}

	return owner === '' || !isPossible
		? ''
		: ` ${owner} writes cilium-config: put the change into its values too (kubectl hostport manifest helm-values), or it is undone.`;
}

// DaemonSets by which a provider's own Cilium is known (facts 5.2; GKE second-hand, AKS by its node agent's name).
const providerDaemonSets: ReadonlyArray<readonly [pattern: RegExp, provider: string]> = [
	[/\/anetd$/, 'GKE Dataplane V2'],
	[/\/azure-cns$/, 'AKS'],
];

/** The provider that runs the network, where the cluster shows one whose Cilium must not be changed; else empty. */
export function providerOf({evidence}: View): string {
	return providerDaemonSets.find(([pattern]) => evidence.otherDaemonSets.some(name => pattern.test(name)))?.[1] ?? '';
}
