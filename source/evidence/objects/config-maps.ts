import {printable} from '../../foreign-text.ts';
import type {ConfigMapEvidence} from '../evidence.ts';
import {at, listOf, objectOf, textOf} from '../untyped.ts';
import {line, nameOf, textMap, timeOf} from './metadata.ts';
import type {ObjectReader} from './object-reader.ts';

/** `cilium-config` of the agent's namespace. */
export async function readCiliumConfig(reader: ObjectReader, namespace: string): Promise<ConfigMapEvidence | null> {
	const object = await reader.get({
		what: `ConfigMap ${namespace}/cilium-config`,
		of: 'cilium-config',
		right: `get configmaps in namespace ${namespace}`,
		path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps/cilium-config`,
	});
	return object === undefined ? null : configMapOf(object);
}

/** kube-proxy's mode by the ConfigMap of kubeadm or EKS; empty where there is none. An unset mode means iptables on Linux. */
export async function readKubeProxyMode(reader: ObjectReader): Promise<string> {
	const read = async (name: string): Promise<unknown> =>
		reader.get({
			what: `ConfigMap kube-system/${name}`,
			right: 'get configmaps in namespace kube-system',
			path: `/api/v1/namespaces/kube-system/configmaps/${name}`,
			optional: true,
		});
	const [kubeadm, eks] = await Promise.all([read('kube-proxy'), read('kube-proxy-config')]);
	const text = textOf(at(kubeadm, 'data', 'config.conf')) || textOf(at(eks, 'data', 'config'));
	if (text === '') return '';
	return /^mode:[ \t]*["']?(?<mode>\w+)/mu.exec(text)?.groups?.['mode'] ?? 'iptables';
}

/** cilium-config, of an object of the API. */
export function configMapOf(object: unknown): ConfigMapEvidence {
	const createdAt = timeOf(at(object, 'metadata', 'creationTimestamp'));
	const managers = listOf(at(object, 'metadata', 'managedFields'))
		.slice(0, 100)
		.map(entry => ({
			manager: line(at(entry, 'manager')),
			operation: line(at(entry, 'operation')),
			time: timeOf(at(entry, 'time')),
			keys: Object.keys(objectOf(at(entry, 'fieldsV1', 'f:data')))
				.filter(key => key.startsWith('f:'))
				.map(key => line(key.slice(2))),
		}));
	// A label or an annotation that changed is no change of the configuration.
	const changes = managers.filter(({keys, time}) => keys.length > 0 && time !== null).map(({time}) => time ?? '');
	const [lastChanged = createdAt] = changes.sort((one, other) => Date.parse(other) - Date.parse(one));
	const data = Object.entries(objectOf(at(object, 'data'))).slice(0, 2000);
	return {
		name: nameOf(object),
		data: Object.fromEntries(data.map(([key, value]) => [line(key), printable(textOf(value))])),
		labels: textMap(at(object, 'metadata', 'labels')),
		annotations: textMap(at(object, 'metadata', 'annotations')),
		resourceVersion: line(at(object, 'metadata', 'resourceVersion')),
		createdAt,
		managers,
		lastChanged,
	};
}
