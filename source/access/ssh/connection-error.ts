import {printableLine} from '../../foreign-text.ts';
import type {Login} from './login.ts';
import {SshError} from './ssh-error.ts';
import type {SshSettings} from './ssh-settings.ts';

/** What ssh2 says of a failed connection: `level` is the thing to switch on, `code` is a socket's or a disconnect reason. */
export type RawSshError = {readonly message: string; readonly level?: string; readonly code?: string | number};

/** Turns what ssh2 says into what failed, where, and what to do. */
export function connectionError(settings: SshSettings, error: RawSshError, login: Pick<Login, 'tried' | 'locked' | 'open'>): SshError {
	const place = `${settings.host}${settings.port === 22 ? '' : ` port ${settings.port}`}`;
	const said = printableLine(error.message, 200);
	switch (error.level ?? '') {
		case 'client-authentication':
			return refusedLogin(settings, login, error);
		case 'client-timeout':
			return new SshError(
				'timeout',
				`SSH to ${place} gave no answer within ${settings.connectTimeoutMilliseconds / 1000} s`,
				'Check that this machine reaches the node; otherwise use --ssh-address, --ssh-jump, or a longer ConnectTimeout in ssh_config.',
				{cause: error},
			);
		case 'client-socket':
		case 'client-dns':
			return socketError(place, said, error);
		case 'handshake':
			return new SshError(
				'handshake',
				`SSH to ${place}: no common algorithm with the server (${said})`,
				'Try --ssh-client system: the system’s ssh may know algorithms that ssh2 does not.',
				{cause: error},
			);
		default:
			// A disconnect message of the server has a number as its code; sshd says “Too many authentication failures” this way.
			if (/authentication failures/iu.test(said)) return refusedLogin(settings, login, error);
			return new SshError(
				'lost',
				`SSH to ${place} was closed early: ${said}`,
				'Try again: the server may be overloaded or limit new connections (MaxStartups).',
				{cause: error},
			);
	}
}

function socketError(place: string, said: string, error: RawSshError): SshError {
	switch (error.code ?? '') {
		case 'ECONNREFUSED':
			return new SshError('unreachable', `${place} refuses SSH connections`, 'Check that sshd runs there and on which port (--ssh-port).', {
				cause: error,
			});
		case 'ENOTFOUND':
		case 'EAI_AGAIN':
			return new SshError(
				'unreachable',
				`cannot resolve the host name ${place}`,
				'Use --ssh-address internal, or give the host a HostName in ssh_config.',
				{cause: error},
			);
		case 'ECONNRESET':
		case 'EPIPE':
			return new SshError(
				'lost',
				`SSH to ${place} was closed early: ${said}`,
				'Try again: the server may be overloaded or limit new connections (MaxStartups).',
				{cause: error},
			);
		default:
			return new SshError(
				'unreachable',
				`${place} cannot be reached by SSH: ${said}`,
				'Check the route and the firewall, or use --ssh-address or --ssh-jump.',
				{cause: error},
			);
	}
}

function refusedLogin(
	settings: SshSettings,
	{tried, locked, open}: Pick<Login, 'tried' | 'locked' | 'open'>,
	error: RawSshError,
): SshError {
	const keys = tried.length > 0 ? `tried ${tried.join(', ')}` : 'found no key to try';
	const takes = open.length > 0 ? `; the server accepts ${open.map(method => printableLine(method, 40)).join(', ')}` : '';
	const hint =
		locked[0] === undefined
			? 'Use --ssh-user or --ssh-key, or load the key into the agent with ssh-add.'
			: `Load ${locked.join(', ')} into the agent with \`ssh-add ${locked[0]}\`: it is encrypted and there is no terminal for the passphrase.`;
	return new SshError('authentication', `${settings.user}@${settings.host} could not log in by SSH (${keys}${takes})`, hint, {
		cause: error,
		serverTakes: open,
	});
}
