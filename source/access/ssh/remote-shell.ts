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
const quoteWord = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`;

/**
 * What goes over stdin to run a script with parameters; stdin must stay open until it has ended.
 *
 * The parameters are set by the POSIX shell that reads this, so the login shell (fish, csh) never sees them and they do not show
 * in the process list. The braces make the shell read all of it before anything runs: a text that a broken connection cut short
 * does nothing. Two watchers end the script with all it has started: one when stdin ends, because we have given up, were killed
 * or have lost the connection; one at the deadline, in case the network has swallowed all signs of that. sshd gives each command a
 * process group of its own, so that `kill 0` reaches no other.
 * @throws TypeError for a parameter with a NUL, which no shell can hold
 */
export function watchedScript(script: string, parameters: readonly string[], deadlineSeconds: number): string {
	if (parameters.some(parameter => parameter.includes('\0'))) throw new TypeError('a parameter of a script cannot hold NUL');
	return `${parameters.length > 0 ? `set -- ${parameters.map(quoteWord).join(' ')}` : ':'}
exec 3<&0
{
{ cat <&3; kill -TERM 0; } > /dev/null 2>&1 &
connection=$!
{ trap 'kill $!; exit' TERM; sleep ${deadlineSeconds} & wait; kill -TERM 0; } > /dev/null 2>&1 3<&- &
deadline=$!
(
${script}
) < /dev/null 3<&-
status=$?
kill $connection $deadline
exit $status
}
`;
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
		(user, host) => `${host} has no sudo for ${user}`,
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
