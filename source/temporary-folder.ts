import {lstat, mkdtemp, readdir} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

/** What a run may keep on this machine while it goes on: sockets of the system's `ssh`, the demo cluster. */
type Kind = 'ssh' | 'demo';

// Short, because a socket in it may have a path of 104 characters in all on some systems, of which ssh wants 17 and macOS's folder 49.
const ownName = /^hostport-(?:ssh|demo)-(?<owner>\d+)-\w+$/u;

/** A folder that only this user can enter, named after this process, so that it is known for abandoned once that is gone. */
export async function makeTemporaryFolder(kind: Kind): Promise<string> {
	return mkdtemp(path.join(os.tmpdir(), `hostport-${kind}-${process.pid}-`));
}

/** This user's folders of processes that are gone without having removed them. */
export async function abandonedFolders(): Promise<string[]> {
	const names = await readdir(os.tmpdir());
	const folders = await Promise.all(
		names.map(async name => {
			const owner = Number(ownName.exec(name)?.groups?.['owner'] ?? Number.NaN);
			const folder = path.join(os.tmpdir(), name);
			return !Number.isNaN(owner) && !isAlive(owner) && (await isOwn(folder)) ? folder : undefined;
		}),
	);
	return folders.filter(folder => folder !== undefined);
}

function isAlive(process_: number): boolean {
	try {
		process.kill(process_, 0);
		return true;
	} catch (error) {
		// EPERM: somebody else's, and so alive.
		return (error as NodeJS.ErrnoException).code === 'EPERM';
	}
}

async function isOwn(folder: string): Promise<boolean> {
	// Anybody may make a link of such a name there.
	const found = await lstat(folder).catch(() => undefined);
	return found !== undefined && found.isDirectory() && (process.getuid === undefined || found.uid === process.getuid());
}
