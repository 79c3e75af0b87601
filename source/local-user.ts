import os from 'node:os';
import process from 'node:process';

/** The name of this process's user; undefined for a number that the system has no name for, as in most containers with `runAsUser`. */
export function localUserName(): string | undefined {
	try {
		return os.userInfo().username;
	} catch {
		return undefined;
	}
}

/** Who acts, for others to read: `anna@laptop`, `user 1000@pod-7f9c`. */
export function actingUser(): string {
	return `${localUserName() ?? `user ${process.getuid?.() ?? ''}`}@${os.hostname()}`;
}

/** The user's home; `/`, as container runtimes set HOME, where neither HOME nor the system names one. */
export function homeFolder(): string {
	try {
		return os.homedir();
	} catch {
		return '/';
	}
}
