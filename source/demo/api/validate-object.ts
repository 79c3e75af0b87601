import {badRequest, invalid} from './api-failure.ts';
import type {StoredObject} from './object-store.ts';
import type {Resource} from './resources.ts';

const maximumConfigMapBytes = 1_048_576;

/** Checks what a real server checks that this project could get wrong: names, sizes, types. @throws ApiFailure 400, 422 */
export function validate(resource: Resource, object: StoredObject): void {
	const {name} = object.metadata;
	if (typeof name !== 'string' || name === '')
		throw invalid(resource, '', 'metadata.name', 'Required value: name or generateName is required');
	if (!/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/u.test(name)) {
		throw invalid(
			resource,
			name,
			'metadata.name',
			`Invalid value: "${name}": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.'`,
		);
	}
	if (resource.kind === 'ConfigMap') validateConfigMap(resource, object);
	const containers = (object['spec'] as {containers?: unknown[]} | undefined)?.containers;
	if (resource.kind === 'Pod' && !(containers && containers.length > 0)) throw invalid(resource, name, 'spec.containers', 'Required value');
}

function validateConfigMap(resource: Resource, object: StoredObject): void {
	const data = (object['data'] ?? {}) as Record<string, unknown>;
	const wrong = Object.entries(data).find(([, value]) => typeof value !== 'string');
	if (wrong)
		throw badRequest(
			`ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal ${typeof wrong[1]} into Go struct field ConfigMap.data of type string`,
		);
	const binary = (object['binaryData'] ?? {}) as Record<string, string>;
	const size = [...Object.values(data), ...Object.values(binary)].reduce<number>(
		(sum, value) => sum + Buffer.byteLength(value as string),
		0,
	);
	if (size > maximumConfigMapBytes)
		throw invalid(resource, object.metadata.name, '[]', `Too long: must have at most ${maximumConfigMapBytes} bytes`);
}
