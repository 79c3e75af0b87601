import type {NodeAccess} from '../access/access.ts';
import type {AnnouncePod} from '../access/host-pod.ts';
import type {SshSession} from '../access/ssh/ssh-session.ts';
import type {NodeEvidence} from '../evidence/evidence.ts';
import type {ProveHostPortsOptions} from '../proof/prove-host-ports.ts';
import {announcer} from './announcer.ts';
import type {CommandContext} from './command.ts';
import type {ToolsSetting} from './repair-tools.ts';
import {terminalAsker, type Asker} from './ssh-questions.ts';
import {openSsh, wayOptions, type OpenSsh, type WayOptions} from './way-options.ts';

/**
 * How one command reaches nodes, by its flags, from its first look to its last act: one SSH session, so that a passphrase is asked for
 * once; `close` ends what was opened for it.
 */
export type Ways = WayOptions & {
	readonly announce: AnnouncePod;
	/** Absent where SSH is neither wanted nor set up. */
	readonly ssh: OpenSsh | undefined;
	readonly close: () => Promise<void>;
};

type How = {
	/** Told when a person is asked on stderr and when the answer is there. */
	readonly onQuestion?: (open: boolean) => void;
	/** Who is asked instead of the person at the terminal's own lines. */
	readonly asker?: Asker;
	/** Is told each pod before it is made; stderr unless given. */
	readonly announce?: AnnouncePod;
};

/**
 * Acts with what `openWays` opens, and closes it whatever happens: an SSH connection that is left open keeps the process alive.
 * @throws UsageError
 */
export async function withWays<T>(context: CommandContext, how: How, act: (ways: Ways) => Promise<T>): Promise<T> {
	const ways = await openWays(context, how);
	try {
		return await act(ways);
	} finally {
		await ways.close();
	}
}

/** @throws UsageError */
export async function openWays(context: CommandContext, {onQuestion, asker, announce}: How = {}): Promise<Ways> {
	const options = wayOptions(context);
	const ssh = await openSsh(context, options.via, asker ?? terminalAsker(context, onQuestion));
	return {
		...options,
		announce: announce ?? announcer(context),
		ssh,
		close: async () => {
			await ssh?.close();
		},
	};
}

/** What acts on nodes is given of it: helper pods as the flags have them, and SSH where `--via ssh` says so. */
export function toolWays({via, pods, announce, ssh}: Ways): Pick<ToolsSetting, 'pods' | 'announce' | 'ssh'> {
	return {pods, announce, ssh: via === 'ssh' ? ssh?.session : undefined};
}

/** What connects to hostPorts is given of it: pods as the flags have them, and a node's own network by SSH where `--via ssh` says so. */
export function proofWays(ways: Ways): Pick<ProveHostPortsOptions, 'pods' | 'openNode'> {
	const {pods = {}, ssh} = toolWays(ways);
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
