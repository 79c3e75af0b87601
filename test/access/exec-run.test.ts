import {spawnSync} from 'node:child_process';
import {expect, test} from 'vitest';
import {runByExec} from '../../source/access/exec-run.ts';
import type {RunResult} from '../../source/access/access.ts';
import type {ClusterClient, ExecOptions} from '../../source/cluster/cluster-client.ts';

const target = {namespace: 'n', pod: 'p', container: 'c'};
const options = {signal: new AbortController().signal, timeoutMilliseconds: 5000};

/** A client whose exec runs the command on this machine. */
async function run(script: string, parameters: readonly string[] = []): Promise<RunResult & {command: readonly string[]}> {
	let called: readonly string[] = [];
	const client: Pick<ClusterClient, 'exec'> = {
		async exec(_target, command, {stdin}: ExecOptions) {
			called = command;
			const [program = '', ...words] = command;
			// More on stdin than the script: where it cannot be closed, nobody may wait for its end.
			const input = Buffer.concat([stdin ?? new Uint8Array(), Buffer.from('\necho read too much\n')]);
			const {stdout, stderr, status} = await Promise.resolve(spawnSync(program, words, {input}));
			return {stdout, stderr, exitCode: status ?? -1, truncated: false};
		},
	};
	return {...(await runByExec(client as ClusterClient, target, script, {...options, parameters})), command: called};
}

test('the script runs with its parameters and tells its exit code', async () => {
	const result = await run('printf "%s|" "$@"; echo oops >&2; exit 3', ['a b', '$(id)', '', "it's"]);
	expect(result).toMatchObject({stdout: "a b|$(id)||it's|", stderr: 'oops\n', exitCode: 3, truncated: false});
});

test('a script that reads its input gets none, also in a child', async () => {
	expect((await run('cat; read -r line; echo "[$line]"\n')).stdout).toBe('[]\n');
});

test('text beyond ASCII arrives as it is', async () => {
	expect((await run('printf %s "grüße 안녕 🙂"')).stdout).toBe('grüße 안녕 🙂');
});

test('the request’s address stays short however long the script is', async () => {
	const result = await run(`echo done${' '.repeat(20_000)}`);
	expect(result.stdout).toBe('done\n');
	expect(result.command.join(' ').length).toBeLessThan(200);
});
