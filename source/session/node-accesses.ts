import {existsSync} from 'node:fs';
import type {NodeAccess} from '../access/access.ts';
import type {AnnouncePod} from '../access/host-pod.ts';
import {nodeOverridesPath} from '../access/ssh/node-overrides-path.ts';
import type {SshSession} from '../access/ssh/ssh-session.ts';
import type {SshSetting} from '../evidence/collect.ts';
import type {NodeEvidence} from '../evidence/evidence.ts';
import type {ProveHostPortsOptions} from '../proof/prove-host-ports.ts';
import type {ToolsSetting} from './repair-tools.ts';
import type {Reach, Session} from './session.ts';

/**
 * How one command reaches nodes, from its first look to its last act: one SSH session, so that a passphrase is asked for
 * once; `close` ends what was opened for it.
 */
export type NodeAccesses = Pick<Reach, 'via' | 'pods'> & {
	readonly announce: AnnouncePod;
	/** Absent where SSH is neither wanted nor set up. */
	readonly ssh: OpenSsh | undefined;
	readonly close: () => Promise<void>;
};

type Reaching = Pick<Session, 'reach' | 'asker' | 'announce' | 'environment' | 'log'>;

/**
 * Acts with what `openAccesses` opens, and closes it whatever happens: an SSH connection that is left open keeps the process alive.
 * @throws UsageError
 */
export async function withAccesses<T>(session: Reaching, act: (accesses: NodeAccesses) => Promise<T>): Promise<T> {
	const accesses = await openAccesses(session);
	try {
		return await act(accesses);
	} finally {
		await accesses.close();
	}
}

/** @throws UsageError */
export async function openAccesses(session: Reaching): Promise<NodeAccesses> {
	const {reach, announce} = session;
	const ssh = await openSsh(session);
	return {
		via: reach.via,
		pods: reach.pods,
		announce,
		ssh,
		close: async () => {
			await ssh?.close();
		},
	};
}

/** SSH of one command; `close` ends its connections. */
type OpenSsh = {readonly setting: SshSetting; readonly session: SshSession; close(): Promise<void>};

/**
 * SSH where it is wanted (`--via ssh`) or was set up: by a flag for all nodes, by the file of node overrides for those it names.
 * Undefined where neither is: then nothing of SSH is loaded.
 */
async function openSsh({reach: {via, ssh: flags}, asker, environment, log}: Reaching): Promise<OpenSsh | undefined> {
	if (via === 'agent' || via === 'pod') return undefined;
	const isByFlags = via === 'ssh' || Object.values(flags).some(value => value !== undefined);
	if (!isByFlags && !existsSync(nodeOverridesPath(environment))) return undefined;
	const [{createSshSession}, {wildcardMatches}] = await Promise.all([
		import('../access/ssh/ssh-session.ts'),
		import('../access/ssh/known-hosts.ts'),
	]);
	const session = createSshSession({
		flags,
		...(asker !== undefined && {questions: asker.questions}),
		log: line => log(6, line),
	});
	const overrides = await session.overrides();
	return {
		session,
		setting: {
			session,
			asks: asker !== undefined,
			isAsking: () => asker?.isAsking() === true,
			isSetUpFor: node => isByFlags || overrides.some(([pattern]) => pattern === node || wildcardMatches(pattern, node)),
		},
		close: async () => session.close(),
	};
}

/** What acts on nodes is given of it: helper pods as the flags have them, and SSH where `--via ssh` says so. */
export function toolAccesses({via, pods, announce, ssh}: NodeAccesses): Pick<ToolsSetting, 'pods' | 'announce' | 'ssh'> {
	return {pods, announce, ssh: via === 'ssh' ? ssh?.session : undefined};
}

/** What connects to hostPorts is given of it: pods as the flags have them, and a node's own network by SSH where `--via ssh` says so. */
export function proofAccesses(accesses: NodeAccesses): Pick<ProveHostPortsOptions, 'pods' | 'openNode'> {
	const {pods = {}, ssh} = toolAccesses(accesses);
	if (ssh === undefined) return {pods};
	return {pods, openNode: async (node, signal) => openNodeBySsh(ssh, node, signal)};
}

/** A node's own network, to connect from it. */
export async function openNodeBySsh(
	session: SshSession,
	{name, addresses}: Pick<NodeEvidence, 'name' | 'addresses'>,
	signal: AbortSignal,
): Promise<NodeAccess> {
	const {openSshAccess} = await import('../access/ssh/ssh-access.ts');
	return openSshAccess({name, addresses}, {session, signal});
}
