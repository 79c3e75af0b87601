import type {Evidence} from '../evidence/evidence.ts';
import type {View} from './view.ts';

/** Who keeps cilium-config, by what it is told the lasting change in. `provider`: it runs Cilium itself, and nothing is changed there. */
export type OwnerKind =
	| 'helm'
	| 'helm-or-chart'
	| 'helm-chart-config'
	| 'argo'
	| 'flux-release'
	| 'flux-kustomization'
	| 'kops'
	| 'olm'
	| 'addon'
	| 'provider';

/** Who writes cilium-config beside the person: a change by hand lasts until it writes again. */
export type Owner = {readonly kind: OwnerKind; readonly name: string};

type Sign = {
	/** DaemonSets `namespace/name` beside Cilium's. */
	readonly daemonSets?: RegExp;
	/** Names of labels and annotations of the ConfigMap, and its field managers. */
	readonly marks?: RegExp;
	/** The Helm release that it belongs to. */
	readonly release?: RegExp;
	readonly kubernetes?: RegExp;
};

const byHelm = /^meta\.helm\.sh\/|^helm$/i;

/**
 * The first that fits counts: providers, then what applies a distribution's own manifests, then what runs Helm for somebody, then Helm.
 * By facts 5.2 (GKE second-hand, AKS by its node agent's name) and the marks that the tools' own documentation names.
 */
const owners: ReadonlyArray<Owner & {readonly sign: Sign}> = [
	{kind: 'provider', name: 'GKE Dataplane V2', sign: {daemonSets: /\/anetd$/}},
	{kind: 'provider', name: 'GKE', sign: {marks: /^components\.gke\.io\//}},
	{kind: 'provider', name: 'AKS', sign: {daemonSets: /\/azure-cns$/}},
	{kind: 'provider', name: 'AKS', sign: {marks: /^kubernetes\.azure\.com\/managedby$/}},
	{kind: 'provider', name: 'DigitalOcean', sign: {marks: /^(?:c3\.)?doks\.digitalocean\.com\//}},
	{kind: 'provider', name: 'EKS', sign: {marks: /^eks$/}},
	// Its resource manager puts every change back within a minute (gardener/gardener, docs/concepts/resource-manager.md).
	{kind: 'provider', name: 'Gardener', sign: {marks: /^resources\.gardener\.cloud\/(?:managed-by|origin)$/}},
	{kind: 'argo', name: 'Argo CD', sign: {marks: /^argocd|argoproj\.io\//i}},
	{kind: 'flux-kustomization', name: 'Flux', sign: {marks: /^kustomize\.toolkit\.fluxcd\.io\/|^kustomize-controller$/i}},
	{kind: 'flux-release', name: 'Flux', sign: {marks: /fluxcd\.io\/|^helm-controller$/i}},
	{kind: 'kops', name: 'kops', sign: {marks: /^addon\.kops\.k8s\.io\//}},
	{kind: 'olm', name: 'The Cilium operator of OpenShift (CiliumConfig)', sign: {marks: /^operators\.coreos\.com\/|^olm\./}},
	{
		kind: 'helm-chart-config',
		name: 'The RKE2 or k3s Helm controller (HelmChartConfig rke2-cilium)',
		sign: {marks: /^objectset\.rio\.cattle\.io\/|^helm\.cattle\.io\//},
	},
	{kind: 'helm-chart-config', name: 'RKE2 (HelmChartConfig rke2-cilium)', sign: {release: /^rke2-cilium$/}},
	{kind: 'addon', name: 'The addon manager', sign: {marks: /^addonmanager\.kubernetes\.io\/mode$/}},
	{kind: 'helm-or-chart', name: 'Helm', sign: {marks: byHelm, kubernetes: /\+(?:k3s|rke2)/}},
	{kind: 'helm', name: 'Helm', sign: {marks: byHelm}},
];

/** The one detector of who keeps cilium-config, for findings, plan, diff and refusals; undefined where nobody is seen to but people. */
export function ownerOf({evidence}: Pick<View, 'evidence'>): Owner | undefined {
	const found = owners.find(({sign}) => fits(sign, evidence));
	return found && {kind: found.kind, name: found.name};
}

function fits({daemonSets, marks, release, kubernetes}: Sign, evidence: Evidence): boolean {
	if (daemonSets !== undefined) return evidence.otherDaemonSets.some(name => daemonSets.test(name));
	const configMap = evidence.cilium?.configMap;
	if (!configMap || (kubernetes !== undefined && !kubernetes.test(evidence.kubernetes))) return false;
	if (release !== undefined) return release.test(configMap.annotations['meta.helm.sh/release-name'] ?? '');
	const names = [
		...Object.keys(configMap.labels),
		...Object.keys(configMap.annotations),
		...configMap.managers.map(({manager}) => manager),
		// Charts write the label, whatever renders them; who took it over is told by a mark of its own.
		...(configMap.labels['app.kubernetes.io/managed-by'] === 'Helm' ? ['helm'] : []),
	];
	return marks !== undefined && names.some(name => marks.test(name));
}

/** The provider that runs the network, where the cluster shows one whose Cilium must not be changed; else empty. */
export function providerOf(view: Pick<View, 'evidence'>): string {
	const owner = ownerOf(view);
	return owner?.kind === 'provider' ? owner.name : '';
}

/** Where each owner has its lasting change written. */
export const lastingPlaces: Readonly<Record<Exclude<OwnerKind, 'provider'>, string>> = {
	helm: 'your Helm values',
	'helm-or-chart': 'your Helm values, or the HelmChart’s HelmChartConfig where k3s or RKE2 installs Cilium',
	'helm-chart-config': 'spec.valuesContent of the HelmChartConfig rke2-cilium',
	argo: 'the values of its Application in Git',
	'flux-release': 'spec.values of its HelmRelease in Git',
	'flux-kustomization': 'a patch of its Kustomization in Git',
	kops: 'spec.networking.cilium of the kOps cluster (kops edit cluster)',
	olm: 'spec of the CiliumConfig',
	addon: 'the addon’s manifest on each control-plane node',
};

/** What a repair needs to last, as the end of a remedy; empty where nobody else writes the ConfigMap, or nothing of it is to be changed. */
export function repairHint(view: View, isPossible: boolean): string {
	const owner = ownerOf(view);
	if (owner === undefined) return '';
	if (owner.kind === 'provider') return ` ${owner.name} runs Cilium here: change it only with its own tools.`;
	return isPossible
		? ` ${owner.name} manages cilium-config: set the change in ${lastingPlaces[owner.kind]} too (kubectl hostport manifest helm-values prints it); otherwise it is reverted.`
		: '';
}
