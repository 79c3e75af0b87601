import {createSshSession, type SshSession} from '../../../../source/access/ssh/ssh-session.ts';
import type {SshFlags} from '../../../../source/access/ssh/ssh-flags.ts';
import type {SshQuestions} from '../../../../source/access/ssh/questions.ts';
import {openSshAccess, type SshAccess, type SshAccessOptions} from '../../../../source/access/ssh/ssh-access.ts';
import {knownHostsLine, type TestServer, type testFolder} from './ssh-server.ts';

type Folder = ReturnType<typeof testFolder>;

/** An ssh_config of its own, so that a test never depends on the machine's; `lines` come first, where they count. */
export function configFile(folder: Folder, lines = ''): string {
	return folder.file('config', `${lines}\nHost *\n  IdentityAgent none\n  GlobalKnownHostsFile /dev/null\n  ConnectTimeout 5\n`);
}

/** A session that knows the given servers and nothing of this machine; it never finds an ssh to ask. */
export function testSession(
	folder: Folder,
	servers: readonly TestServer[],
	flags: SshFlags,
	more: {questions?: SshQuestions; config?: string; sshProgram?: string; log?: (line: string) => void} = {},
): SshSession {
	const knownHosts = flags.knownHosts ?? folder.file('known_hosts', servers.map(server => knownHostsLine(server, server.hostKey)).join(''));
	return createSshSession({
		flags: {user: 'root', port: servers[0]?.port, ...flags, knownHosts, config: configFile(folder, more.config)},
		overridesFile: `${folder.path}/no-overrides.yaml`,
		sshProgram: more.sshProgram ?? `${folder.path}/no-ssh`,
		...(more.questions && {questions: more.questions}),
		...(more.log && {log: more.log}),
	});
}

export const node = {name: 'node-1', addresses: [{type: 'InternalIP', address: '127.0.0.1'}]};

export function open(session: SshSession, more: Partial<SshAccessOptions> = {}): Promise<SshAccess> {
	return openSshAccess(node, {session, signal: AbortSignal.timeout(90_000), ...more});
}

export const limits = () => ({signal: AbortSignal.timeout(90_000), timeoutMilliseconds: 60_000});
