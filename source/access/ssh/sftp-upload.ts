import {setTimeout as setTimeoutPromise} from 'node:timers/promises';
import pMap from 'p-map';
import type {Client, SFTPWrapper} from 'ssh2';
import {orAborted} from '../../abort.ts';
import {messageOf} from '../../errors.ts';
import {printableLine} from '../../foreign-text.ts';
import {SshError} from './ssh-error.ts';

/** How long tidying up may take after a failure; the connection may be gone. */
const removalMilliseconds = 3000;
/** What OpenSSH's sftp sends at a time and how much of it (sftp(1), -B and -R). */
const chunkBytes = 32 * 1024;
const maximumWrites = 64;

/**
 * Writes a new file by SFTP, mode 0600; on failure it is removed again as long as the connection lives.
 * Gives false if the server has no SFTP.
 * @throws SshError of kind `file`, or the signal's reason
 */
export async function sftpUpload(client: Client, place: string, path: string, content: Uint8Array, signal: AbortSignal): Promise<boolean> {
	const sftp = await orAborted(openSftp(client), signal);
	if (!sftp) return false;
	const closed = new Promise<void>(resolve => {
		sftp.on('close', resolve);
	});
	try {
		await orAborted(writeFile(sftp, path, content, closed), signal);
		return true;
	} catch (error) {
		await Promise.race([remove(sftp, path), closed, setTimeoutPromise(removalMilliseconds, undefined, {ref: false})]);
		if (signal.aborted) throw signal.reason;
		throw new SshError(
			'file',
			`${path} cannot be written on ${place}: ${printableLine(messageOf(error), 200)}`,
			'Check the folder and the space on its disk.',
			{cause: error},
		);
	} finally {
		sftp.end();
	}
}

function openSftp(client: Client): Promise<SFTPWrapper | undefined> {
	return new Promise(resolve => {
		try {
			client.sftp((error, sftp) => resolve(error ? undefined : sftp));
		} catch {
			// The connection is gone; the caller's next step meets the same and says so.
			resolve(undefined);
		}
	});
}

async function writeFile(sftp: SFTPWrapper, path: string, content: Uint8Array, closed: Promise<void>): Promise<void> {
	const failed = new Promise<never>((_resolve, reject) => {
		sftp.on('error', reject);
	});
	const lost = closed.then(() => Promise.reject(new Error('the connection was lost')));
	const call = <T>(start: (done: (error: unknown, value: T) => void) => void): Promise<T> => {
		const answer = new Promise<T>((resolve, reject) => {
			start((error, value) => (error ? reject(error) : resolve(value)));
		});
		return Promise.race([answer, failed, lost]);
	};
	// `wx`: a name that somebody else has laid there beforehand is refused, not followed.
	const file = await call<Buffer>(done => sftp.open(path, 'wx', {mode: 0o600}, done));
	const bytes = Buffer.from(content);
	const offsets = Array.from({length: Math.ceil(bytes.length / chunkBytes)}, (_, index) => index * chunkBytes);
	// Many writes on their way at once: one by one, each chunk would cost a round trip.
	const write = (offset: number): Promise<unknown> =>
		call(done => sftp.write(file, bytes, offset, Math.min(chunkBytes, bytes.length - offset), offset, done as () => void));
	await pMap(offsets, write, {concurrency: maximumWrites});
	await call(done => sftp.close(file, done as () => void));
}

function remove(sftp: SFTPWrapper, path: string): Promise<void> {
	return new Promise(resolve => {
		try {
			sftp.unlink(path, () => resolve());
		} catch {
			resolve();
		}
	});
}
