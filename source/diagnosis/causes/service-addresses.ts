import {isSameAddress} from '../../cilium/addresses.ts';
import {releaseOf} from '../../cilium/releases.ts';
import type {Proof} from '../diagnosis.ts';
import {isEveryAddress} from '../entry-judgement.ts';
import {finding, type Found} from '../finding.ts';
import {hostPortEntries} from '../host-port-entries.ts';
import {isLeaving, type HostPortView} from '../host-port-view.ts';
import type {View} from '../view.ts';
import {count} from '../../words.ts';
import {caughtByService, firstJump, leadsTo, orderWords} from './service-rules.ts';

type Service = View['evidence']['services'][number];

/** A Service that stands at a hostPort's address and port too. */
type Rival = {
	/** Undefined: the entry is seen, and no Service that would have it. */
	readonly service: Service | undefined;
	/** How it comes to the address: `externalIPs 192.0.2.1`. */
	readonly by: string;
	/** Every address comes by its externalIPs. */
	readonly isExternal: boolean;
	/** It is no Service at all: a CiliumLocalRedirectPolicy with the address in its addressMatcher has the entry. */
	readonly isRedirect?: boolean;
	/** Only ServiceLB's own habit says that the Service has the node's address. */
	readonly isByServiceLB: boolean;
};

/**
 * HP15 of Services at an address of the node: its externalIPs, or what its load balancer gave it. Under eBPF an address and port have one
 * entry: a Service takes it from the hostPort, also where it has no pod (seen on 1.20.2: `bpf lb list` shows ExternalIPs where HostPort
 * was). By portmap the first rule in PREROUTING wins.
 */
export function onNodeAddress(view: View): Found[] {
	const rivals = view.hostPorts
		.filter(hostPort => !isLeaving(hostPort))
		.flatMap(hostPort => {
			const rival = holder(view, hostPort) ?? (hostPort.diagnosis.state === 'wired' ? neighbour(view, hostPort) : undefined);
			return rival === undefined ? [] : [{hostPort, rival}];
		});
	const all = rivals.filter(({hostPort}) => hostPort.leftOut.length > 0);
	const redirected = all.filter(({rival}) => rival.isRedirect === true);
	const held = all.filter(({rival}) => rival.isRedirect !== true);
	const shared = rivals.filter(({hostPort}) => hostPort.leftOut.length === 0 && caughtByService(view, hostPort) === undefined);
	return [...heldFinding(held), ...redirectedFinding(redirected), ...sharedFinding(view, shared)];
}

type Pair = {readonly hostPort: HostPortView; readonly rival: Rival};

function heldFinding(held: readonly Pair[]): Found[] {
	return finding({
		hostPorts: held.map(({hostPort}) => hostPort),
		severity: held.every(({hostPort, rival}) => isForwarder(hostPort, rival.service)) ? 'warning' : 'error',
		title: `a Service on an address of the node has the entry of ${count(held.length, 'hostPort')}, and the traffic`,
		because: held
			.slice(0, 3)
			.flatMap(pair => [serviceProof(pair), {source: `service entries of ${pair.hostPort.pod.node}`, says: pair.hostPort.diagnosis.by}]),
		remedy: `Change one of the two ports, or ${withoutAddress(held)}. Then restart the pod: its entry does not return by itself.`,
	});
}

function redirectedFinding(redirected: readonly Pair[]): Found[] {
	return finding({
		hostPorts: redirected.map(({hostPort}) => hostPort),
		severity: 'error',
		title: `a CiliumLocalRedirectPolicy has the entry of ${count(redirected.length, 'hostPort')}, and the traffic`,
		because: redirected
			.slice(0, 3)
			.flatMap(pair => [serviceProof(pair), {source: `service entries of ${pair.hostPort.pod.node}`, says: pair.hostPort.diagnosis.by}]),
		remedy:
			'Change one of the two ports, or remove the address of the node from redirectFrontend.addressMatcher (kubectl get ciliumlocalredirectpolicies -A). Then restart the pod: its entry does not return by itself.',
	});
}

function sharedFinding(view: View, shared: readonly Pair[]): Found[] {
	return finding({
		hostPorts: shared.map(({hostPort}) => hostPort),
		severity: 'warning',
		title: `${count(shared.length, 'hostPort')} ${shared.length === 1 ? 'is' : 'are'} also a Service port on an address of the node: only one gets the traffic`,
		because: [
			...shared.slice(0, 3).map(pair => {
				const {source, says} = serviceProof(pair);
				return {source, says: `${says}${orderWords(firstJump(view, pair.hostPort))}`};
			}),
			...overwrites(view, shared),
		],
		remedy: `Change one of the two ports, or ${withoutAddress(shared)}.`,
	});
}

function serviceProof({hostPort: {name, pod, port}, rival: {service, by}}: Pair): Proof {
	return service === undefined
		? {source: 'the datapath', says: `${by}, as ${name} has`}
		: {
				source: `service ${service.namespace}/${service.name}`,
				says: `has port ${port.hostPort}/${port.protocol} on ${by}, as ${name} has${leadsTo(service, pod) ? ', whose pod is one of those behind it' : ''}`,
			};
}

function withoutAddress(pairs: readonly Pair[]): string {
	if (pairs.some(({rival}) => rival.isByServiceLB)) {
		return 'use Cilium’s LB IPAM or another load balancer for an address of its own: ServiceLB uses the nodes’ addresses';
	}

	const isExternal = pairs.every(({rival}) => rival.isExternal);
	return isExternal
		? 'remove the address of the node from externalIPs'
		: 'give the Service a load balancer address that is not an address of the node';
}

/** In 1.18 and 1.19 the entry goes to and fro. */
function overwrites(view: View, shared: readonly Pair[]): Proof[] {
	const isNative = shared.some(({hostPort}) => view.nodeOf(hostPort)?.path === 'native');
	return isNative && releaseOf(view.version).overwritesService
		? [
				{
					source: `known faults of Cilium ${view.version}`,
					says: 'the hostPort overwrites the Service’s entry, again every 30 minutes (cilium/cilium#44730, fixed by #45314)',
				},
			]
		: [];
}

/**
 * Who has the entry of every address on which a hostPort has none; undefined where nobody has. An entry of type LocalRedirect is of a
 * CiliumLocalRedirectPolicy (cilium 1.20.2, pkg/loadbalancer/redirectpolicy), whatever Service has the port.
 */
export function holder(view: View, hostPort: HostPortView): Rival | undefined {
	const {leftOut, port} = hostPort;
	if (leftOut.length === 0) return undefined;
	const entries = hostPortEntries(view.nodeOf(hostPort)?.observation) ?? [];
	const taken = entries.filter(
		({type, port: number, protocol, address}) =>
			type !== 'HostPort' &&
			number === port.hostPort &&
			['', 'ANY', 'NONE', port.protocol].includes(protocol) &&
			leftOut.some(each => isSameAddress(each, address)),
	);
	const isRedirect = taken.length > 0 && taken.every(({type}) => type === 'LocalRedirect');
	const service = isRedirect
		? undefined
		: view.evidence.services.find(
				each => hasPort(each, port) && leftOut.every(address => addressesOf(each).some(own => isSameAddress(own, address))),
			);
	if (service !== undefined) return {service, ...addressesBy(service, leftOut), isByServiceLB: isForwarder(hostPort, service)};
	const by = `entries of type ${taken[0]?.type ?? ''} for ${leftOut.join(', ')}`;
	return leftOut.every(address => taken.some(each => isSameAddress(each.address, address)))
		? {service: undefined, by, isExternal: false, isByServiceLB: false, isRedirect}
		: undefined;
}

/** A Service on an address that the hostPort answers on. */
function neighbour(view: View, hostPort: HostPortView): Rival | undefined {
	const {port} = hostPort;
	const node = view.nodeOf(hostPort);
	const own = [...(node?.node.addresses ?? []).map(({address}) => address), ...(node?.observation?.localAddresses ?? [])];
	for (const service of view.evidence.services.filter(each => hasPort(each, port))) {
		const isForwarding = isForwarder(hostPort, service);
		const shared = addressesOf(service).filter(
			address => own.some(each => isSameAddress(each, address)) && (isEveryAddress(port.hostIP) || isSameAddress(port.hostIP, address)),
		);
		// By rules both lead to the Service; under eBPF they are two entries for one key.
		if (isForwarding && node?.path !== 'native') continue;
		if (shared.length > 0) return {service, ...addressesBy(service, shared), isByServiceLB: isForwarding};
		if (isForwarding && service.loadBalancerIPs === undefined) {
			return {
				service,
				by: 'the nodes’ own addresses, which ServiceLB gives to a Service of type LoadBalancer',
				isExternal: false,
				isByServiceLB: true,
			};
		}
	}

	return undefined;
}

const addressesOf = ({externalIPs, loadBalancerIPs = []}: Service): readonly string[] => [...externalIPs, ...loadBalancerIPs];

function hasPort({ports}: Service, port: HostPortView['port']): boolean {
	return ports.some(({port: number, protocol}) => number === port.hostPort && protocol === port.protocol);
}

function addressesBy({externalIPs, loadBalancerIPs = []}: Service, addresses: readonly string[]): Pick<Rival, 'by' | 'isExternal'> {
	const isExternal = addresses.every(address => externalIPs.some(each => isSameAddress(each, address)));
	return {isExternal, by: isExternal ? `externalIPs ${externalIPs.join(', ')}` : `load balancer addresses ${loadBalancerIPs.join(', ')}`};
}

/** A pod of K3s's and RKE2's ServiceLB: it holds the port of its Service on each node and passes on to it (k3s, pkg/cloudprovider/servicelb.go). */
function isForwarder({pod}: HostPortView, service: Service | undefined): boolean {
	return service !== undefined && service.type === 'LoadBalancer' && pod.owner.startsWith(`DaemonSet/svclb-${service.name}`);
}
