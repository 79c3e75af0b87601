import {existsSync} from 'node:fs';
import type {Way} from '../access/access.ts';
import type {HelperPodChoices, ImagePullPolicy} from '../access/helper-pod-image.ts';
import type {AddressKind, SshClient, SshFlags} from '../access/ssh/ssh-flags.ts';
import type {SshSession} from '../access/ssh/ssh-session.ts';
import {parseDuration} from '../cluster/duration.ts';
import type {SshSetting} from '../evidence/collect.ts';
import type {CommandContext} from './command.ts';
import {numberFlag, textFlag} from './flag-values.ts';
import type {Asker} from './ssh-questions.ts';

/** How nodes are to be reached, by the flags. */
export type WayOptions = {
	readonly via: 'auto' | Way;
	readonly pods: HelperPodChoices;
	readonly nodeTimeoutMilliseconds: number | undefined;
};

/** A node is never waited for without end: a limit of 0 is this. */
const longestMilliseconds = 3_600_000;

/** @throws UsageError for a duration that is none */
export function wayOptions({flags}: Pick<CommandContext, 'flags'>): WayOptions {
	const timeout = textFlag(flags, 'node-timeout');
	return {
		via: (textFlag(flags, 'via') as WayOptions['via'] | undefined) ?? 'auto',
		pods: {
			image: textFlag(flags, 'image'),
			imagePullPolicy: textFlag(flags, 'image-pull-policy') as ImagePullPolicy | undefined,
			imagePullSecret: textFlag(flags, 'image-pull-secret'),
			namespace: textFlag(flags, 'helper-namespace'),
		},
		nodeTimeoutMilliseconds: timeout === undefined ? undefined : parseDuration(timeout, '--node-timeout') || longestMilliseconds,
	};
}

export function sshFlagsOf({flags}: Pick<CommandContext, 'flags'>): SshFlags {
	return {
		user: textFlag(flags, 'ssh-user'),
		key: textFlag(flags, 'ssh-key'),
		port: numberFlag(flags, 'ssh-port'),
		config: textFlag(flags, 'ssh-config'),
		knownHosts: textFlag(flags, 'ssh-known-hosts'),
		jump: textFlag(flags, 'ssh-jump'),
		client: textFlag(flags, 'ssh-client') as SshClient | undefined,
		address: textFlag(flags, 'ssh-address') as AddressKind | undefined,
	};
}

/** SSH of one command; `close` ends its connections. */
export type OpenSsh = {readonly setting: SshSetting; readonly session: SshSession; close(): Promise<void>};

/**
 * SSH where it is wanted (`--via ssh`) or was set up: by a flag for all nodes, by the file of node overrides for those it names.
 * Undefined where neither is: then nothing of SSH is loaded.
 * @param asker puts SSH's questions to a person; undefined: nobody can be asked
 * @throws UsageError
 */
export async function openSsh(context: CommandContext, via: WayOptions['via'], asker: Asker | undefined): Promise<OpenSsh | undefined> {
	if (via === 'agent' || via === 'pod') return undefined;
	const flags = sshFlagsOf(context);
	const isByFlags = via === 'ssh' || Object.values(flags).some(value => value !== undefined);
	const {nodeOverridesPath} = await import('../access/ssh/node-overrides.ts');
	if (!isByFlags && !existsSync(nodeOverridesPath(context.environment))) return undefined;
	const [{createSshSession}, {wildcardMatches}] = await Promise.all([
		import('../access/ssh/ssh-session.ts'),
		import('../access/ssh/known-hosts.ts'),
	]);
	const session = createSshSession({
		flags,
		...(asker !== undefined && {questions: asker.questions}),
		...((numberFlag(context.flags, 'verbosity') ?? 0) >= 6 && {log: (line: string) => void context.stderr.write(`${line}\n`)}),
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
