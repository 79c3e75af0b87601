import {printableLine} from '../../foreign-text.ts';
import type {RunResult} from '../access.ts';
import {SshError} from './ssh-error.ts';

/** A POSIX `sh` that reads its script from stdin, as root. `env` because login shells differ in how they set a variable. */
export const scriptShell = {direct: 'sh -s', sudo: 'env LC_ALL=C sudo -n sh -s'} as const;

/** A POSIX `sh` with a script of this program in its command line. */
export function fixedShell(script: string, asRoot: 'direct' | 'sudo'): string {
	if (/['\\!\n]/u.test(script)) throw new TypeError('a script in a command line must read the same in every login shell');
	return `${asRoot === 'sudo' ? 'env LC_ALL=C sudo -n ' : ''}sh -c '${script}'`;
}

/** One word of a POSIX shell, whatever is in it. */
export const quoteWord = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`;

/**
 * What goes over stdin for a script with parameters: they are set by the POSIX shell that reads the script, so the login shell
 * (fish, csh) never sees them and they do not show in the process list. The braces make the shell read all of it before anything
 * runs: a script that a broken connection cut short does nothing, and a command in it that reads stdin does not eat its rest.
 * @throws TypeError for a parameter with a NUL, which no shell can hold
 */
export function scriptWithParameters(script: string, parameters: readonly string[]): string {
	if (parameters.some(parameter => parameter.includes('\0'))) throw new TypeError('a parameter of a script cannot hold NUL');
	const set = parameters.length > 0 ? `set -- ${parameters.map(quoteWord).join(' ')}\n` : '';
	return `${set}{\n:\n${script}\n} < /dev/null\n`;
}

// With LC_ALL=C these are sudo's own words (sudo 1.8 to 1.9, plugins/sudoers); a script that fails by itself does not begin a line so.
const sudoRefusals: readonly (readonly [RegExp, (user: string, host: string) => string])[] = [
	[
		/^sudo: .*(?:password is required|terminal is required|no tty present|must have a tty)/mu,
		(user, host) => `sudo needs a password for ${user} on ${host}`,
	],
	[
		/^sudo: .*not allowed|may not run sudo|not in the sudoers file|^Sorry, user .* is not allowed/mu,
		(user, host) => `${user} may not use sudo on ${host}`,
	],
	[
		/(?:sudo: (?:command )?not found|sudo.?: No such file or directory|Unknown command:? .?sudo)/mu,
		(user, host) => `there is no sudo on ${host} for ${user}`,
	],
];

/** Throws if the command did not even start because sudo would not have it. */
export function assertSudoWorked(result: RunResult, user: string, host: string): void {
	if (result.exitCode === 0 || result.stdout !== '') return;
	const refusal = sudoRefusals.find(([pattern]) => pattern.test(result.stderr));
	if (!refusal) return;
	throw new SshError('sudo', refusal[1](user, host), `Allow NOPASSWD for ${user} in sudoers, or use --ssh-user root.`, {
		cause: new Error(printableLine(result.stderr)),
	});
}
