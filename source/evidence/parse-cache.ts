import {printableLine} from '../foreign-text.ts';
import type {CachedSandbox} from './evidence.ts';
import {at, jsonOf, listOf, numberOf, textOf} from './untyped.ts';

/** The runtime's CNI cache (libcni, `cniCacheV1`), one JSON object a line; a line that is none is passed over. */
export function parseCache(text: string): CachedSandbox[] {
	return text.split('\n').flatMap(line => {
		const entry = jsonOf(line);
		const mappings = listOf(at(entry, 'capabilityArgs', 'portMappings')).map(mapping => ({
			hostPort: numberOf(at(mapping, 'HostPort')) ?? numberOf(at(mapping, 'hostPort')) ?? 0,
			containerPort: numberOf(at(mapping, 'ContainerPort')) ?? numberOf(at(mapping, 'containerPort')) ?? 0,
			protocol: word(at(mapping, 'Protocol') ?? at(mapping, 'protocol')).toUpperCase(),
			hostIP: word(at(mapping, 'HostIP') ?? at(mapping, 'hostIP')),
		}));
		const sandbox = word(at(entry, 'containerId'));
		if (sandbox === '' || mappings.length === 0) return [];
		const pairs = listOf(at(entry, 'cniArgs')).map(pair => listOf(pair));
		const argument = (name: string): string => word(pairs.find(([key]) => key === name)?.[1]);
		return {
			sandbox,
			network: word(at(entry, 'networkName')),
			pod: `${argument('K8S_POD_NAMESPACE')}/${argument('K8S_POD_NAME')}`,
			uid: argument('K8S_POD_UID'),
			addresses: listOf(at(entry, 'result', 'ips')).map(ip => word(at(ip, 'address')).split('/')[0] ?? ''),
			mappings,
		};
	});
}

function word(value: unknown): string {
	return printableLine(textOf(value), 256);
}
