import type {DaemonSetEvidence, Evidence, NodeEvidence} from './evidence.ts';
import {agentPodOf, agentSelectors} from './objects/agent-pods.ts';
import {configMapOf} from './objects/config-maps.ts';
import {daemonSetOf} from './objects/daemon-sets.ts';
import {hostPortPodOf} from './objects/host-port-pods.ts';
import {mayHaveHostPort} from './objects/host-port-text.ts';
import {line, nameOf} from './objects/metadata.ts';
import type {PartOfCluster} from './objects/object-reader.ts';
import {nodeOf} from './objects/nodes.ts';
import {at, listOf} from './untyped.ts';

/** What of the evidence is compared with what a watch tells. */
export type SeenParts = Pick<Evidence, 'nodes' | 'pods' | 'cilium'>;

/** What is watched: where, which lines can matter, and what of an object does. */
export type WatchedKind = {
	readonly name: string;
	/** The part of the evidence that a look reads of it. */
	readonly of: PartOfCluster;
	readonly path: (namespace: string) => string;
	readonly query?: Readonly<Record<string, string>>;
	/** Told by the text, before it is parsed: of 150,000 pods few have a hostPort. */
	readonly isMeant?: (line: string) => boolean;
	/** The part that a diagnosis depends on; undefined: nothing. Status that moves by itself is omitted. */
	readonly digest: (object: unknown) => unknown;
	/** The same part of an object as it was seen; undefined: not known. */
	readonly seen?: (evidence: SeenParts, object: unknown) => unknown;
	/** Whether a list of at most one object shows just what was seen; a kind without this cannot tell. */
	readonly isAsSeen?: (evidence: SeenParts, list: unknown) => boolean;
	/** The kind need not exist on this cluster. */
	readonly isOptional?: boolean;
};

const digestOfNode = ({ready, addresses, labels, schedulable}: NodeEvidence): unknown => [ready, addresses, labels, schedulable];

function digestOfDaemonSet(daemonSet: DaemonSetEvidence): unknown {
	const {desired: _, updated: __, ready: ___, ...rest} = daemonSet;
	return rest;
}

/** Everything that a diagnosis depends on and the API server can tell of by itself. */
export const watchedKinds: readonly WatchedKind[] = [
	{
		name: 'nodes',
		of: 'nodes',
		path: () => '/api/v1/nodes',
		digest: object => digestOfNode(nodeOf(object)),
		seen({nodes}, object) {
			const node = nodes.find(({name}) => name === nameOf(object));
			return node && digestOfNode(node);
		},
	},
	{
		name: 'pods',
		of: 'pods',
		path: () => '/api/v1/pods',
		isMeant: text => mayHaveHostPort(Buffer.from(text)) || text.includes('"type":"BOOKMARK"') || text.includes('"type":"ERROR"'),
		digest: hostPortPodOf,
		seen({pods}, object) {
			const uid = line(at(object, 'metadata', 'uid'));
			const pod = pods.find(each => each.uid === uid);
			// Its owner is read of other objects.
			return pod && {...pod, owner: ''};
		},
	},
	{
		name: 'agents',
		of: 'agents',
		path: namespace => `/api/v1/namespaces/${namespace}/pods`,
		query: {labelSelector: agentSelectors[0]},
		digest(object) {
			const {isRunning, containerID, evidence} = agentPodOf(object);
			return [isRunning, containerID, evidence.ready, evidence.trouble];
		},
	},
	{
		name: 'cilium-config',
		of: 'cilium-config',
		path: namespace => `/api/v1/namespaces/${namespace}/configmaps`,
		query: {fieldSelector: 'metadata.name=cilium-config'},
		digest: object => configMapOf(object).data,
		seen: ({cilium}) => cilium?.configMap?.data,
		// A look gets it and lists nothing, so there is no version to watch from.
		isAsSeen({cilium}, list) {
			const [now] = listOf(at(list, 'items'));
			return line(at(now, 'metadata', 'resourceVersion')) === (cilium?.configMap?.resourceVersion ?? '');
		},
	},
	{
		name: 'daemonsets',
		of: 'daemonsets',
		path: namespace => `/apis/apps/v1/namespaces/${namespace}/daemonsets`,
		digest: object => digestOfDaemonSet(daemonSetOf(object)),
		seen({cilium}, object) {
			const agents = cilium?.daemonSet;
			return agents?.name === nameOf(object) ? digestOfDaemonSet(agents) : undefined;
		},
	},
	...['v2', 'v2alpha1'].map((version): WatchedKind => ({
		name: 'ciliumnodeconfigs',
		of: 'node-configs',
		path: () => `/apis/cilium.io/${version}/ciliumnodeconfigs`,
		digest: object => at(object, 'spec'),
		isOptional: true,
	})),
];
