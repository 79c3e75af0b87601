/** Pods, policies and Services as public reports have them: what stands around a hostPort that is mapped. */
import type {Evidence} from '../../source/evidence/evidence.ts';
import {pod, port} from './builders.ts';
import {having, native, portmap, seen, withRules, type ReportedInput} from './reported-inputs.ts';
import {entriesFor, rulesFor} from './scenes.ts';

type Policy = Evidence['networkPolicies'][number];
type PortRule = NonNullable<Policy['portRules']>[number];

/** Policies that are in force; all of them select `app: web` of the namespace default unless told. */
const under = (...policies: Array<Partial<Policy>>): (() => Evidence) => {
	return () => ({
		...native,
		networkPolicies: policies.map((parts, index) => ({
			kind: 'CiliumNetworkPolicy',
			namespace: parts.kind === 'CiliumClusterwideNetworkPolicy' ? '' : 'default',
			name: `policy-${index}`,
			matchLabels: {app: 'web'},
			matchExpressions: [],
			ingressEntities: [],
			...parts,
		})),
	});
};
/** Whom a rule that names ports lets in, or keeps out. */
const byPort = (port: string, parts: Partial<PortRule> & {protocol?: string; endPort?: number} = {}): Partial<Policy> => {
	const {protocol = 'TCP', endPort, ...rest} = parts;
	return {portRules: [{entities: ['all'], denied: false, ports: [{protocol, port, ...(endPort !== undefined && {endPort})}], ...rest}]};
};
const clusterwide = {kind: 'CiliumClusterwideNetworkPolicy', matchLabels: {}};
const kubernetes = {kind: 'NetworkPolicy', matchLabels: {}};
/** Each pod has its rules, in the order of the pods. */
const mapped = (base: Evidence): Evidence => withRules(base, rulesFor(base.pods, 'node-1'));
const statsd = (answeredBy: string): Evidence =>
	seen(mapped(having(portmap, pod('statsd', 'node-1', '10.0.0.81', [port(8125, 8125, {protocol: 'UDP'})]))), {
		udpConnections: [{destination: '10.88.0.11', port: 8125, answeredBy}],
	});

/** The entry of the web pod's hostPort, with these backends. */
const withBackends = (backends: Array<{ip: string; port: number}>): Evidence => {
	const entries = native.nodes[0]?.observation?.serviceEntries ?? [];
	return seen(native, {serviceEntries: entries.map(entry => (entry.port === 8080 ? {...entry, backends} : entry))});
};

export const podInputs: readonly ReportedInput[] = [
	// --- policies: what one allows is allowed
	{
		name: 'ingress from pods alone',
		report: 'cilium/cilium#31522',
		make: under({}),
		first: 'HP11 warning',
		verdict: 'ok',
	},
	{
		name: 'nothing comes in, and another policy lets everybody in',
		report: '',
		twin: true,
		make: under(kubernetes, {...kubernetes, ingressEntities: ['all']}),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'three policies that let in one identity each',
		report: '',
		twin: true,
		make: under({ingressEntities: ['host']}, {ingressEntities: ['remote-node']}, {ingressEntities: ['world']}),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'the cluster and the world',
		report: '',
		twin: true,
		make: under({ingressEntities: ['cluster', 'world']}),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'a rule of Cilium denies the world what another policy allows',
		report: 'cilium/cilium#43588',
		make: under({ingressEntities: ['all']}, {deniedEntities: ['all']}),
		first: 'HP11 warning',
		verdict: 'ok',
	},
	{
		name: 'a key with the source of its label',
		report: 'cilium/cilium: pkg/labels',
		make: under({matchLabels: {'k8s:app': 'web'}}),
		first: 'HP11 warning',
		verdict: 'ok',
	},
	{
		name: 'an expression with the source of its label',
		report: 'cilium/cilium#14992',
		make: under({...clusterwide, matchExpressions: ['k8s:app NotIn prometheus', 'any:app Exists']}),
		first: 'HP11 warning',
		verdict: 'ok',
	},
	{
		name: 'a policy of the cluster for one namespace',
		report: 'cilium/cilium: pkg/k8s/apis/cilium.io/const.go',
		make: under({...clusterwide, matchLabels: {'k8s:io.kubernetes.pod.namespace': 'default'}}),
		first: 'HP11 warning',
		verdict: 'ok',
	},
	{
		name: 'the same by the label of the namespace',
		report: 'cilium/cilium: pkg/k8s/apis/cilium.io/const.go',
		make: under({...clusterwide, matchLabels: {'io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name': 'default'}}),
		first: 'HP11 warning',
		verdict: 'ok',
	},
	{
		name: 'a policy of the cluster for another namespace',
		report: '',
		twin: true,
		make: under({...clusterwide, matchLabels: {'k8s:io.kubernetes.pod.namespace': 'other'}}),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'a policy for what is no pod',
		report: '',
		twin: true,
		make: under({...clusterwide, matchLabels: {'reserved:ingress': ''}}),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'a key that looks like Cilium’s, in a policy of Kubernetes',
		report: '',
		twin: true,
		make: under({...kubernetes, matchLabels: {'io.kubernetes.pod.namespace': 'default'}}),
		first: 'HP22 info',
		verdict: 'ok',
	},
	// --- policies: ports, which are those of the container (80), never the hostPort (8080)
	...(
		[
			['everybody is let in to another port', byPort('443'), 'HP11 warning'],
			['everybody is let in to the hostPort’s number, which no packet has there', byPort('8080'), 'HP11 warning'],
			['everybody is let in by another protocol', byPort('80', {protocol: 'UDP'}), 'HP11 warning'],
			['everybody is let in to a port that has another name', byPort('metrics'), 'HP11 warning'],
			['everybody is let in to ranges beside it', byPort('81', {endPort: 8080}), 'HP11 warning'],
			[
				'a rule keeps the world from the port that another lets all in to',
				{ingressEntities: ['all'], ...byPort('80', {denied: true})},
				'HP11 warning',
			],
			['the same by a range', {ingressEntities: ['all'], ...byPort('1', {denied: true, endPort: 1023})}, 'HP11 warning'],
			['the same by every port of the protocol', {ingressEntities: ['all'], ...byPort('0', {denied: true})}, 'HP11 warning'],
			['everybody is let in to the port', byPort('80'), 'HP22 info'],
			['everybody is let in to the port by any protocol', byPort('80', {protocol: 'ANY'}), 'HP22 info'],
			['everybody is let in to a range around it', byPort('79', {endPort: 81}), 'HP22 info'],
			['everybody is let in to every port of TCP', byPort('0'), 'HP22 info'],
			['everybody is kept from another port alone', {ingressEntities: ['all'], ...byPort('22', {denied: true})}, 'HP22 info'],
			[
				'everybody is kept from the hostPort’s number, which no packet has there',
				{ingressEntities: ['all'], ...byPort('8080', {denied: true})},
				'HP22 info',
			],
			['everybody is kept from UDP', {ingressEntities: ['all'], ...byPort('80', {protocol: 'UDP', denied: true})}, 'HP22 info'],
		] as ReadonlyArray<readonly [string, Partial<Policy>, string]>
	).map(([name, policy, first]): ReportedInput => ({
		name,
		report: first.startsWith('HP11') ? 'cilium/cilium: pkg/policy/api/rule.go' : '',
		...(!first.startsWith('HP11') && {twin: true}),
		make: under(policy),
		first,
		verdict: 'ok',
	})),
	{
		name: 'everybody is let in to the port by its name',
		report: '',
		twin: true,
		make: () => {
			const evidence = under(byPort('http'))();
			return {...evidence, pods: evidence.pods.map(each => ({...each, ports: each.ports.map(one => ({...one, name: 'http'}))}))};
		},
		first: 'HP22 info',
		verdict: 'ok',
	},
	// --- two pods of one number
	{
		name: 'two pods that were given one node and one hostPort',
		report: 'kubernetes/kubernetes#60726',
		make: () => mapped(having(portmap, pod('second', 'node-1', '10.0.0.71', [port(8080, 80)]))),
		first: 'HP07 error',
		verdict: 'degraded',
		says: /the rule of another pod[^\n]+\nDo not delete that rule: pod default\/web-6f7d9c-x2x4k runs on node-1/u,
	},
	{
		name: 'the first of them has ended, and its rule has stayed',
		report: 'cilium/cilium#18227',
		make: () => {
			const both = having(portmap, pod('second', 'node-1', '10.0.0.71', [port(8080, 80)]));
			const base = mapped(both);
			return {...base, pods: base.pods.map(each => (each.name.startsWith('web') ? {...each, phase: 'Succeeded', ready: false} : each))};
		},
		first: 'HP07 error',
		verdict: 'degraded',
		says: /\nDelete the stale jump/u,
	},
	// --- pods that do not serve
	{
		name: 'a pod on the host network, with its own listener',
		report: '',
		twin: true,
		make: () => having(portmap, pod('exporter', 'node-1', '10.88.0.11', [port(9100, 9100)], {hostNetwork: true})),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'the mirror of a static pod',
		report: '',
		twin: true,
		make: () =>
			having(
				portmap,
				pod('haproxy-node-1', 'node-1', '10.88.0.11', [port(6443, 6443)], {
					hostNetwork: true,
					owner: 'Node/node-1',
					namespace: 'kube-system',
				}),
			),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'an image that cannot be pulled',
		report: '',
		make: () =>
			having(portmap, pod('image', 'node-1', '10.0.0.70', [port(7070, 70)], {phase: 'Pending', ready: false, trouble: 'ImagePullBackOff'})),
		first: 'HP21 warning',
		verdict: 'ok',
	},
	{
		name: 'UDP that conntrack gives to the pod from before a rollout',
		report: 'kubernetes/kubernetes#102559',
		make: () => statsd('10.0.0.80'),
		first: 'HP16 warning',
		verdict: 'ok',
	},
	{
		name: 'UDP that conntrack gives to the node itself, from before the pod',
		report: 'projectcalico/felix#1880',
		make: () => statsd('10.88.0.11'),
		first: 'HP16 warning',
		verdict: 'ok',
	},
	{
		name: 'UDP that conntrack gives to the pod',
		report: '',
		twin: true,
		make: () => statsd('10.0.0.81'),
		first: 'HP22 info',
		verdict: 'ok',
	},
	// --- ports of many kinds
	{
		name: 'the port of an init container without an entry, by eBPF',
		report: '',
		twin: true,
		make: () => having(native, pod('once', 'node-1', '10.0.0.66', [port(7777, 7654, {init: true, sidecar: false})])),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'the port of a sidecar without an entry, by eBPF',
		report: 'googleforgames/agones#4358',
		make: () => having(native, pod('game', 'node-1', '10.0.0.66', [port(7777, 7654, {init: true, sidecar: true})])),
		first: 'HP10 error',
		verdict: 'degraded',
	},
	{
		name: 'thirty ports of one pod, fifteen to a rule',
		report: '',
		twin: true,
		make: () => {
			const ports = Array.from({length: 30}, (_, index) => port(10_000 + index, 10_000 + index, {protocol: 'UDP'}));
			const chain = 'CNI-DN-ccccccccccccccccccccc';
			const jumps = [ports.slice(0, 15), ports.slice(15)].map(
				some =>
					String.raw`-A CNI-HOSTPORT-DNAT -p udp -m comment --comment "dnat name: \"portmap\" id: \"rtp\"" -m multiport --dports ${some.map(each => each.hostPort).join(',')} -j ${chain}`,
			);
			const base = having(portmap, pod('rtp', 'node-1', '10.0.0.68', ports));
			return withRules(base, [
				...rulesFor(portmap.pods, 'node-1'),
				`:${chain} - [0:0]`,
				...jumps,
				...ports.map(each => `-A ${chain} -p udp -m udp --dport ${each.hostPort} -j DNAT --to-destination 10.0.0.68:${each.containerPort}`),
			]);
		},
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'TURN on one number for both protocols, and only the rule of TCP is left',
		report: 'kubernetes/kubernetes#93091',
		make: () => {
			const turn = pod('turn', 'node-1', '10.0.0.67', [port(3478, 3478), port(3478, 3478, {protocol: 'UDP'})]);
			const base = having(portmap, turn);
			return withRules(
				base,
				rulesFor(base.pods, 'node-1').filter(line => !line.includes('-p udp')),
			);
		},
		first: 'HP08 error',
		verdict: 'degraded',
	},
	{
		name: 'an entry that leads to two pods',
		report: 'cilium/cilium#32805',
		make: () =>
			withBackends([
				{ip: '10.0.0.5', port: 80},
				{ip: '10.0.0.98', port: 80},
			]),
		first: 'HP10 error',
		verdict: 'degraded',
	},
	{
		name: 'an entry that leads nowhere',
		report: 'cilium/cilium#32805',
		make: () => withBackends([]),
		first: 'HP10 error',
		verdict: 'degraded',
	},
	{
		name: 'Cilium’s socket load balancing and a name server of the node itself',
		report: 'cilium/cilium#24805',
		make: () => {
			const base = having(native, pod('dns', 'node-1', '10.0.0.53', [port(53, 53, {protocol: 'UDP'})]));
			return seen(base, {
				serviceEntries: entriesFor(base.pods, 'node-1', '10.88.0.11'),
				listeners: [{protocol: 'UDP', address: '127.0.0.53', port: 53}],
			});
		},
		first: 'HP14 warning',
		verdict: 'ok',
		says: /127\.0\.0\.53 port 53\/UDP/u,
	},
];
