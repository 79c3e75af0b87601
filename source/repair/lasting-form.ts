import {chartDropsHostPortKey} from '../cilium/native-host-port.ts';
import {releaseOf} from '../cilium/releases.ts';
import {isVersion} from '../cilium/version.ts';
import {configMapOwner} from '../diagnosis/ownership.ts';
import type {View} from '../diagnosis/view.ts';
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

/** Who will undo a change by hand, and what makes it last; undefined where nobody writes the ConfigMap but people. */
export function ownershipWarning(view: View, changes: KeyChanges): Warning | undefined {
	if (Object.keys(changes).length === 0) return undefined;
	const owner = configMapOwner(view.evidence.cilium?.configMap) || operatorOf(view);
	if (owner === '') return undefined;
	return {
		message: `${owner} writes cilium-config: at its next run it puts the old values back, and every hostPort stops`,
		hint: `Commit this to its values before that: ${helmSettings(view.version, changes)}`,
	};
}

// Labels and annotations by which a distribution's own operator is known: RKE2 and k3s (helm-controller), kops, OpenShift's OLM.
const operators: ReadonlyArray<readonly [mark: RegExp, operator: string]> = [
	[/^objectset\.rio\.cattle\.io\/|^helm\.cattle\.io\//, 'The RKE2 or k3s Helm controller (HelmChartConfig rke2-cilium)'],
	[/^addon\.kops\.k8s\.io\//, 'kops'],
	[/^operators\.coreos\.com\/|^olm\./, 'The Cilium operator of OpenShift (CiliumConfig)'],
	[/^addonmanager\.kubernetes\.io\/mode$/, 'The addon manager'],
];

function operatorOf({evidence}: View): string {
	const configMap = evidence.cilium?.configMap;
	const marks = [...Object.keys(configMap?.labels ?? {}), ...Object.keys(configMap?.annotations ?? {})];
	return operators.find(([mark]) => marks.some(each => mark.test(each)))?.[1] ?? '';
}

/** Keys that the chart derives from the values of the others: nobody has to give them. */
function isByTheChart(version: string, key: string): boolean {
	return releaseOf(version).chainedKeys.some(each => each.key === key) || key === 'kube-proxy-replacement-healthz-bind-address';
}

type Value = readonly [path: readonly string[], value: string];

function valueOf(version: string, key: string, to: string | null): Value[] {
	// Only chaining is turned off by a value of its own; the other keys that go are left out by the chart itself.
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
