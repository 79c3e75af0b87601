import {stringify} from 'yaml';
import {fullReplacement} from '../../cilium/keys.ts';
import {chartDropsHostPortKey} from '../../cilium/native-host-port.ts';
import {releaseOf} from '../../cilium/releases.ts';
import {isVersion} from '../../cilium/version.ts';
import {lastingPlaces, ownerOf, type OwnerKind} from '../../diagnosis/ownership.ts';
import type {View} from '../../diagnosis/view.ts';
import type {Warning} from './plan.ts';
import type {KeyChanges} from './wanted-keys.ts';

/**
 * The Helm values that write the same keys (install/kubernetes/cilium, charts 1.8.0 to 1.20.0). Keys that a chart no longer
 * writes go through `extraConfig`, which the charts take since 1.8.5 and 1.9.1.
 */
export function helmValues(version: string, changes: KeyChanges): string {
	return yamlOf(valuesOf(version, changes));
}

/** The same in one line, as `helm --set` takes them. */
function helmSettings(version: string, changes: KeyChanges): string {
	return valuesOf(version, changes)
		.map(([path, value]) => `${path.join('.')}=${value.replaceAll('"', '')}`)
		.join(', ');
}

function valuesOf(version: string, changes: KeyChanges): Value[] {
	const values = Object.entries(changes).flatMap(([key, {to}]) => (isByTheChart(version, key) ? [] : valueOf(version, key, to)));
	// Up to 1.8 every value stood below `global`.
	return isVersion(version, '<1.9.0') ? values.map(([path, value]) => [['global', ...path], value]) : values;
}

/** Who will undo a change by hand, and what makes it last, in that one's own words; undefined where nobody writes the ConfigMap but people. */
export function ownershipWarning(view: View, changes: KeyChanges): Warning | undefined {
	const owner = ownerOf(view);
	if (Object.keys(changes).length === 0 || owner === undefined || owner.kind === 'provider') return undefined;
	return {
		message: `${owner.name} manages cilium-config. Its next ${owner.kind.startsWith('helm') ? 'upgrade' : 'sync'} reverts this change and breaks every hostPort`,
		hint: `Before that, set this in ${lastingPlaces[owner.kind]}: ${inOneLine(owner.kind, view.version, changes)}`,
	};
}

/** The change as the owner takes it, in one line. */
function inOneLine(kind: OwnerKind, version: string, changes: KeyChanges): string {
	switch (kind) {
		case 'kops': {
			const {fields, rest} = kopsFields(version, changes);
			const left = rest.length === 0 ? '' : `; kOps has no field for ${rest.join(', ')}`;
			return `${fields.map(([name, value]) => `${name}: ${String(value)}`).join(', ')}${left}`;
		}

		case 'flux-kustomization':
		case 'addon': {
			return Object.entries(changes)
				.map(([key, {to}]) => (to === null ? `no ${key}` : `${key}: "${to}"`))
				.join(', ');
		}

		default: {
			return helmSettings(version, changes);
		}
	}
}

/** The same as a whole file with a line on what to do with it; as Helm values where nobody is seen to own the ConfigMap. */
export function lastingManifest(view: View, changes: KeyChanges): string {
	const owner = ownerOf(view);
	const {version, evidence} = view;
	const namespace = evidence.cilium?.namespace ?? 'kube-system';
	const values = helmValues(version, changes);
	switch (owner?.kind) {
		case 'helm-chart-config': {
			return `# Apply it, or put it in /var/lib/rancher/rke2/server/manifests on each server.\n${stringify({
				apiVersion: 'helm.cattle.io/v1',
				kind: 'HelmChartConfig',
				metadata: {name: 'rke2-cilium', namespace: 'kube-system'},
				spec: {valuesContent: values},
			})}`;
		}

		case 'argo': {
			return `# Part of the Application that installs Cilium, in Git.\n${stringify({spec: {source: {helm: {values}}}})}`;
		}

		case 'flux-release': {
			return `# Part of the HelmRelease that installs Cilium, in Git.\nspec:\n  values:\n${indented(values, 4)}`;
		}

		case 'olm': {
			return `# Part of the CiliumConfig (cilium.io/v1alpha1): oc -n ${namespace} edit ciliumconfig\nspec:\n${indented(values, 2)}`;
		}

		case 'flux-kustomization': {
			return `# Part of the Kustomization that applies cilium-config, in Git.\n${stringify({spec: {patches: [kustomizePatch(view, changes)]}})}`;
		}

		case 'addon': {
			return `# The data of ${evidence.cilium?.configMap?.name ?? 'cilium-config'} in the addon's manifest (usually below /etc/kubernetes/addons), as a kustomize patch.\n${stringify({patches: [kustomizePatch(view, changes)]})}`;
		}

		case 'kops': {
			const {fields, rest} = kopsFields(version, changes);
			const left = rest.length === 0 ? '' : `# kOps has no field for: ${rest.join(', ')}\n`;
			return `# kops edit cluster, then kops update cluster --yes. Then restart the agent pods.\n${left}${stringify({
				spec: {networking: {cilium: Object.fromEntries(fields)}},
			})}`;
		}

		default: {
			const chart =
				owner?.kind === 'helm-or-chart'
					? '# If a HelmChart installs Cilium: put this in spec.valuesContent of a HelmChartConfig with the same name and namespace.\n'
					: '';
			return `${chart}#   helm upgrade cilium cilium/cilium --version ${version} --namespace ${namespace} --reuse-values -f FILE\n${values}`;
		}
	}
}

function kustomizePatch({evidence}: View, changes: KeyChanges): object {
	const patch = Object.entries(changes).map(([key, {to}]) =>
		to === null ? {op: 'remove', path: `/data/${key}`} : {op: 'add', path: `/data/${key}`, value: to},
	);
	return {target: {kind: 'ConfigMap', name: evidence.cilium?.configMap?.name ?? 'cilium-config'}, patch: stringify(patch)};
}

/** Fields of `spec.networking.cilium` (kOps, pkg/apis/kops CiliumNetworkingSpec), and the keys that have none. */
function kopsFields(version: string, changes: KeyChanges): {fields: Array<readonly [string, string | boolean]>; rest: string[]} {
	const fields: Array<readonly [string, string | boolean]> = [];
	const rest: string[] = [];
	for (const [key, {to}] of Object.entries(changes)) {
		if (key === 'cni-chaining-mode') fields.push(['chainingMode', to ?? 'none']);
		// kOps turns full replacement on with it.
		else if (key === 'enable-node-port') fields.push(['enableNodePort', to === 'true']);
		else if (key === 'kube-proxy-replacement' && to === fullReplacement(version)) fields.push(['enableNodePort', true]);
		else if (!isByTheChart(version, key)) rest.push(key);
	}

	return {fields: [...new Map(fields)], rest};
}

const indented = (text: string, width: number): string => text.replaceAll(/^(?=.)/gm, ' '.repeat(width));

/** Keys that the chart derives from the values of the others: nobody has to give them. */
function isByTheChart(version: string, key: string): boolean {
	return releaseOf(version).chainedKeys.some(each => each.key === key) || key === 'kube-proxy-replacement-healthz-bind-address';
}

type Value = readonly [path: readonly string[], value: string];

function valueOf(version: string, key: string, to: string | null): Value[] {
	// Only chaining is turned off by a value of its own; the other keys that go are omitted by the chart itself.
	if (to === null && key !== 'cni-chaining-mode') return [];
	const value = to ?? '';
	switch (key) {
		case 'cni-chaining-mode': {
			return [[['cni', 'chainingMode'], value || 'none']];
		}

		case 'kube-proxy-replacement': {
			return [[['kubeProxyReplacement'], value === 'true' || value === 'false' ? `"${value}"` : value]];
		}

		case 'enable-node-port': {
			return [[['nodePort', 'enabled'], value]];
		}

		case 'enable-health-check-nodeport': {
			return [[['nodePort', 'enableHealthCheck'], value]];
		}

		case 'enable-host-port': {
			return [chartDropsHostPortKey(version) ? [['extraConfig', 'enable-host-port'], `"${value}"`] : [['hostPort', 'enabled'], value]];
		}

		case 'bpf-lb-sock': {
			return [[['socketLB', 'enabled'], value]];
		}

		case 'enable-host-reachable-services': {
			return [[['hostServices', 'enabled'], value]];
		}

		case 'bpf-lb-sock-hostns-only': {
			return [[[isVersion(version, '<1.12.0') ? 'hostServices' : 'socketLB', 'hostNamespaceOnly'], value]];
		}

		default: {
			return [[['extraConfig', key], `"${value}"`]];
		}
	}
}

function yamlOf(values: readonly Value[]): string {
	const lines: string[] = [];
	let open: readonly string[] = [];
	// Values below the same key stand together: a key that comes twice would make Helm forget the first.
	const grouped = [...Map.groupBy(values, ([path]) => path.slice(0, -1).join('.')).values()].flat();
	for (const [path, value] of grouped) {
		for (const [depth, name] of path.entries()) {
			const isLast = depth === path.length - 1;
			if (!isLast && open[depth] === name) continue;
			lines.push(`${'  '.repeat(depth)}${name}:${isLast ? ` ${value}` : ''}`);
			open = path.slice(0, depth + 1);
		}
	}

	return `${lines.join('\n')}\n`;
}
