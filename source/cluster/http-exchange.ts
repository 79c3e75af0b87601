import http from 'node:http';
import {promisify} from 'node:util';
import zlib from 'node:zlib';
import {dialFor, type Dial, type DialCallback} from './dial.ts';
import {ActionableError} from '../errors.ts';
import type {ServerAnswer} from './server-answer.ts';
import {createSlots} from '../slots.ts';

const gunzip = promisify(zlib.gunzip);
const unpacking = createSlots(1);
const smallestPiece = 16 * 1024;
const largestShared = 1024 * 1024;

/** A page of 500 large pods is some 10 MiB; a list whose pages are larger is read in smaller ones. */
const maximumAnswerBytes = 32 * 1024 * 1024;
/** Load balancers drop idle connections after 60 s and more, some without a word; ours are gone before. */
const idleMilliseconds = 20_000;

type HttpRequest = {
	readonly method: string;
	readonly url: URL;
	readonly headers: http.OutgoingHttpHeaders;
	readonly body: Buffer | undefined;
	/** It changes nothing, or nothing twice. */
	readonly repeatable: boolean;
	readonly signal: AbortSignal;
};

/** A pool of kept connections that are opened by `dial`. */
export function connectionPool(dial: Dial, signal: AbortSignal): http.Agent {
	const pool = new http.Agent({keepAlive: true, timeout: idleMilliseconds, scheduling: 'lifo'});
	pool.createConnection = (_, callback) => {
		void dialFor(callback as DialCallback, dial, signal);
		return undefined;
	};
	return pool;
}

/** A kept connection that failed, or gave no answer in time, is one that something on the way has forgotten: the others are too. */
function dropIdle({freeSockets}: http.Agent): void {
	for (const socket of Object.values(freeSockets).flatMap(each => each ?? [])) socket.destroy();
}

/**
 * Sends one request and reads the whole answer; once more over a new connection where the server has closed a kept one just then, and the
 * request may be repeated (RFC 9112, 9.3.1). Rejects with the socket's own error, or an AbortError.
 */
export async function exchange(pool: http.Agent, request: HttpRequest): Promise<ServerAnswer> {
	let isKept = false;
	const onKept = (): void => void (isKept = true);
	const answer = await answerOver(pool, request, onKept).catch(async (error: unknown) => {
		if (!isKept || !request.repeatable || request.signal.aborted) throw error;
		// None of the kept ones: more may have been given back that are about to be closed.
		const alone = new http.Agent();
		alone.createConnection = pool.createConnection.bind(pool);
		return answerOver(alone, request);
	});
	return wholeAnswer(answer);
}

/** @param onKept told before it fails that it went over a kept connection */
async function answerOver(
	agent: http.Agent,
	{method, url, headers, body, signal}: HttpRequest,
	onKept?: () => void,
): Promise<http.IncomingMessage> {
	return new Promise((resolve, reject) => {
		const request = http.request({agent, method, path: url.pathname + url.search, headers: {host: url.host, ...headers}, signal});
		request.on('error', error => {
			if (request.reusedSocket) {
				dropIdle(agent);
				onKept?.();
			}

			reject(error);
		});
		request.on('response', resolve).end(body);
	});
}

/** Status, headers of interest and the body, unpacked and in memory. */
export async function wholeAnswer(response: http.IncomingMessage, maximumBytes = maximumAnswerBytes): Promise<ServerAnswer> {
	const chunks: Buffer[] = [];
	let length = 0;
	for await (const chunk of response as AsyncIterable<Buffer>) {
		length += chunk.length;
		if (length > maximumBytes) throw tooLarge(maximumBytes);
		chunks.push(chunk);
	}

	return {
		status: response.statusCode ?? 0,
		contentType: response.headers['content-type'] ?? '',
		retryAfter: response.headers['retry-after'],
		date: response.headers.date,
		body: await unpacked(Buffer.concat(chunks), response.headers['content-encoding'], maximumBytes),
	};
}

/**
 * Gives the memory of a large answer back at once; nothing may read it afterwards. The collector lets such buffers come together to 64 MB and
 * more before it looks for them: they are not in its heap.
 */
export function release({body}: Pick<ServerAnswer, 'body'>): void {
	const {buffer} = body;
	// Small ones are parts of a buffer that others have parts of too.
	if (buffer instanceof ArrayBuffer && buffer.byteLength > largestShared) buffer.transfer(0);
}

async function unpacked(body: Buffer, encoding: string | undefined, maximumBytes: number): Promise<Buffer> {
	if (encoding !== 'gzip') return body;
	// One at a time: what a few kilobytes become is known only afterwards.
	return unpacking.use(async () => {
		// As its end tells (RFC 1952, ISIZE), so that it is unpacked in one piece; who tells another length is unpacked in more.
		const length = body.length < 4 ? 0 : body.readUInt32LE(body.length - 4);
		const options = {maxOutputLength: maximumBytes, chunkSize: Math.max(smallestPiece, Math.min(maximumBytes, length + 1))};
		return gunzip(body, options).catch((error: unknown) => {
			throw (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? tooLarge(maximumBytes) : error;
		});
	});
}

/** An answer of more bytes than are read, unpacked ones. */
export class AnswerTooLarge extends ActionableError {}

function tooLarge(maximumBytes: number): AnswerTooLarge {
	return new AnswerTooLarge(
		`the server's answer is larger than ${maximumBytes / 1024} KiB`,
		'Check the server address: no Kubernetes API answers like this',
	);
}
