import type {DemoNode} from '../node/demo-node.ts';
import type {Control} from './control.ts';

/**
 * What an agent that starts now reads: cilium-config, and over it the CiliumNodeConfigs of its namespace that select its
 * node (Cilium 1.13 and later: `cilium build-config`, sources `config-map:cilium-config,cilium-node-config`).
 */
export function agentConfiguration({store, resource, resources}: Control, node: DemoNode): Readonly<Record<string, string>> {
	const data = store.get(resource('configmaps'), 'kube-system/cilium-config')?.['data'] as Record<string, string> | undefined;
	const nodeConfigs = resources.find(({plural}) => plural === 'ciliumnodeconfigs');
	const labels = store.get(resource('nodes'), node.name)?.metadata.labels ?? {};
	const overrides = (nodeConfigs ? store.all(nodeConfigs) : [])
		.filter(({metadata}) => metadata.namespace === 'kube-system')
		.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
		.map(object => object['spec'] as {nodeSelector?: {matchLabels?: Record<string, string>}; defaults?: Record<string, string>} | undefined)
		.filter(spec => Object.entries(spec?.nodeSelector?.matchLabels ?? {}).every(([key, value]) => labels[key] === value));
	return Object.assign({}, data, ...overrides.map(spec => spec?.defaults));
}
