import {expect, test} from 'vitest';
import {parse} from 'yaml';
import {diagnose} from '../../../source/diagnosis/diagnose.ts';
import {ownerOf} from '../../../source/diagnosis/ownership.ts';
import {refusalsOf} from '../../../source/diagnosis/refusals.ts';
import {view} from '../../../source/diagnosis/view.ts';
import type {Evidence} from '../../../source/evidence/evidence.ts';
import {savedPart} from '../../../source/evidence/saved-part.ts';
import {makePlan} from '../../../source/repair/plan/make-plan.ts';
import {helmValuesManifest} from '../../../source/repair/manifests/helm-values.ts';
import {neededChanges} from '../../../source/repair/plan/needed-change.ts';
import {pathlessEvidence} from '../../diagnosis/scenes.ts';

type Marks = {
	readonly labels?: Record<string, string>;
	readonly annotations?: Record<string, string>;
	readonly managers?: readonly string[];
	readonly daemonSets?: readonly string[];
	readonly kubernetes?: string;
};

const version = '1.17.4';
const release = {'meta.helm.sh/release-name': 'cilium', 'meta.helm.sh/release-namespace': 'kube-system'};
const helmLabel = {'app.kubernetes.io/managed-by': 'Helm'};

function owned({labels = {}, annotations = {}, managers = [], daemonSets = [], kubernetes = 'v1.30.2'}: Marks): Evidence {
	const base = pathlessEvidence(version);
	const configMap = base.cilium?.configMap;
	if (!base.cilium || !configMap) throw new Error('no ConfigMap');
	const written = managers.map(manager => ({manager, operation: 'Update', time: null, keys: []}));
	return {
		...base,
		kubernetes,
		otherDaemonSets: [...base.otherDaemonSets, ...daemonSets],
		cilium: {...base.cilium, configMap: {...configMap, labels, annotations, managers: written}},
	};
}

const chaining = {cni: {chainingMode: 'portmap'}};
const patched = {op: 'add', path: '/data/cni-chaining-mode', value: 'portmap'};

const keepers: ReadonlyArray<readonly [name: string, marks: Marks, hint: RegExp, form: object]> = [
	['Helm', {labels: helmLabel, annotations: release}, /your Helm values: cni\.chainingMode=portmap/, chaining],
	['Helm', {managers: ['helm']}, /cni\.chainingMode=portmap/, chaining],
	['Helm', {labels: helmLabel, annotations: release, kubernetes: 'v1.30.2+k3s1'}, /HelmChartConfig where k3s or RKE2/, chaining],
	[
		'RKE2 (HelmChartConfig rke2-cilium)',
		{labels: helmLabel, annotations: {...release, 'meta.helm.sh/release-name': 'rke2-cilium'}, kubernetes: 'v1.30.2+rke2r1'},
		/spec\.valuesContent of the HelmChartConfig rke2-cilium: cni\.chainingMode=portmap/,
		{kind: 'HelmChartConfig', metadata: {name: 'rke2-cilium', namespace: 'kube-system'}},
	],
	[
		'Argo CD',
		{labels: {'argocd.argoproj.io/instance': 'cilium', ...helmLabel}},
		/its Application in Git: cni\.chainingMode=portmap/,
		{spec: {source: {helm: {}}}},
	],
	[
		'Flux',
		{labels: {'helm.toolkit.fluxcd.io/name': 'cilium', ...helmLabel}, annotations: release},
		/spec\.values of its HelmRelease/,
		{spec: {values: chaining}},
	],
	[
		'Flux',
		{labels: {'kustomize.toolkit.fluxcd.io/name': 'network'}, managers: ['kustomize-controller']},
		/a patch of its Kustomization in Git: cni-chaining-mode: "portmap"/,
		{spec: {patches: [{target: {kind: 'ConfigMap', name: 'cilium-config'}}]}},
	],
	[
		'kops',
		{labels: {'addon.kops.k8s.io/name': 'networking.cilium.io'}},
		/kops edit cluster\): chainingMode: portmap/,
		{spec: {networking: {cilium: {chainingMode: 'portmap'}}}},
	],
	['The Cilium operator of OpenShift (CiliumConfig)', {labels: {'olm.owner': 'cilium'}}, /spec of the CiliumConfig/, {spec: chaining}],
	['The addon manager', {labels: {'addonmanager.kubernetes.io/mode': 'Reconcile'}}, /manifest on each control-plane node/, {patches: [{}]}],
];

test.each(keepers)('%s: one owner for findings, plan and diff, and the lasting change in its own words (%#)', (name, marks, hint, form) => {
	const evidence = owned(marks);
	const seen = view(evidence);
	const diagnosis = diagnose(evidence);
	expect(ownerOf(seen)?.name).toBe(name);
	expect(diagnosis.findings[0]?.remedy).toContain(`${name} manages cilium-config`);
	const {warnings, remaining} = makePlan(evidence, diagnosis, {strategy: 'portmap', sources: ['portmap']});
	const warning = warnings.find(({message}) => message.startsWith(`${name} manages cilium-config`));
	expect(warning?.hint).toMatch(hint);
	expect(remaining).toContain(`${warning?.message}. ${warning?.hint}`);
	const printed = helmValuesManifest(evidence, version, 'portmap');
	expect(parse(printed)).toMatchObject(form);
	expect(printed).toMatch(/chainingMode: portmap|cni-chaining-mode/);
	expect(ownerOf(view(savedPart(evidence)))).toEqual(ownerOf(seen));
});

test('values inside a file of somebody else’s are whole YAML', () => {
	const rke2 = parse(helmValuesManifest(owned({annotations: {'meta.helm.sh/release-name': 'rke2-cilium'}}), version, 'portmap')) as {
		spec: {valuesContent: string};
	};
	expect(parse(rke2.spec.valuesContent)).toMatchObject(chaining);
	const argo = parse(helmValuesManifest(owned({managers: ['argocd-controller']}), version, 'portmap')) as {
		spec: {source: {helm: {values: string}}};
	};
	expect(parse(argo.spec.source.helm.values)).toMatchObject(chaining);
	const flux = parse(helmValuesManifest(owned({managers: ['kustomize-controller']}), version, 'portmap')) as {
		spec: {patches: [{patch: string}]};
	};
	expect(parse(flux.spec.patches[0].patch)).toContainEqual(patched);
});

test('what kOps has no field for is said', () => {
	const printed = helmValuesManifest(owned({labels: {'addon.kops.k8s.io/name': 'networking.cilium.io'}}), version, 'native');
	expect(parse(printed)).toEqual({spec: {networking: {cilium: {enableNodePort: true}}}});
	expect(printed).toMatch(/kOps has no field for: .*enable-host-port/);
});

test.each([
	['GKE Dataplane V2', {daemonSets: ['kube-system/anetd']}],
	['GKE', {annotations: {'components.gke.io/component-name': 'advanceddatapath'}}],
	['AKS', {daemonSets: ['kube-system/azure-cns']}],
	['AKS', {labels: {'kubernetes.azure.com/managedby': 'aks'}, annotations: release}],
	['EKS', {managers: ['eks']}],
	['DigitalOcean', {labels: {'c3.doks.digitalocean.com/component': 'cilium'}}],
] as const)('%s runs Cilium itself: nothing is changed, by plan, diff or remedy', (name, marks) => {
	const evidence = owned(marks);
	const seen = view(evidence);
	for (const strategy of ['portmap', 'native'] as const) {
		expect(refusalsOf(seen, strategy)[0]).toMatchObject({code: 'HP18', message: `${name} runs Cilium here`});
		expect(neededChanges(evidence, strategy)).toEqual([]);
	}

	const {findings} = diagnose(evidence);
	expect(findings.filter(({repairable}) => repairable)).toEqual([]);
	expect(findings.map(({code}) => code)).toContain('HP18');
});

test.each([
	['nobody', {}],
	['kubectl', {managers: ['kubectl-edit', 'kubectl-client-side-apply']}],
	['a label of somebody’s own', {labels: {team: 'network', 'app.kubernetes.io/managed-by': 'Terraform'}}],
] as const)('healthy twin: %s is no owner', (_what, marks) => {
	const evidence = owned(marks);
	expect(ownerOf(view(evidence))).toBeUndefined();
	expect(diagnose(evidence).findings[0]?.remedy).not.toContain('writes cilium-config');
	expect(parse(helmValuesManifest(evidence, version, 'portmap'))).toMatchObject(chaining);
});
