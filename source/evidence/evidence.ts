/**
 * What was seen, without judgement: the one value that diagnosis, repair plan and every screen are made from.
 * The schema is the type: evidence is saved to a file and read back by later versions, so each field that was
 * not there from the first day has a default, and unknown fields are dropped.
 *
 * All text in it is foreign. Whoever collects it makes it printable (foreign-text.ts), and so does this schema, keys included, for a
 * saved file may come from anybody: one line each but for what is a whole file or a value of one. Times are RFC 3339 unless a name says otherwise.
 */
import * as z from 'zod/mini';
import {text, texts} from './schema/texts.ts';
import {cilium, configMap, daemonSet, nodeConfig, portmapKeeper} from './schema/cilium.ts';
import {event, hostPortPod, networkPolicy, service} from './schema/pods.ts';
import {agentStatus, binaryFile, cachedSandbox, configurationFile, natTable, observation, probe} from './schema/observation.ts';
import {node} from './schema/node.ts';

/** Something that could not be read, by whom it would be needed, and what would help. */
const gap = z.object({
	/** Which part of the evidence it is, where others depend on it. */
	of: z.optional(z.enum(['nodes', 'pods', 'agents', 'daemonsets', 'services', 'events', 'cilium-config', 'node-configs'])),
	/** What was not read, for people: `nodes`, `events`, `pods in all namespaces`. */
	what: text,
	/** One line: the server's or the node's own words. */
	reason: text,
	/** What the person can do, one sentence without a full stop; it names a missing right in the form `list nodes`. */
	hint: text,
});

/** The form of a saved evidence file; older files pass it too. */
export const evidenceSchema = z.object({
	apiVersion: z.literal('hostport.dev/v1'),
	kind: z.literal('Evidence'),
	collectedAt: text,
	/** Version of this program that collected it. */
	collectedBy: text,
	/** Addresses and the server's name were replaced before saving. */
	redacted: z._default(z.boolean(), false),
	server: text,
	/** Only hostPort pods of this namespace were asked for; empty: all. */
	namespace: z._default(text, ''),
	/** `v1.26.9`. */
	kubernetes: text,
	/** Null: no Cilium agent was found in any namespace. */
	cilium: z.nullable(cilium),
	/** DaemonSets of other CNIs and of kube-proxy, `namespace/name`. */
	otherDaemonSets: texts,
	/** The DaemonSets of `manifest daemonset`; files of before have them among the others alone. */
	portmapKeepers: z._default(z.array(portmapKeeper), []),
	/** kube-proxy's mode by its ConfigMap: `iptables`, `ipvs`, `nftables`; empty where unknown. */
	kubeProxyMode: z._default(text, ''),
	nodes: z.array(node),
	pods: z.array(hostPortPod),
	/** Connections to hostPorts from the machine that this program ran on; null where none was tried. */
	clientProbes: z._default(z.nullable(z.array(probe)), null),
	events: z._default(z.array(event), []),
	services: z._default(z.array(service), []),
	networkPolicies: z._default(z.array(networkPolicy), []),
	/** What was there and is not in a saved file, because nothing here reads it: `12 keys of cilium-config`. */
	notSaved: z.optional(z.array(text)),
	/** What could not be read from the API server. */
	gaps: z._default(z.array(gap), []),
});

/** Everything that was seen of a cluster, judged by nobody. */
export type Evidence = z.infer<typeof evidenceSchema>;

/** A node: its object, and what it told. */
export type NodeEvidence = Evidence['nodes'][number];

/** What a node told. */
export type Observation = z.infer<typeof observation>;

/** The nat table of one iptables build. */
export type NatTable = z.infer<typeof natTable>;

/** Status of an agent, by itself. */
export type AgentStatus = z.infer<typeof agentStatus>;

/** A file of the CNI configuration folder. */
export type ConfigurationFile = z.infer<typeof configurationFile>;

/** A file of the folder of CNI binaries. */
export type BinaryFile = z.infer<typeof binaryFile>;

/** A pod with hostPorts, or on the host network. */
export type HostPortPod = z.infer<typeof hostPortPod>;

/** Cilium's objects. */
export type CiliumEvidence = z.infer<typeof cilium>;

/** A DaemonSet of agents. */
export type DaemonSetEvidence = z.infer<typeof daemonSet>;

/** cilium-config, and who wrote its keys. */
export type ConfigMapEvidence = z.infer<typeof configMap>;

/** A CiliumNodeConfig. */
export type NodeConfigEvidence = z.infer<typeof nodeConfig>;

/** An event about a sandbox, a pod or a node. */
export type EventEvidence = z.infer<typeof event>;

/** What libcni keeps of a sandbox with port mappings. */
export type CachedSandbox = z.infer<typeof cachedSandbox>;

/** A TCP connection of a node to a pod, and its answer. */
export type Probe = z.infer<typeof probe>;

/** What could not be read from the API server, and why. */
export type Gap = z.infer<typeof gap>;
