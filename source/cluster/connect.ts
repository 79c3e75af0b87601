import {realClock, type Clock} from '../clock.ts';
import type {ClusterClient} from './cluster-client.ts';
import {openConnection} from './connection.ts';
import type {ConnectionFlags} from './connection-flags.ts';
import {credentialsOf} from './credentials.ts';
import {dialer} from './dial.ts';
import {parseDuration} from './duration.ts';
import type {LendTerminal} from './exec-credential.ts';
import {execInPod} from './pod-exec.ts';
import {proxyFor} from './proxy.ts';
import {requestsOver} from './requests.ts';
import {namesOf, targetOf} from './target.ts';
import {watchOver} from './watch.ts';

/** What a connection to a cluster is opened with. */
export type ConnectOptions = {
	readonly environment: NodeJS.ProcessEnv;
	/** Ends everything that goes over this connection. */
	readonly signal: AbortSignal;
	/** 6: a line for each request; never headers, bodies or tokens. 0: a warning. */
	readonly log: (level: number, line: string) => void;
	/** Called around a credential plug-in that may talk to the person: a TUI hands over its terminal here. Without it the plug-in just uses it. */
	readonly lendTerminal?: LendTerminal;
	/** For the pauses between tries. */
	readonly clock?: Clock | undefined;
};

const defaultTimeoutMilliseconds = 30_000;

/**
 * The way to the cluster that flags, kubeconfig or service account name, by kubectl's rules. Fetches the credentials
 * (and runs their plug-in) at once; the server is first asked with the first request.
 * @throws UsageError when the command line or the kubeconfig names what does not exist or cannot be used
 * @throws ActionableError when credentials cannot be had
 */
export async function connect(flags: ConnectionFlags, options: ConnectOptions): Promise<ClusterClient> {
	const {environment, signal, log, lendTerminal = use => use(), clock = realClock} = options;
	const timeoutMilliseconds =
		flags.requestTimeout === undefined ? defaultTimeoutMilliseconds : parseDuration(flags.requestTimeout, '--request-timeout');
	const target = await targetOf(flags, environment, signal);
	const isTerminal = process.stdin.isTTY;
	const credentials = credentialsOf(target, {environment, signal, isTerminal, lendTerminal, log});
	const dial = dialer(target, credentials, proxyFor(target.server, target.cluster['proxy-url'], environment));
	const connection = openConnection(target, credentials, dial, {signal, log, clock});
	await credentials.current();
	const requests = requestsOver(connection, {timeoutMilliseconds, compression: target.cluster['disable-compression'] !== true});
	return {
		request: requests.request,
		list: requests.list,
		get serverTime() {
			return requests.serverTime;
		},
		...namesOf(target),
		namespace: target.namespace,
		get requestCount() {
			return connection.requestCount;
		},
		pressure: connection.pressure,
		watch: watchOver(connection),
		exec: (pod, command, execOptions) => execInPod(connection, pod, command, execOptions),
		async close() {
			connection.close();
		},
	};
}
