import {chmod, readFile, rename, rm, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {copyPortmap} from './nodes.ts';
import {run, start, type Started} from './processes.ts';
import {runFolder} from './tested-cluster.ts';

type NodeName = 'node-1' | 'node-2';

const portmapOf = (node: NodeName): string => path.join(runFolder, node, 'cni-bin', 'portmap');
const configurationOf = (node: NodeName, file: string): string => path.join(runFolder, node, 'cni-conf', file);

/** Runs a command in the node's network. */
export async function onNode(node: NodeName, command: string): Promise<string> {
	return await run('ip', ['netns', 'exec', `hp-${node}`, 'sh', '-ec', command], {timeoutSeconds: 20});
}

/** The portmap that the node's runtime finds: a working one, one nobody may execute, one for another machine, or none. */
export async function setPortmap(node: NodeName, kind: 'working' | 'not-executable' | 'aarch64' | 'none'): Promise<void> {
	const file = portmapOf(node);
	await rm(file, {force: true});
	if (kind === 'none') return;
	await copyPortmap(file);
	if (kind === 'not-executable') await chmod(file, 0o644);
	if (kind === 'aarch64') {
		const content = await readFile(file);
		// e_machine of the ELF header: EM_AARCH64.
		content.writeUInt16LE(183, 18);
		await writeFile(file, content);
	}
}

export async function writeConfiguration(node: NodeName, file: string, content: string): Promise<void> {
	await writeFile(configurationOf(node, file), content);
}

export async function readConfiguration(node: NodeName, file: string): Promise<string> {
	return await readFile(configurationOf(node, file), 'utf8');
}

export async function removeConfiguration(node: NodeName, file: string): Promise<void> {
	await rm(configurationOf(node, file), {force: true});
}

export async function renameConfiguration(node: NodeName, file: string, to: string): Promise<void> {
	await rename(configurationOf(node, file), configurationOf(node, to));
}

/** A process of the host that listens on a port, until it is told to end. */
export function listenOnHost(node: NodeName, port: number): Started {
	const server = `require('node:net').createServer().listen(${port}, '0.0.0.0')`;
	return start('ip', ['netns', 'exec', `hp-${node}`, process.execPath, '-e', server], {timeoutSeconds: 120});
}
