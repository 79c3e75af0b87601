import {constants, open as openDescriptor} from 'node:fs';
import {lstat, open, readlink, realpath, rename, rm, stat, type FileHandle} from 'node:fs/promises';
import {Socket} from 'node:net';
import path from 'node:path';
import process from 'node:process';
import {addAbortSignal} from 'node:stream';
import {setTimeout as pause} from 'node:timers/promises';
import {promisify} from 'node:util';
import {UsageError, whyUnusable} from './errors.ts';

const pollMilliseconds = 50;
const chunkBytes = 64 * 1024;
/** Links of links that are followed to where a file shall be; Linux follows 40. */
const mostLinks = 40;

/** More than a file of its kind ever holds. */
export class TooLarge extends Error {
	override readonly name = 'TooLarge';

	constructor(maximumBytes: number) {
		super(`it is larger than ${maximumBytes / 1024 / 1024} MiB`);
	}
}

/** A file's name as it is told: `-` is standard input. */
export const shownFile = (file: string): string => (file === standardInput ? 'standard input' : file);

/** What stands for standard input where a file is named; `./-` is the file of that name. */
export const standardInput = '-';

/**
 * Reads a file that a person named, whatever it is: `-` is standard input, whole, and the same however often it is read; a FIFO is waited for until somebody has written to it and gone, and the wait hears
 * the signal. (Node's own reading blocks in the open of a FIFO without a writer, and the process with it, so that only SIGKILL ends it.)
 * @throws the system's error, TooLarge, or the signal's reason
 */
export async function readNamedFile(file: string, {maximumBytes, signal}: {maximumBytes: number; signal: AbortSignal}): Promise<Buffer> {
	if (file === standardInput) return inputOnce(maximumBytes, signal);
	// With O_NONBLOCK a FIFO opens at once; on other files it changes nothing.
	const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
	try {
		const seen = await handle.stat();
		if (seen.size > maximumBytes) throw new TooLarge(maximumBytes);
		// Of a pipe that a shell has opened, as in <(command), the end is the end; a FIFO without a writer only looks as if it had ended.
		const waits = seen.isFIFO() && !/^\/(?:dev\/fd|proc\/self\/fd)\//u.test(file);
		const chunks: Buffer[] = [];
		for (let size = 0; ;) {
			signal.throwIfAborted();
			const chunk = await readChunk(handle);
			if (chunk === undefined || (chunk.length === 0 && waits && size === 0)) {
				await pause(pollMilliseconds, undefined, {signal}).catch(() => signal.throwIfAborted());
				continue;
			}

			if (chunk.length === 0) return Buffer.concat(chunks);
			size += chunk.length;
			if (size > maximumBytes) throw new TooLarge(maximumBytes);
			chunks.push(chunk);
		}
	} finally {
		await handle.close();
	}
}

let input: Promise<Buffer> | undefined;

/** It can be read once, and a certificate is asked for with each connection. */
async function inputOnce(maximumBytes: number, signal: AbortSignal): Promise<Buffer> {
	input ??= wholeInput(maximumBytes, signal);
	return input;
}

async function wholeInput(maximumBytes: number, signal: AbortSignal): Promise<Buffer> {
	const chunks: Buffer[] = [];
	let size = 0;
	try {
		for await (const chunk of addAbortSignal(signal, process.stdin) as AsyncIterable<Buffer>) {
			size += chunk.length;
			if (size > maximumBytes) throw new TooLarge(maximumBytes);
			chunks.push(chunk);
		}
	} catch (error) {
		signal.throwIfAborted();
		throw error;
	}

	return Buffer.concat(chunks);
}

/** Undefined: a writer is there and has nothing to say yet. */
async function readChunk(handle: FileHandle): Promise<Buffer | undefined> {
	try {
		const {buffer, bytesRead} = await handle.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes, null);
		return buffer.subarray(0, bytesRead);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return undefined;
		throw error;
	}
}

/**
 * Writes a file that a person named, of one text or of many. A regular file is there whole or not at all, for its owner alone; what a link points at is written,
 * not the link; a device, a FIFO or a socket is written to and never replaced; `-` and `/dev/stdout` are standard output.
 * @throws UsageError that says why, or the signal's reason
 */
export async function writeNamedFile(
	file: string,
	text: string | Iterable<string>,
	where: {stdout: NodeJS.WritableStream; signal: AbortSignal},
): Promise<void> {
	try {
		await write(file, typeof text === 'string' ? [text] : text, where);
	} catch (error) {
		where.signal.throwIfAborted();
		// What is missing then is not the file.
		const why = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'its folder does not exist' : whyUnusable(error);
		throw new UsageError(
			`${isStandardOutput(file) ? 'standard output' : file} cannot be written: ${why}`,
			'Choose a file in a folder that you can write to.',
			error,
		);
	}
}

async function write(
	file: string,
	texts: Iterable<string>,
	{stdout, signal}: {stdout: NodeJS.WritableStream; signal: AbortSignal},
): Promise<void> {
	if (isStandardOutput(file)) return writeTo(stdout, texts);
	const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
		if (error.code === 'ENOENT') return undefined;
		throw error;
	});
	if (found === undefined) return replace(await targetOf(file), texts);
	if (found.isFIFO()) return writeToFifo(file, texts, signal);
	if (found.isFile()) return replace(await realpath(file), texts);
	// Neither made nor cut off: a device, or what cannot be written and says so.
	const handle = await open(file, constants.O_WRONLY);
	try {
		await handle.writeFile(texts);
	} finally {
		await handle.close();
	}
}

/** Whether a file's name stands for standard output, whatever that is: opening it anew would begin at its start. */
export const isStandardOutput = (file: string): boolean => /^(?:-|\/dev\/stdout|\/(?:dev|proc\/self)\/fd\/1)$/u.test(file);

/** Where a link to nothing wants its file to be. */
async function targetOf(file: string): Promise<string> {
	let target = file;
	for (let links = 0; links < mostLinks; links += 1) {
		const seen = await lstat(target).catch(() => undefined);
		if (seen?.isSymbolicLink() !== true) return target;
		target = path.resolve(path.dirname(target), await readlink(target));
	}

	throw new Error('too many links');
}

async function replace(file: string, texts: Iterable<string>): Promise<void> {
	// Loading it takes as long as all else that reading a kubeconfig needs.
	const {randomBytes} = await import('node:crypto');
	const temporary = `${file}.${randomBytes(4).toString('hex')}.tmp`;
	try {
		const handle = await open(temporary, 'wx', 0o600);
		try {
			await handle.writeFile(texts);
			await handle.sync();
		} finally {
			await handle.close();
		}

		await rename(temporary, file);
	} catch (error) {
		await rm(temporary, {force: true});
		throw error;
	}
}

async function writeToFifo(file: string, texts: Iterable<string>, signal: AbortSignal): Promise<void> {
	const fd = await openForReader(file, signal);
	// A socket writes as the reader takes it, and can be cut off; a handle would block a thread in the write.
	const socket = new Socket({fd, readable: false, writable: true});
	const cut = (): void => void socket.destroy(signal.reason as Error);
	signal.addEventListener('abort', cut, {once: true});
	try {
		const [{Readable}, {pipeline}] = await Promise.all([import('node:stream'), import('node:stream/promises')]);
		await pipeline(Readable.from(texts), socket);
	} finally {
		signal.removeEventListener('abort', cut);
	}
}

/** A FIFO can be opened for writing once somebody reads (ENXIO before that). */
async function openForReader(file: string, signal: AbortSignal): Promise<number> {
	for (;;) {
		signal.throwIfAborted();
		try {
			return await promisify(openDescriptor)(file, constants.O_WRONLY | constants.O_NONBLOCK);
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== 'ENXIO') throw error;
			await pause(pollMilliseconds, undefined, {signal}).catch(() => signal.throwIfAborted());
		}
	}
}

async function writeTo(stream: NodeJS.WritableStream, texts: Iterable<string>): Promise<void> {
	for (const text of texts)
		await new Promise<void>((resolve, reject) => {
			stream.write(text, error => (error ? reject(error) : resolve()));
		});
}
