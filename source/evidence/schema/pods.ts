import * as z from 'zod/mini';
import {address, labels, nullableText, text, texts} from './texts.ts';

/** A pod with a hostPort. */
export const hostPortPod = z.object({
	namespace: text,
	name: text,
	uid: text,
	node: text,
	phase: text,
	ready: z.boolean(),
	hostNetwork: z.boolean(),
	podIPs: z._default(z.array(address), []),
	createdAt: nullableText,
	startedAt: nullableText,
	/** Top of the owner chain as far as it was followed: `Deployment/web`; empty for a bare pod. */
	owner: text,
	labels,
	/** Reason and message of the pod's own bad condition or waiting container, empty if none. */
	trouble: z._default(text, ''),
	/** When the youngest of its running containers was started: later than the pod where one was started again. */
	runsSince: z._default(nullableText, null),
	/** How often a container was started again and how it ended last: `web 3 times, last after exit code 1 (Error)`; empty: never. */
	restarts: z._default(text, ''),
	ports: z.array(
		z.object({
			container: text,
			/** Of an init container; `sidecar`: of one with `restartPolicy: Always`, which runs as long as the pod does. */
			init: z._default(z.boolean(), false),
			sidecar: z.optional(z.boolean()),
			hostPort: z.number(),
			containerPort: z.number(),
			/** What policies may call it; absent where it has none, and in files of before. */
			name: z.optional(text),
			protocol: text,
			/** Empty or 0.0.0.0: every address. */
			hostIP: address,
		}),
	),
});

/** An event about such a pod. */
export const event = z.object({
	reason: text,
	message: text,
	namespace: text,
	/** `Pod/web-abc`. */
	object: text,
	/** Node that reported it; empty if the event names none. */
	node: text,
	count: z.number(),
	lastSeen: nullableText,
	/** What became of the pod that it tells of: it has its network by now, waits for it, or is gone. Empty: not known. */
	podIs: z._default(z.enum(['', 'up', 'waiting', 'gone']), ''),
});

/** A Service that has a port number in common with some hostPort. */
export const service = z.object({
	namespace: text,
	name: text,
	type: text,
	clusterIPs: texts,
	externalIPs: texts,
	/** Addresses that a load balancer gave it and that nodes answer on themselves (`ipMode: VIP`); absent in files of before. */
	loadBalancerIPs: z.optional(z.array(text)),
	/** Labels of the pods behind it. */
	selector: labels,
	ports: z.array(z.object({port: z.number(), nodePort: z.nullable(z.number()), protocol: text})),
});

/** NetworkPolicy, CiliumNetworkPolicy or CiliumClusterwideNetworkPolicy with an ingress part. */
export const networkPolicy = z.object({
	kind: text,
	namespace: text,
	name: text,
	matchLabels: labels,
	matchExpressions: texts,
	/** Entities such as `host`, `remote-node`, `world` that an ingress rule lets in on every port. */
	ingressEntities: texts,
	/** Those that an `ingressDeny` rule of Cilium keeps out, whatever other rules let in; absent where there is none. */
	deniedEntities: z.optional(z.array(text)),
	/** The rules that name ports; absent where there is none. Files of before have their entities in the two lists above. */
	portRules: z.optional(
		z.array(
			z.object({
				/** Such as those of `ingressEntities`. */
				entities: z.array(text),
				denied: z.boolean(),
				/** `protocol`: ANY for each; `port`: a number, a name, or 0 for each; `endPort`: the last one of a range. */
				ports: z.array(z.object({protocol: text, port: text, endPort: z.optional(z.number())})),
			}),
		),
	),
});
