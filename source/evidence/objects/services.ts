import type {Evidence} from '../evidence.ts';
import {at, listOf, numberOf} from '../untyped.ts';
import {byNamespaceAndName, line, nameOf, namespaceOf, textMap} from './metadata.ts';
import type {ObjectReader} from './object-reader.ts';

type Service = Evidence['services'][number];

/** All Services of all namespaces or one, cut down to what tells a clash of ports. */
export async function readServices(reader: ObjectReader, namespace: string | undefined): Promise<Service[]> {
	const {items} = await reader.list(
		{
			what: 'services',
			of: 'services',
			right: namespace === undefined ? 'list services' : `list services in namespace ${namespace}`,
			path: namespace === undefined ? '/api/v1/services' : `/api/v1/namespaces/${encodeURIComponent(namespace)}/services`,
		},
		serviceOf,
	);
	return [...items].sort(byNamespaceAndName);
}

/** Those that have a port or a nodePort in common with a hostPort. */
export function servicesSharing(services: readonly Service[], hostPorts: ReadonlySet<number>): Service[] {
	return services.filter(({ports}) =>
		ports.some(({port, nodePort}) => hostPorts.has(port) || (nodePort !== null && hostPorts.has(nodePort))),
	);
}

/** What is kept of a Service. */
export function serviceOf(object: unknown): Service {
	const spec = at(object, 'spec');
	const single = line(at(spec, 'clusterIP'), 64);
	const clusterIPs = addressesOf(at(spec, 'clusterIPs'));
	return {
		namespace: namespaceOf(object),
		name: nameOf(object),
		type: line(at(spec, 'type')) || 'ClusterIP',
		clusterIPs: clusterIPs.length > 0 || single === '' ? clusterIPs : [single],
		externalIPs: addressesOf(at(spec, 'externalIPs')),
		// With `Proxy` the load balancer is asked itself, and no node takes its address for the Service's (KEP-1860).
		loadBalancerIPs: listOf(at(object, 'status', 'loadBalancer', 'ingress'))
			.filter(each => at(each, 'ipMode') !== 'Proxy')
			.map(each => line(at(each, 'ip'), 64))
			.filter(address => address !== ''),
		selector: textMap(at(spec, 'selector')),
		ports: listOf(at(spec, 'ports')).map(port => ({
			port: numberOf(at(port, 'port')) ?? 0,
			nodePort: numberOf(at(port, 'nodePort')) ?? null,
			protocol: line(at(port, 'protocol'), 16) || 'TCP',
		})),
	};
}

function addressesOf(value: unknown): string[] {
	return listOf(value).map(address => line(address, 64));
}
