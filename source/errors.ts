import {printableLine, withoutUserinfo} from './foreign-text.ts';

/** Exit codes that scripts rely on; a change is a breaking change (docs/contract.md). */
export const exitCode = {
	ok: 0,
	faults: 1,
	usage: 2,
	incomplete: 3,
	rolledBack: 4,
	rollbackFailed: 5,
	interrupted: 130,
} as const;

/** An exit code of a command. */
export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/** Characters of one line of an error; a plan's missing rights are some hundred each. */
const longestLine = 8192;

const shown = (text: string): string => withoutUserinfo(printableLine(text, longestLine));

/**
 * An error that a person can act on: `message` is one line saying what failed and where,
 * `hint` one line saying what to do. `exitCode` is what the process ends with. Both are made printable here: words typed, names of a
 * kubeconfig and what a program complained of stand in them.
 */
export class ActionableError extends Error {
	override readonly name: string = 'ActionableError';
	readonly hint: string;
	readonly exitCode: ExitCode;

	constructor(message: string, hint: string, options: {exitCode?: ExitCode; cause?: unknown} = {}) {
		super(shown(message), options.cause === undefined ? undefined : {cause: options.cause});
		this.hint = shown(hint);
		this.exitCode = options.exitCode ?? exitCode.incomplete;
	}
}

/** Wrong words on the command line or in a file the user named: exit code 2, nothing was changed. */
export class UsageError extends ActionableError {
	override readonly name = 'UsageError';

	constructor(message: string, hint: string, cause?: unknown) {
		super(message, hint, {exitCode: exitCode.usage, cause});
	}
}

/**
 * Nobody reads any more: the terminal was closed (SIGHUP, EIO), the reader of a pipe went away (EPIPE), or the disk behind an output is
 * full (ENOSPC). A run stops at a safe point, as after Ctrl-C; nobody is there to decide what becomes of it.
 */
export class LostTerminal extends ActionableError {
	override readonly name = 'LostTerminal';

	constructor(message: string, hint: string) {
		super(message, hint, {exitCode: exitCode.interrupted});
	}
}

/** The one line of whatever was thrown, printable: the system's errors hold names of files. */
export function messageOf(error: unknown): string {
	return shown(error instanceof Error ? error.message : String(error));
}

const reasons: Readonly<Record<string, string>> = {
	EACCES: 'permission denied',
	EEXIST: 'it exists already',
	EIO: 'it can no longer be read or written',
	EISDIR: 'it is a folder',
	ELOOP: 'its links lead in a circle',
	ENAMETOOLONG: 'its name is too long',
	ENOENT: 'it does not exist',
	ENOSPC: 'no space left',
	ENOTDIR: 'a part of its path is not a folder',
	EPERM: 'not permitted',
	EPIPE: 'its reader is gone',
	EROFS: 'its file system is read-only',
};

/** Why a file or an output cannot be read or written, in words; of errors without a code of the system, what they say. */
export function whyUnusable(error: unknown): string {
	const code = error instanceof Error && 'code' in error ? String(error.code) : '';
	return reasons[code] ?? messageOf(error);
}
