import {readFile} from 'node:fs/promises';
import {parse} from 'yaml';
import * as z from 'zod/mini';
import {messageOf, UsageError, whyUnusable} from '../../errors.ts';
import {firstIssue} from '../../first-issue.ts';
import {wildcardMatches} from './known-hosts.ts';
import {nodeOverridesPath} from './node-overrides-path.ts';
import {sshClients, type SshFlags} from './ssh-flags.ts';

const override = z.strictObject({
	/** Host name or IP address to connect to, instead of one from the Node object. */
	address: z.optional(z.string()),
	user: z.optional(z.string()),
	port: z.optional(z.int().check(z.minimum(1), z.maximum(65_535))),
	/** Private key file; `~/` is the home folder. */
	key: z.optional(z.string()),
	/** known_hosts file. */
	knownHosts: z.optional(z.string()),
	/** Jump hosts as in `ssh -J`, or `none`. */
	jump: z.optional(z.string()),
	client: z.optional(z.enum(sshClients)),
});

const fileSchema = z.strictObject({nodes: z.record(z.string(), override)});

type NodeOverride = z.infer<typeof override>;

/** Patterns of node names and what is special about them, in the order of the file. */
export type NodeOverrides = readonly (readonly [pattern: string, override: NodeOverride])[];

/**
 * Reads the file of node overrides; a file that is not there says nothing.
 * @throws UsageError if it is there and cannot be read or understood
 */
export async function readNodeOverrides(file = nodeOverridesPath()): Promise<NodeOverrides> {
	let text: string;
	try {
		text = await readFile(file, 'utf8');
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
		throw new UsageError(`${file} cannot be read: ${whyUnusable(error)}`, 'Make the file readable or move it away.', error);
	}

	const unusable = (reason: string, cause: unknown): UsageError =>
		new UsageError(
			`${file} is not a file of node overrides: ${reason}`,
			'Write it as: nodes: {NAME: {address, user, port, key, knownHosts, jump, client}}.',
			cause,
		);
	let written: unknown;
	try {
		written = parse(text) ?? {nodes: {}};
	} catch (error) {
		throw unusable(messageOf(error).split('\n')[0] ?? '', error);
	}

	const read = fileSchema.safeParse(written);
	if (!read.success) throw unusable(firstIssue(read.error), read.error);
	return Object.entries(read.data.nodes);
}

/** What is chosen for one node: the command line first, then the entries whose pattern fits, the first that names a field deciding. */
export function choicesFor(node: string, flags: SshFlags, overrides: NodeOverrides): SshFlags & {readonly host?: string} {
	const fitting = overrides.filter(([pattern]) => pattern === node || wildcardMatches(pattern, node)).map(([, values]) => values);
	const exactFirst = overrides.filter(([pattern]) => pattern === node).map(([, values]) => values);
	const pick = <Field extends keyof NodeOverride>(field: Field): NodeOverride[Field] =>
		[...exactFirst, ...fitting].find(values => values[field] !== undefined)?.[field];
	const host = flags.address === undefined ? pick('address') : undefined;
	return {
		...flags,
		user: flags.user ?? pick('user'),
		port: flags.port ?? pick('port'),
		key: flags.key ?? pick('key'),
		knownHosts: flags.knownHosts ?? pick('knownHosts'),
		jump: flags.jump ?? pick('jump'),
		client: flags.client ?? pick('client'),
		...(host === undefined ? {} : {host}),
	};
}
