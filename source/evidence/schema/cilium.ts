import * as z from 'zod/mini';
import {labels, lines, nullableText, text, texts} from './texts.ts';

/** One field manager's entry of an object's `metadata.managedFields`. */
const fieldManager = z.object({
	manager: text,
	operation: text,
	time: nullableText,
	/** Keys below `data` that it owns, for a ConfigMap. */
	keys: texts,
});

/** A ConfigMap, cilium-config mostly. */
export const configMap = z.object({
	name: text,
	/** Every key of `data`; values cut to 4,096 characters. */
	data: z.record(text, lines),
	labels,
	annotations: labels,
	resourceVersion: text,
	createdAt: nullableText,
	managers: z._default(z.array(fieldManager), []),
	/** Time of the newest change that managedFields tells, else the creation time. */
	lastChanged: nullableText,
});

/** Cilium’s DaemonSet. */
export const daemonSet = z.object({
	name: text,
	image: text,
	labels,
	annotations: labels,
	templateAnnotations: labels,
	/** `RollingUpdate` or `OnDelete`. */
	updateStrategy: text,
	/** As written: a number or a percentage. */
	maxUnavailable: text,
	desired: z.number(),
	updated: z.number(),
	ready: z.number(),
	/** Arguments and environment of the agent container: they win over the ConfigMap. */
	args: texts,
	env: z._default(z.record(text, text), {}),
	/** hostPath volumes and where they are mounted in the agent container (`seen` empty: init containers only, or nowhere). */
	hostPaths: z._default(z.array(z.object({volume: text, host: text, seen: text})), []),
	/** Init container that puts portmap into the node's folder each time an agent starts, as RKE2's chart has it; empty where there is none. */
	portmapInstaller: z._default(text, ''),
});

/** CiliumNodeConfig: per-node overrides of cilium-config, Cilium 1.13 and later. */
export const nodeConfig = z.object({
	name: text,
	namespace: text,
	matchLabels: labels,
	/** matchExpressions, each as `key operator value,value`. */
	matchExpressions: texts,
	defaults: z.record(text, lines),
});

/** Cilium as the API server knows it. */
export const cilium = z.object({
	namespace: text,
	/** Version by the agent image's tag, `1.10.16`; empty if the tag is none. */
	version: text,
	daemonSet: z.nullable(daemonSet),
	configMap: z.nullable(configMap),
	nodeConfigs: z._default(z.array(nodeConfig), []),
});

/** A DaemonSet that puts portmap on every node; one that is ready nowhere puts it nowhere. */
export const portmapKeeper = z.object({
	/** `namespace/name`. */
	name: text,
	/** Nodes that it should run on. */
	desired: z.number(),
	/** Nodes on which it has portmap in place. */
	ready: z.number(),
});
