import * as z from 'zod/mini';
import {accessKinds} from '../../access/access.ts';
import {observation} from './observation.ts';
import {address, labels, nullableText, text, texts} from './texts.ts';

const via = z.enum(accessKinds);

/** A node, and what it has shown. */
export const node = z.object({
	name: text,
	labels,
	/** Null: the Node object could not be read. */
	ready: z.nullable(z.boolean()),
	/** Message of the Ready condition where it is not True. */
	readyMessage: z._default(text, ''),
	schedulable: z._default(z.boolean(), true),
	os: text,
	/** GOARCH name: amd64, arm64 … */
	architecture: text,
	kernel: text,
	osImage: z._default(text, ''),
	/** `containerd://1.6.20`. */
	containerRuntime: text,
	addresses: z._default(z.array(z.object({type: text, address})), []),
	/** `key=value:Effect`. */
	taints: texts,
	createdAt: nullableText,
	/** The Cilium agent's pod on this node. */
	agent: z._default(
		z.nullable(
			z.object({
				pod: text,
				phase: text,
				ready: z.boolean(),
				startedAt: nullableText,
				/** Of the pod as a whole; absent where it was not told. */
				resourceVersion: z.optional(text),
				image: text,
				imageID: z._default(text, ''),
				/** Names of the Secrets that its image is pulled with. */
				pullSecrets: z.optional(z.array(text)),
				trouble: z._default(text, ''),
			}),
		),
		null,
	),
	/** The strongest access that was used; `api`: the node was not asked. */
	via: z.union([z.literal('api'), via]),
	/** What was tried, in order, and why a try was not enough. */
	attempts: z._default(z.array(z.object({via, ok: z.boolean(), reason: text})), []),
	/** Not empty: the node was skipped on purpose, and why (Windows, virtual kubelet, NotReady). */
	skipped: z._default(text, ''),
	observation: z.nullable(observation),
	/** When it was asked, RFC 3339, where that was by an earlier look than this evidence's, because nothing changed since. */
	askedAt: z.optional(text),
});
