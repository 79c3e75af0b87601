import type http from 'node:http';
import {abortMeanwhile, orAborted, withLimit} from '../abort.ts';
import type {Clock} from '../clock.ts';
import {ActionableError} from '../errors.ts';
import {pressureGauge, type Pressure, type PressureGauge} from '../pressure.ts';
import {version} from '../version.ts';
import {ClusterError} from './cluster-error.ts';
import {connectionFailure} from './connection-failure.ts';
import type {ConnectionTarget} from './connection-target.ts';
import type {Credential, Credentials} from './credential.ts';
import type {Dial} from './dial.ts';
import {connectionPool} from './http-exchange.ts';
import {impersonationHeaders} from './impersonation.ts';
import {refusedCredentials} from './refused-credentials.ts';
import {subjectText, type RequestSubject} from './request-subject.ts';
import type {Unauthorized} from './server-answer.ts';
import {isStrained, isTurnedAway, waitBeforeNextTry} from './tries.ts';

/** One try: what it is sent with, and by when it must be through. */
export type Attempt = {
	readonly headers: http.OutgoingHttpHeaders;
	readonly signal: AbortSignal;
	readonly pool: http.Agent;
	readonly dial: Dial;
	readonly unauthorized: Unauthorized;
};

type SendOptions = {
	readonly signal?: AbortSignal | undefined;
	/** For all tries together; 0: no limit. */
	readonly timeoutMilliseconds: number;
	/** Whether doing it twice is the same as doing it once. */
	readonly repeatable: boolean;
	/** What the server turns away is tried as long as there is time. */
	readonly isPatient?: boolean;
};

/** What requests and exec have in common: identity, time limit, tries, count and log. */
export type Connection = {
	/** Host and port, for messages. */
	readonly server: string;
	readonly requestCount: number;
	readonly pressure: Pressure;
	url(path: string, query?: Readonly<Record<string, string | number | boolean | undefined>>): URL;
	/**
	 * Tries `once` until it comes through or another try is of no use. `once` gives the status for the log beside its result.
	 * Limit and tries begin when credentials are there: a person at a log-in page is not hurried.
	 * @throws ClusterError, or the signal's reason
	 */
	send<T>(
		subject: RequestSubject,
		options: SendOptions,
		once: (attempt: Attempt) => Promise<readonly [status: number, result: T]>,
	): Promise<T>;
	close(): void;
};

type ConnectionOptions = {
	readonly signal: AbortSignal;
	readonly log: (level: number, line: string) => void;
	readonly clock: Clock;
};

/** Opens a connection to the API server: sends requests, tries again where that is safe, and fetches credentials anew when they expire. */
export function openConnection(
	target: ConnectionTarget,
	credentials: Credentials,
	dial: Dial,
	{signal: program, log, clock}: ConnectionOptions,
): Connection {
	const closing = new AbortController();
	const server = target.server.host;
	const openPool = (): http.Agent => poolUntil(closing.signal, dial, program);
	let pool = openPool();
	let requestCount = 0;
	const pressure = pressureGauge();
	const tryWith = attempting(target, log);

	return {
		server,
		pressure,
		get requestCount() {
			return requestCount;
		},
		url: urlBelow(target.server),
		async send(subject, {signal, timeoutMilliseconds, repeatable, isPatient}, once) {
			const stopping = [program, closing.signal, ...(signal === undefined ? [] : [signal])];
			return abortMeanwhile(stopping, async caller => {
				let end: number | undefined;
				let renewed = false;
				for (let tries = 1; ; tries += 1) {
					const credential = await orAborted(credentials.current(), caller);
					end ??= timeoutMilliseconds > 0 ? performance.now() + timeoutMilliseconds : Number.POSITIVE_INFINITY;
					const limit = {milliseconds: end - performance.now(), late: () => outOfTime(subject, server, timeoutMilliseconds)};
					requestCount += 1;
					try {
						return await withLimit(caller, limit, async own =>
							tryWith(credential, subject, {kind: credentials.kind, signal: own, pool, dial}, once),
						);
					} catch (error) {
						if (caller.aborted) throw caller.reason;
						if (!(error instanceof ClusterError)) throw error;
						if (error.status === 401 && !renewed && credentials.renew(credential)) {
							// Not counted as a try. Connections opened with the old certificate are left to end of idleness.
							renewed = true;
							tries -= 1;
							pool = openPool();
							continue;
						}

						countIn(pressure, error);
						const wait = waitBeforeNextTry(error, tries, {repeatable, isPatient});
						if (wait === undefined || performance.now() + wait > end) throw error;
						const go = isTurnedAway(error) ? pressure.hold() : undefined;
						await orAborted(clock.sleep(wait, caller), caller).finally(go);
					}
				}
			});
		},
		close() {
			closing.abort(
				new ActionableError('the connection to the cluster was closed', 'Report this bug with the command and the output of -v 6.'),
			);
		},
	};
}

function countIn(pressure: PressureGauge, error: ClusterError): void {
	if (isTurnedAway(error)) pressure.turnAway();
	else if (isStrained(error)) pressure.fail();
}

function poolUntil(closed: AbortSignal, dial: Dial, program: AbortSignal): http.Agent {
	const opened = connectionPool(dial, AbortSignal.any([program, closed]));
	closed.addEventListener('abort', () => opened.destroy(), {once: true});
	return opened;
}

const urlBelow =
	(server: URL): Connection['url'] =>
	(path, query = {}) => {
		const url = new URL(server);
		url.pathname = url.pathname.replace(/\/+$/u, '') + path;
		for (const [key, value] of Object.entries(query)) if (value !== undefined) url.searchParams.append(key, String(value));
		return url;
	};

type Once<T> = (attempt: Attempt) => Promise<readonly [status: number, result: T]>;

/** What does one try with a credential, logs it, and tells its failure. */
function attempting({server, userName, impersonation}: ConnectionTarget, log: ConnectionOptions['log']) {
	const ofPerson = impersonationHeaders(impersonation);
	return async <T>(
		credential: Credential,
		subject: RequestSubject,
		{kind, ...own}: Pick<Attempt, 'signal' | 'pool' | 'dial'> & Pick<Credentials, 'kind'>,
		once: Once<T>,
	): Promise<T> => {
		const unauthorized: Unauthorized = () => refusedCredentials(server.host, userName, kind, credential);
		const headers = {
			'user-agent': `kubectl-hostport/${version}`,
			...(credential.authorization !== undefined && {authorization: credential.authorization}),
			...ofPerson,
		};
		const started = performance.now();
		const note = (outcome: number | string): void =>
			log(6, `${subject.method} ${subject.path} ${outcome} ${Math.round(performance.now() - started)} ms`);
		try {
			const [status, result] = await once({...own, headers, unauthorized});
			note(status);
			return result;
		} catch (error) {
			if (own.signal.aborted) {
				note('given up');
				throw own.signal.reason;
			}

			const failure = connectionFailure(error, subject, server.host, unauthorized);
			note(failure instanceof ClusterError ? (failure.status ?? failure.reason) : 'failed');
			throw failure;
		}
	};
}

function outOfTime(subject: RequestSubject, server: string, milliseconds: number): ClusterError {
	const limit = `${milliseconds / 1000} s`;
	const [message, hint] =
		subject.resource === 'pods/exec'
			? [`cannot ${subjectText(subject)}: it did not end within ${limit}`, 'Check the load of that node and the network to it']
			: [
					`cannot ${subjectText(subject)}: ${server} did not answer within ${limit}`,
					'Check the network, or set a longer --request-timeout',
				];
	return new ClusterError(message, hint, subject, {reason: 'RequestTimeout'});
}
