import type {ClusterClient, ExecTarget} from '../cluster/cluster-client.ts';
import type {RunOptions, RunResult} from './access.ts';

/**
 * Takes the script from stdin, by its length, and then runs it with stdin empty. In the command itself it would go
 * into the request's address, which gateways in front of API servers limit (nginx: 8 KiB) and audit logs keep;
 * and stdin cannot be closed before Kubernetes 1.30, so its end must not be waited for.
 */
const runFromStdin = 'script=$(head -c "$1"; echo .) && shift && eval "${script%.}" </dev/null';

/**
 * Runs a POSIX `sh` script in a container in one round trip.
 * @param through words of a program of the container that starts the shell; none: it is started as it is
 */
export async function runByExec(
	client: ClusterClient,
	target: ExecTarget,
	script: string,
	options: RunOptions,
	through: readonly string[] = [],
): Promise<RunResult> {
	const stdin = new TextEncoder().encode(script);
	const {signal, timeoutMilliseconds, maximumOutputBytes, parameters = []} = options;
	const result = await client.exec(target, [...through, 'sh', '-c', runFromStdin, 'sh', String(stdin.length), ...parameters], {
		stdin,
		signal,
		timeoutMilliseconds,
		...(maximumOutputBytes !== undefined && {maximumOutputBytes}),
	});
	const decoder = new TextDecoder();
	return {
		stdout: decoder.decode(result.stdout),
		stderr: decoder.decode(result.stderr),
		exitCode: result.exitCode,
		truncated: result.truncated,
	};
}
