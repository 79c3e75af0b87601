import * as z from 'zod/mini';
import {printableOnOneLine} from '../foreign-text.ts';

const text = z.string().check(z.overwrite(value => printableOnOneLine(value, 1024)));
const texts = z.array(text);

/** What becomes of a packet that a rule takes. `send`: it goes to another address or port (dnat, redirect). `other`: something that is not understood here, such as a queue. */
const deed = z.enum(['accept', 'drop', 'reject', 'jump', 'goto', 'return', 'notrack', 'send', 'other', 'none']);

/**
 * One thing that a rule asks of a packet, such as `tcp dport` among `8080`, `9000-9100`. Several fields at once are joined by ` . `, and so are
 * their values. Without values: it asks for something that is not understood here.
 */
const match = z.object({field: text, isNot: z.boolean(), values: texts});

const rule = z.object({
	/** Family, table and chain: `inet guard prerouting`. */
	chain: text,
	/** In the words of nft, as far as they were rebuilt from its JSON. */
	says: text,
	matches: z.array(match),
	deed,
	/** Chain of a jump or goto. */
	to: text,
	/** Where it sends the packet: `10.0.0.9:80`, `port 81 of the node`; empty where that is not told, or it sends nothing. */
	sendsTo: z._default(text, ''),
	/** A verdict map: what it asks, and what becomes of each value. */
	map: z.nullable(z.object({field: text, verdicts: z.array(z.object({value: text, deed, to: text}))})),
});

const chain = z.object({
	name: text,
	/** `ingress`, `prerouting`, `forward` …; empty for a chain that is only jumped to. */
	hook: text,
	priority: z.number(),
	policy: z.enum(['accept', 'drop']),
});

/** Rules of nftables' own tables that may stop a packet, in their order, with the chains that they are in. */
export const packetFilter = z.object({
	chains: z.array(chain),
	rules: z.array(rule),
	/** More was there than is kept: what no rule here stops may be stopped all the same. */
	isCut: z.boolean(),
});

/** Native nftables chains and rules, as far as they are understood. */
export type PacketFilter = z.infer<typeof packetFilter>;
/** A chain of it. */
export type FilterChain = PacketFilter['chains'][number];
/** A rule of it. */
export type FilterRule = PacketFilter['rules'][number];
/** A condition of a rule. */
export type FilterMatch = FilterRule['matches'][number];
/** What a rule does with a packet. */
export type Deed = FilterRule['deed'];
