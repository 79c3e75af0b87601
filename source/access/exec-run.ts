import type {ClusterClient, ExecTarget} from '../cluster/cluster-client.ts';
import {ClusterError} from '../cluster/cluster-error.ts';
import {messageOf} from '../errors.ts';
import {printableLine} from '../foreign-text.ts';
import type {RunOptions, RunResult} from './access.ts';
import {MissingProgram, saysMissingProgram, withoutShellHint} from './missing-program.ts';

/**
 * Takes the script from stdin, by its length, and then runs it with stdin empty. In the command itself it would go
 * into the request's address, which gateways in front of API servers limit (nginx: 8 KiB) and audit logs keep;
 * and stdin cannot be closed before Kubernetes 1.30, so its end must not be waited for.
 */
const runFromStdin = 'script=$(head -c "$1"; echo .) && shift && eval "${script%.}" </dev/null';

/** Thousands of nodes run the same one. */
let last = {script: '', bytes: new Uint8Array()};

/**
 * Runs a POSIX `sh` script in a container in one round trip.
 * @param through words of a program of the container that starts the shell; none: it is started as it is
 * @throws MissingProgram where the image has no shell
 */
export async function runByExec(
	client: ClusterClient,
	target: ExecTarget,
	script: string,
	options: RunOptions,
	through: readonly string[] = [],
): Promise<RunResult> {
	if (last.script !== script) last = {script, bytes: new TextEncoder().encode(script)};
	const stdin = last.bytes;
	const command = [...through, 'sh', '-c', runFromStdin, 'sh', String(stdin.length), ...(options.parameters ?? [])];
	return execute(client, target, command, {...options, stdin});
}

/**
 * Runs a program of a container by its words, without a shell. A non-zero exit code is a result.
 * @throws MissingProgram where the image has no such program
 */
export async function runProgramByExec(
	client: ClusterClient,
	target: ExecTarget,
	command: readonly string[],
	options: Omit<RunOptions, 'parameters'>,
): Promise<RunResult> {
	return execute(client, target, command, options);
}

async function execute(
	client: ClusterClient,
	target: ExecTarget,
	command: readonly string[],
	{signal, timeoutMilliseconds, maximumOutputBytes, stdin}: Omit<RunOptions, 'parameters'> & {readonly stdin?: Uint8Array},
): Promise<RunResult> {
	const limits = {signal, timeoutMilliseconds, ...(maximumOutputBytes !== undefined && {maximumOutputBytes})};
	const {stdout, stderr, ...result} = await client
		.exec(target, command, {...limits, ...(stdin !== undefined && {stdin})})
		.catch((error: unknown) => {
			if (error instanceof ClusterError && saysMissingProgram(error.message)) throw missing(target, command, messageOf(error), error);
			throw error;
		});
	const decoder = new TextDecoder();
	const ended = {...result, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr)};
	// Some runtimes answer with a code of their own and their words in the output (CRI-O 255, cri-dockerd 126 and 127).
	if (runtimeCodes.has(ended.exitCode) && isRuntimeSpeaking(`${ended.stderr}\n${ended.stdout}`)) {
		throw missing(target, command, ended.stderr || ended.stdout);
	}

	return ended;
}

const runtimeCodes: ReadonlySet<number> = new Set([126, 127, 128, 255]);

/** Not what a shell says of a program that it was to run: that is the script's own business. */
function isRuntimeSpeaking(said: string): boolean {
	return saysMissingProgram(said) && !/^\S*(?:sh|env|timeout|nsenter): /mu.test(said.trimStart());
}

function missing({namespace, pod}: ExecTarget, [program = '']: readonly string[], said: string, cause?: unknown): MissingProgram {
	const where = `pod ${namespace}/${pod}`;
	return program === 'sh'
		? new MissingProgram(`the image of ${where} has no shell`, `Use another image or access: ${withoutShellHint}`, {cause})
		: new MissingProgram(`the image of ${where} has no ${program}: ${printableLine(said, 200)}`, 'Use an image that has it.', {cause});
}
