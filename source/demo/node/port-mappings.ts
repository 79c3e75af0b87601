import {createHash} from 'node:crypto';
import type {ContainerPort, Pod} from '../objects/kubernetes-types.ts';

/** What portmap was told for one sandbox. */
export type PortMapping = {
	readonly sandbox: string;
	readonly podIP: string;
	readonly ports: readonly (ContainerPort & {readonly hostPort: number})[];
};

/** The hostPorts of a pod that a CNI plugin has to map: those of host-network pods are the process's own. */
export function mappedPorts({spec}: Pick<Pod, 'spec'>): PortMapping['ports'] {
	if (spec.hostNetwork === true) return [];
	return spec.containers.flatMap(({ports = []}) =>
		ports.filter((port): port is ContainerPort & {hostPort: number} => (port.hostPort ?? 0) > 0),
	);
}

/** 64 hex digits, as containerd names a sandbox; the same for the same pod. */
export const sandboxId = (pod: string): string => createHash('sha256').update(`sandbox ${pod}`).digest('hex');

/**
 * The nat table that portmap leaves (containernetworking/plugins plugins/meta/portmap/portmap.go and pkg/utils/iptables),
 * after kube-proxy's, in the form of iptables-save.
 */
export function natTable(mappings: readonly PortMapping[], serviceRules: readonly string[]): string {
	const chains = mappings.map(mapping => ({mapping, name: chainName(mapping.sandbox)})).sort((a, b) => (a.name < b.name ? -1 : 1));
	const wired = chains.length > 0;
	const jump = '-m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT';
	return [
		'*nat',
		...['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'].map(chain => `:${chain} ACCEPT [0:0]`),
		...chains.map(({name}) => `:${name} - [0:0]`),
		...(wired ? ['CNI-HOSTPORT-DNAT', 'CNI-HOSTPORT-MASQ', 'CNI-HOSTPORT-SETMARK'].map(chain => `:${chain} - [0:0]`) : []),
		':KUBE-MARK-MASQ - [0:0]',
		':KUBE-NODEPORTS - [0:0]',
		':KUBE-POSTROUTING - [0:0]',
		':KUBE-SERVICES - [0:0]',
		'-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
		...(wired ? [`-A PREROUTING ${jump}`] : []),
		'-A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
		...(wired ? [`-A OUTPUT ${jump}`] : []),
		...(wired ? ['-A POSTROUTING -m comment --comment "CNI portfwd requiring masquerade" -j CNI-HOSTPORT-MASQ'] : []),
		'-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING',
		...chains.flatMap(({mapping, name}) => mapping.ports.flatMap(port => podRules(name, mapping.podIP, port))),
		...chains.flatMap(({mapping, name}) => entryRules(name, mapping)),
		...(wired
			? [
					'-A CNI-HOSTPORT-MASQ -m mark --mark 0x2000/0x2000 -j MASQUERADE',
					'-A CNI-HOSTPORT-SETMARK -m comment --comment "CNI portfwd masquerade mark" -j MARK --set-xmark 0x2000/0x2000',
				]
			: []),
		...serviceRules,
		'COMMIT',
		'',
	].join('\n');
}

/** `CNI-DN-` and the first 21 hex digits of the SHA-512 of network name and sandbox (plugins pkg/utils/utils.go). */
export function chainName(sandbox: string): string {
	return `CNI-DN-${createHash('sha512').update(`portmap${sandbox}`).digest('hex').slice(0, 21)}`;
}

function podRules(
	chain: string,
	podIP: string,
	{protocol = 'TCP', hostPort, containerPort, hostIP = ''}: PortMapping['ports'][number],
): string[] {
	const destination = hostIP === '' || hostIP === '0.0.0.0' ? '' : `-d ${hostIP}/32 `;
	const matches = `-p ${protocol.toLowerCase()} -m ${protocol.toLowerCase()} --dport ${hostPort}`;
	return [
		`-A ${chain} -s ${podIP}/32 ${destination}${matches} -j CNI-HOSTPORT-SETMARK`,
		`-A ${chain} -s 127.0.0.1/32 ${destination}${matches} -j CNI-HOSTPORT-SETMARK`,
		`-A ${chain} ${destination}${matches} -j DNAT --to-destination ${podIP}:${containerPort}`,
	];
}

function entryRules(chain: string, {sandbox, ports}: PortMapping): string[] {
	return [...new Set(ports.map(({protocol = 'TCP'}) => protocol.toLowerCase()))].map(protocol => {
		const numbers = ports.filter(port => (port.protocol ?? 'TCP').toLowerCase() === protocol).map(port => port.hostPort);
		return `-A CNI-HOSTPORT-DNAT -p ${protocol} -m comment --comment "dnat name: \\"portmap\\" id: \\"${sandbox}\\"" -m multiport --dports ${numbers.join(',')} -j ${chain}`;
	});
}
