import {createHash, randomBytes} from 'node:crypto';
import {printableLine} from '../../foreign-text.ts';
import type {FileToPut, RunResult} from '../access.ts';
import {SshError} from './ssh-error.ts';

/**
 * Names of unfinished files: `.NAME.kubectl-hostport-RANDOM`, in the folder of the file itself, so that the rename is atomic.
 * Neither the kubelet nor containerd reads such a name as a CNI configuration (libcni takes .conf, .conflist and .json).
 */
export const temporaryMark = '.kubectl-hostport-';

/** Name under which a file arrives before it is renamed; hidden, and random so that two writers do not meet. */
export function temporaryName(name: string): string {
	return `.${name}${temporaryMark}${randomBytes(6).toString('hex')}`;
}

/** @throws TypeError for a name or folder that does not name one file in one folder, or content that is not what its sum says */
export function assertPuttable({folder, name, content, mode, sha256}: FileToPut): void {
	if (!folder.startsWith('/') || /[\n\0]/u.test(folder)) throw new TypeError('the folder of a file to put is an absolute path');
	if (!/^[^/\n\0]+$/u.test(name) || name === '.' || name === '..') throw new TypeError('the name of a file to put is one name');
	if (!Number.isInteger(mode) || mode < 0 || mode > 0o777) throw new TypeError('the mode of a file to put is permission bits');
	if (createHash('sha256').update(content).digest('hex') !== sha256.toLowerCase())
		throw new TypeError(`${name} is not what its sha256 says`);
}

/** First lines of stdin for the scripts below; the content follows where it does not go by SFTP. */
export function putHeader({folder, name, content, mode, sha256}: FileToPut, temporary: string): string {
	return [folder, name, temporary, mode.toString(8), String(content.length), sha256.toLowerCase(), ''].join('\n');
}

// `read` takes single bytes from a pipe (POSIX), so that the content after these lines is left for cat.
const readHeader =
	'umask 077; IFS=; for field in folder name temporary mode size sum; do read -r $field || exit 40; done; cd "$folder" || exit 41; ' +
	'tidy() { rm -f -- "$temporary"; }; trap tidy EXIT; trap "exit 46" HUP INT TERM PIPE; ';

// `true` and not `:`, with which a shell ends by itself where the file cannot be made (POSIX, special built-ins).
const receive = 'set -C; true > "$temporary" || exit 47; set +C; cat > "$temporary" || exit 47; ';

const finish =
	'[ "$(wc -c < "$temporary" | tr -d " ")" = "$size" ] || exit 42; ' +
	'if command -v sha256sum > /dev/null; then found=$(sha256sum < "$temporary"); ' +
	'elif command -v openssl > /dev/null; then found=$(openssl dgst -sha256 -r < "$temporary"); ' +
	'elif command -v shasum > /dev/null; then found=$(shasum -a 256 < "$temporary"); else exit 43; fi; ' +
	'[ "${found%% *}" = "$sum" ] || exit 44; ' +
	'[ -d "$name" ] && exit 45; chmod "$mode" "$temporary" && mv -f -- "$temporary" "$name" || exit 45';

/**
 * What runs on the node: `whole` takes the content from stdin, `finish` finds it under the temporary name. Both check size and sum,
 * set the mode and rename, and remove the temporary file if anything fails, also when the connection breaks.
 */
export const putScripts = {whole: readHeader + receive + finish, finish: readHeader + finish, remove: `${readHeader}exit 0`} as const;

const failures: Readonly<Record<number, string>> = {
	40: 'the connection was lost',
	41: 'the folder does not exist or cannot be entered',
	42: 'it arrived with another size',
	43: 'there is no sha256sum, openssl or shasum to check it with',
	44: 'it arrived with another checksum',
	45: 'it cannot be renamed into place',
	46: 'it was interrupted',
	47: 'it cannot be written',
};

/** Throws if one of the scripts above did not end well. */
export function assertPut(result: RunResult, {folder, name}: FileToPut, place: string): void {
	if (result.exitCode === 0) return;
	const reason = failures[result.exitCode] ?? `exit code ${result.exitCode}`;
	const said = printableLine(result.stderr, 200);
	throw new SshError(
		'file',
		`${folder}/${name} was not written on ${place}: ${reason}${said ? ` (${said})` : ''}`,
		'Nothing was changed. Check the folder and the space on its disk.',
	);
}
