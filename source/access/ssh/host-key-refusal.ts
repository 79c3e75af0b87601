import {nameIn} from './host-keys.ts';
import {fingerprint, keyTypeOf, type HostKeyVerdict} from './known-hosts.ts';
import {SshError} from './ssh-error.ts';
import {shownPath} from './shown-path.ts';
import type {SshSettings} from './ssh-settings.ts';

/** The type as people know it from ssh: `ED25519`, `ECDSA`, `RSA`. */
export function keyTypeName(key: Buffer): string {
	return (
		(keyTypeOf(key) ?? 'unknown')
			.replace(/^(?:ssh|ecdsa)-/u, match => (match === 'ecdsa-' ? 'ecdsa ' : ''))
			.split(' ')[0]
			?.toUpperCase() ?? ''
	);
}

/** Why a key is refused, in words a person can act on. */
export function refusal(settings: SshSettings, key: Buffer, verdict: HostKeyVerdict): SshError {
	const name = nameIn(settings);
	const shown = `${keyTypeName(key)} key ${fingerprint(key)}`;
	const file = shownPath(settings.userKnownHostsFiles[0] ?? '~/.ssh/known_hosts');
	switch (verdict.kind) {
		case 'changed':
			return new SshError(
				'host-key',
				`the host key of ${name} has changed: it is ${shown}, but ${shownPath(verdict.file)}:${verdict.line} has another; nothing was sent`,
				`Check the fingerprint on the node's console: someone may intercept the connection. If the node was rebuilt: ssh-keygen -f ${shownPath(verdict.file)} -R '${name}'`,
				{verdict: 'changed'},
			);
		case 'revoked':
			return new SshError(
				'host-key',
				`the host key of ${name} is marked @revoked in ${shownPath(verdict.file)}:${verdict.line}; nothing was sent`,
				'Create a new host key on the node; a revoked one is never accepted.',
				{verdict: 'revoked'},
			);
		case 'authority-only':
			return new SshError(
				'host-key',
				`${name} is known by a certificate authority only (${shownPath(verdict.file)}:${verdict.line}), which ssh2 cannot check`,
				'Use --ssh-client system, or add the host’s own key to known_hosts.',
				{verdict: 'authority-only'},
			);
		case 'trusted':
		case 'unknown':
		default:
			return new SshError(
				'host-key',
				`the host key of ${name} is unknown (${shown}); nothing was sent`,
				`Compare it on the node with \`ssh-keygen -lf /etc/ssh/ssh_host_${keyTypeName(key).toLowerCase()}_key.pub\`, then: ssh-keyscan ${settings.port === 22 ? '' : `-p ${settings.port} `}${settings.host} >> ${file}`,
				{verdict: 'unknown'},
			);
	}
}
