import {agentKeyTypes} from './agent-key-types.ts';
import type {Identity} from './identity-file.ts';
import {SshError} from './ssh-error.ts';
import {shownPath} from './shown-path.ts';
import type {SshSettings} from './ssh-settings.ts';

/** Why ssh2 cannot reach this host and the system's `ssh` has to, found out before anything is sent; undefined: ssh2 can. */
export function needsSystemSsh(settings: SshSettings, identities: readonly Identity[]): string | undefined {
	if (settings.hasProxyCommand) return 'ssh_config uses ProxyCommand for it';
	const [certificate] = [
		...settings.certificateFiles,
		...identities.filter(({certified}) => certified).map(({path}) => `${path}-cert.pub`),
	];
	if (certificate !== undefined) return `${shownPath(certificate)} is an OpenSSH certificate`;
	const security = identities.find(isSecurityKey);
	if (security && identities.every(isSecurityKey) && settings.identitiesOnly) return `${shownPath(security.path)} is a FIDO key`;
	return undefined;
}

/** Why it is worth trying the system's `ssh` after ssh2 has failed; undefined: it would fail as well. */
export async function systemSshMayHelp(
	error: unknown,
	settings: SshSettings,
	identities: readonly Identity[],
): Promise<string | undefined> {
	if (!(error instanceof SshError)) return undefined;
	if (error.kind === 'handshake') return 'ssh2 and the server have no algorithm in common';
	if (error.kind === 'host-key' && error.verdict === 'authority-only') return 'the host is known by a certificate authority';
	if (error.kind !== 'authentication') return undefined;
	if (identities.some(isSecurityKey)) return 'a FIDO key is configured, which ssh2 cannot use';
	const held = settings.agent === undefined ? [] : await agentKeyTypes(settings.agent);
	if (held.some(type => type.startsWith('sk-') || type.includes('-cert-')))
		return 'the agent holds a certificate or a FIDO key, which ssh2 cannot use';
	if (settings.gssapi && error.serverTakes.includes('gssapi-with-mic')) return 'the server wants Kerberos (GSSAPI), which ssh2 cannot do';
	return undefined;
}

const isSecurityKey = ({keyType}: Identity): boolean => keyType.startsWith('sk-');
