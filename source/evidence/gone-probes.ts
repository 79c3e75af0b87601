import pMap from 'p-map';
import {promisedAddresses} from '../cilium/promised-addresses.ts';
import type {ClusterClient} from '../cluster/cluster-client.ts';
import {isGone} from '../cluster/pod-is-gone.ts';
import type {Evidence, HostPortPod, Probe} from './evidence.ts';

/** Where much more fails than this, no pod has gone: something larger has. */
const mostLooks = 64;
const concurrency = 8;

/**
 * Takes out what was said of pods that went away between the list and the connection: it says nothing of hostPort. Looked after are
 * those alone that did not answer their own node either.
 * @throws the signal's reason
 */
export async function withoutProbesOfGonePods(
	evidence: Evidence,
	{client, signal}: {readonly client: Pick<ClusterClient, 'list'>; readonly signal: AbortSignal},
): Promise<Evidence> {
	const nodes = new Map(evidence.nodes.map(node => [node.name, node]));
	const answers = new Map([
		...(evidence.clientProbes ?? []).map(probe => [keyOf(probe), probe.answer] as const),
		...evidence.nodes.flatMap(({observation}) => (observation?.probes ?? []).map(probe => [keyOf(probe), probe.answer] as const)),
	]);
	const isOpen = (keys: readonly string[]): boolean => keys.some(key => answers.get(key) === 'open');
	const suspects = evidence.pods.filter(pod => {
		const hostPorts = hostPortKeys(pod, nodes.get(pod.node)?.addresses ?? []);
		return hostPorts.some(key => answers.has(key)) && !isOpen([...hostPorts, ...ownKeys(pod)]);
	});
	if (suspects.length === 0 || suspects.length > mostLooks) return evidence;
	const gone = await pMap(suspects, async pod => ((await isGone(pod, client, signal)) ? pod : undefined), {concurrency});
	const taken = new Set(
		gone.flatMap(pod => (pod === undefined ? [] : [...hostPortKeys(pod, nodes.get(pod.node)?.addresses ?? []), ...ownKeys(pod)])),
	);
	if (taken.size === 0) return evidence;
	const left = (probes: Probe[] | null): Probe[] | null => probes && probes.filter(probe => !taken.has(keyOf(probe)));
	return {
		...evidence,
		clientProbes: left(evidence.clientProbes),
		nodes: evidence.nodes.map(node => ({
			...node,
			observation: node.observation && {...node.observation, probes: left(node.observation.probes)},
		})),
	};
}

const keyOf = ({address, port}: Pick<Probe, 'address' | 'port'>): string => `${address} ${port}`;

const ownKeys = ({podIPs, ports}: HostPortPod): string[] =>
	podIPs.flatMap(address => ports.map(({containerPort: port}) => keyOf({address, port})));

const hostPortKeys = ({podIPs, ports}: HostPortPod, addresses: Evidence['nodes'][number]['addresses']): string[] =>
	ports.flatMap(({hostIP, hostPort: port}) => promisedAddresses(addresses, hostIP, podIPs).map(address => keyOf({address, port})));
