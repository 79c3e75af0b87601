import http from 'node:http';
import {StringDecoder} from 'node:string_decoder';
import {ActionableError} from '../errors.ts';
import type {ClusterClient} from './cluster-client.ts';
import type {Connection} from './connection.ts';
import {wholeAnswer} from './http-exchange.ts';
import {subjectOf} from './request-subject.ts';
import {refusal} from './server-answer.ts';

/** A pod with its managed fields is some 20 kB; etcd takes no object above 1.5 MiB. */
const longestLine = 4 * 1024 * 1024;

/** A watch over a connection: see `ClusterClient`. */
export function watchOver(connection: Connection): ClusterClient['watch'] {
	return async (path, {query, signal, onLine}) => {
		const subject = {...subjectOf('GET', path), verb: 'watch'};
		const url = connection.url(path, {...query, watch: true, allowWatchBookmarks: true});
		// Whoever watches begins again where it left off, which no repetition here can know.
		await connection.send(
			subject,
			{signal, timeoutMilliseconds: 0, repeatable: false},
			async ({headers, pool, signal: own, unauthorized}) => {
				const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
					http
						.request({
							agent: pool,
							path: url.pathname + url.search,
							headers: {host: url.host, ...headers, accept: 'application/json'},
							signal: own,
						})
						.on('error', reject)
						.on('response', resolve)
						.end();
				});
				const status = response.statusCode ?? 0;
				if (status >= 300) throw refusal(subject, connection.server, await wholeAnswer(response), unauthorized);
				await eachLine(response, onLine);
				return [status, undefined];
			},
		);
	};
}

async function eachLine(response: http.IncomingMessage, onLine: (line: string) => void): Promise<void> {
	const decoder = new StringDecoder('utf8');
	let rest = '';
	for await (const part of response as AsyncIterable<Buffer>) {
		const lines = (rest + decoder.write(part)).split('\n');
		rest = lines.pop() ?? '';
		for (const line of lines) if (line !== '') onLine(line);
		if (rest.length > longestLine)
			throw new ActionableError('the server sends a change without an end', 'Check proxies in between: a Kubernetes API does not do that.');
	}
}
