import {printableLine} from '../foreign-text.ts';
import type {Observation} from './evidence.ts';
import {keptTypes} from './parse-datapath.ts';
import {at, jsonOf, listOf, numberOf, textOf} from './untyped.ts';

type ServiceEntries = NonNullable<Observation['serviceEntries']>;

/**
 * The entries of hostPorts, and of Services at addresses that a hostPort may have, in the agent's `service list -o json` (Cilium api/v1/models: Service), undefined where the
 * text is not that. The node script may have omitted all other entries, and with the last one a comma behind.
 */
export function parseServiceList(answer: string): ServiceEntries | undefined {
	const text = answer.trim().replace(/,\s*\]$/u, ']');
	const services = text === 'null' ? [] : jsonOf(text);
	if (!Array.isArray(services)) return undefined;
	const entries = new Map<string, ServiceEntries[number]>();
	for (const service of services) {
		const spec = at(service, 'spec');
		const port = numberOf(at(spec, 'frontend-address', 'port'));
		const type = textOf(at(spec, 'flags', 'type'));
		if (!(keptTypes as readonly string[]).includes(type) || port === undefined) continue;
		const ip = printableLine(textOf(at(spec, 'frontend-address', 'ip')), 64);
		const protocol = printableLine(textOf(at(spec, 'frontend-address', 'protocol')), 16).toUpperCase();
		// One frontend may be listed once per scope, external and internal.
		entries.set(`${ip} ${port} ${protocol}`, {
			...(type !== 'HostPort' && {type}),
			ip,
			port,
			protocol,
			backends: backendsOf(spec),
		});
	}

	return [...entries.values()];
}

function backendsOf(spec: unknown): ServiceEntries[number]['backends'] {
	return listOf(at(spec, 'backend-addresses'))
		.slice(0, 256)
		.map(backend => ({ip: printableLine(textOf(at(backend, 'ip')), 64), port: numberOf(at(backend, 'port')) ?? 0}));
}
