import {printableLine} from '../../foreign-text.ts';
import {SshError} from './ssh-error.ts';

// Host and user names come from Node objects and files of others and become words of an ssh command line. `ssh` itself puts them
// into ProxyCommand and Match exec, which a shell reads (CVE-2023-51385), so only what names are made of passes.
const hostName = /^[\w.:][\w.:%-]{0,254}$/u;
const userName = /^[\w.][\w.@+\\-]{0,127}$/u;

/** @throws SshError for a name that starts with `-` or holds anything but letters, digits and `. : % _ -` */
export function safeHostName(name: string): string {
	if (hostName.test(name)) return name;
	throw new SshError(
		'address',
		`“${printableLine(name, 80)}” is not a valid SSH host name`,
		'Set the address of this node in nodes.yaml or choose another with --ssh-address.',
	);
}

/** @throws SshError for a user name that starts with `-` or holds blanks, quotes or other characters a shell knows */
export function safeUserName(name: string): string {
	if (userName.test(name)) return name;
	throw new SshError('address', `“${printableLine(name, 80)}” is not a valid SSH user name`, 'Set another with --ssh-user.');
}
