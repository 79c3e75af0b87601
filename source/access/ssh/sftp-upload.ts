import type {Client, SFTPWrapper} from 'ssh2';
import {messageOf} from '../../errors.ts';
import {printableLine} from '../../foreign-text.ts';
import {SshError} from './ssh-error.ts';
import {orAborted} from './time-limit.ts';

/** How long tidying up may take after a failure; the connection may be gone. */
const removalMilliseconds = 3000;

/**
 * Writes a new file by SFTP, mode 0600; on failure it is removed again as long as the connection lives.
 * Gives false if the server has no SFTP.
 * @throws SshError of kind `file`, or the signal's reason
 */
export async function sftpUpload(client: Client, place: string, path: string, content: Uint8Array, signal: AbortSignal): Promise<boolean> {
	const sftp = await orAborted(openSftp(client), signal);
	if (!sftp) return false;
	try {
		await orAborted(writeFile(sftp, path, content), signal);
		return true;
	} catch (error) {
		await remove(sftp, path);
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

function writeFile(sftp: SFTPWrapper, path: string, content: Uint8Array): Promise<void> {
	return new Promise((resolve, reject) => {
		sftp.on('error', reject);
		sftp.on('close', () => reject(new Error('the connection was lost')));
		// `wx`: a name that somebody else has laid there beforehand is refused, not followed.
		sftp.writeFile(path, Buffer.from(content), {mode: 0o600, flag: 'wx'}, error => (error ? reject(error) : resolve()));
	});
}

function remove(sftp: SFTPWrapper, path: string): Promise<void> {
	return new Promise(resolve => {
		const limit = setTimeout(resolve, removalMilliseconds);
		const done = (): void => {
			clearTimeout(limit);
			resolve();
		};
		sftp.on('close', done);
		try {
			sftp.unlink(path, done);
		} catch {
			done();
		}
	});
}
