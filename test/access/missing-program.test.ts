import {describe, expect, test} from 'vitest';
import {runByExec, runProgramByExec} from '../../source/access/exec-run.ts';
import {MissingProgram, saysMissingProgram} from '../../source/access/missing-program.ts';
import type {ExecResult} from '../../source/cluster/cluster-client.ts';
import {fakeCluster, refusal} from '../evidence/fake-cluster.ts';

describe('a program that is not in the image, in the words of each runtime', () => {
	test.each([
		[
			'runc, no path',
			'OCI runtime exec failed: exec failed: unable to start container process: exec: "sh": executable file not found in $PATH: unknown',
		],
		[
			'runc, escaped once more',
			String.raw`failed to exec in container: failed to start exec "f00": OCI runtime exec failed: exec failed: unable to start container process: exec: \"sh\": executable file not found in $PATH: unknown`,
		],
		[
			'runc, with a path',
			'OCI runtime create failed: runc create failed: unable to start container process: error during container init: exec: "/bin/sh": stat /bin/sh: no such file or directory: unknown',
		],
		['runc 1.2', 'error executing command in container: exec /bin/sh: no such file or directory'],
		[
			'runc of before',
			'OCI runtime exec failed: exec failed: container_linux.go:380: starting container process caused: exec: "sh": executable file not found in $PATH: unknown',
		],
		['crun', 'container create failed: executable file `sh` not found in $PATH: No such file or directory'],
		['CRI-O with crun', 'exec failed: unable to start container process: executable file not found in $PATH'],
		['youki', "failed to prepare init process: executable 'sh' for container process not found in $PATH"],
		['gVisor', 'OCI runtime exec failed: exec failed: error finding executable "sh" in PATH [/usr/local/sbin]: no such file or directory'],
		['Kata', 'rpc error: code = Internal desc = ENOENT: No such file or directory: unknown'],
		['Go', 'fork/exec /bin/sh: no such file or directory'],
	])('%s', (_, said) => expect(saysMissingProgram(said)).toBe(true));

	test.each([
		[
			'a mount',
			'failed to create containerd task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: error mounting "/opt/cni/bin" to rootfs: stat /opt/cni/bin: no such file or directory',
		],
		['a container', 'failed to find container "f00" in store: not found'],
		['a pod', 'pods "cilium-1" not found'],
		['an image', 'failed to pull and unpack image "quay.io/cilium/cilium:v1": not found'],
		['no right to run it', 'exec failed: unable to start container process: exec: "sh": permission denied'],
		['a node', 'error dialing backend: dial tcp: lookup node-1: no such host'],
		['nothing', ''],
	])('not %s', (_, said) => expect(saysMissingProgram(said)).toBe(false));
});

const target = {namespace: 'n', pod: 'p', container: 'c'};
const options = {signal: new AbortController().signal, timeoutMilliseconds: 1000};
const ended = (exitCode: number, stdout: string, stderr: string): ExecResult => ({
	stdout: Buffer.from(stdout),
	stderr: Buffer.from(stderr),
	exitCode,
	truncated: false,
});
const client = (answer: ExecResult | Error): ReturnType<typeof fakeCluster> =>
	fakeCluster({exec: async () => (answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer))});
const words = 'OCI runtime exec failed: exec failed: exec: "sh": executable file not found in $PATH: unknown';

describe('exec of a program that is not there', () => {
	test('an error of the server, or a code of the runtime with its words', async () => {
		for (const answer of [
			refusal(500, words, 'create', 'pods/exec'),
			ended(126, `${words}\r\n`, ''),
			ended(255, '', words),
			ended(127, '', words),
		]) {
			await expect(runByExec(client(answer), target, 'true', options)).rejects.toMatchObject({
				name: 'MissingProgram',
				message: 'the image of pod n/p has no shell',
				hint: expect.stringMatching(/--image IMAGE.*--via ssh/u) as string,
			});
			await expect(runProgramByExec(client(answer), target, ['cilium-dbg', 'status'], options)).rejects.toThrow('has no cilium-dbg: ');
		}
	});

	test('what a shell says of a program that its script names is the script’s own result', async () => {
		const said = ended(127, '', 'sh: 1: exec: cilium: not found\n');
		expect(await runByExec(client(said), target, 'exec cilium', options)).toMatchObject({exitCode: 127});
		expect(await runByExec(client(ended(1, words, '')), target, 'cat log', options)).toMatchObject({exitCode: 1, stdout: words});
	});

	test('another failure stays what it is', async () => {
		const refused = refusal(403, 'you may not', 'create', 'pods/exec');
		await expect(runByExec(client(refused), target, 'true', options)).rejects.toBe(refused);
		await expect(runByExec(client(refused), target, 'true', options)).rejects.not.toBeInstanceOf(MissingProgram);
	});
});
