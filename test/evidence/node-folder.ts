import {spawn} from 'node:child_process';
import {chmod, mkdir, mkdtemp, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ExecResult} from '../../source/cluster/cluster-client.ts';

/** A node made of plain folders, against which the real node script runs. */
export type NodeFolder = {
	readonly root: string;
	readonly configuration: string;
	readonly binaries: string;
	/** Comes first in PATH: stands in for the node's own commands. */
	readonly commands: string;
};

export async function makeNodeFolder(): Promise<NodeFolder> {
	const root = await mkdtemp(join(tmpdir(), 'hostport node '));
	const node = {root, configuration: join(root, 'net d'), binaries: join(root, 'bin'), commands: join(root, 'commands')};
	await Promise.all([node.configuration, node.binaries, node.commands].map(async folder => mkdir(folder)));
	const [uname, date] = [`echo '5.4.0-163-generic x86_64'`, 'echo 1700000000'];
	await Promise.all([addCommand(node, 'uname', uname), addCommand(node, 'date', date)]);
	return node;
}

export async function addCommand({commands}: NodeFolder, name: string, script: string): Promise<void> {
	await addProgram(join(commands, name), script);
}

export async function addProgram(file: string, script: string): Promise<void> {
	await writeFile(file, `#!/bin/sh\n${script}\n`);
	await chmod(file, 0o755);
}

/** Runs a command with the node's PATH, as exec in a pod would. */
export async function runOnNode(node: NodeFolder, command: readonly string[], stdin: Uint8Array | string): Promise<ExecResult> {
	const [program = 'sh', ...words] = command;
	const child = spawn(program, words, {env: {PATH: `${node.commands}:${process.env['PATH'] ?? ''}`}});
	const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
	child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
	child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
	// A program may end before it has read everything.
	child.stdin.on('error', () => undefined);
	// Left open on purpose: exec before Kubernetes 1.30 cannot close it.
	child.stdin.write(stdin);
	const exitCode = await new Promise<number>((resolve, reject) => {
		child.on('error', reject);
		child.on('close', code => resolve(code ?? 137));
	});
	child.stdin.destroy();
	return {stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr), exitCode, truncated: false};
}
