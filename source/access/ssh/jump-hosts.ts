import {safeHostName, safeUserName} from './safe-name.ts';
import {SshError} from './ssh-error.ts';

/** One hop of ProxyJump: the name ssh_config is asked for, and what the list itself says. */
export type JumpHost = {readonly host: string; readonly user?: string; readonly port?: number};

/**
 * Reads the value of ProxyJump (ssh_config(5)): `[user@]host[:port]` or `ssh://…`, several separated by commas, in the order
 * they are passed; `none` is an empty list. IPv6 addresses stand in brackets where a port follows.
 * @throws SshError if a hop cannot be understood
 */
export function parseJumpHosts(value: string): JumpHost[] {
	if (value === '' || value.toLowerCase() === 'none') return [];
	return value.split(',').map(word => parseJumpHost(word.trim()));
}

function parseJumpHost(word: string): JumpHost {
	const text = word.replace(/^ssh:\/\//u, '').replace(/\/$/u, '');
	const at = text.lastIndexOf('@');
	const user = at > 0 ? text.slice(0, at) : undefined;
	const place = text.slice(at + 1);
	// Several colons without brackets: an IPv6 address, and no port.
	const [, bracketed, bare, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/u.exec(place) ?? [
		undefined,
		undefined,
		/:.*:/u.test(place) ? place : undefined,
	];
	const host = bracketed ?? bare;
	if (!host || Number(port ?? 22) > 65_535 || Number(port ?? 22) < 1)
		throw new SshError(
			'address',
			`“${word.slice(0, 80)}” is not a jump host`,
			'Write it as [user@]host[:port], several separated by commas.',
		);
	return {
		host: safeHostName(host),
		...(user === undefined ? {} : {user: safeUserName(user)}),
		...(port === undefined ? {} : {port: Number(port)}),
	};
}
