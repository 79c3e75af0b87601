import {chmod, mkdir, readFile, rename, rm, symlink, truncate, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {until} from './kubectl.ts';
import {copyPortmap, debianPortmap} from './nodes.ts';
import {run, start} from './processes.ts';
import {networkOf, runFolder} from './tested-cluster.ts';

export type NodeName = 'node-1' | 'node-2';

const portmapOf = (node: NodeName): string => path.join(runFolder, node, 'cni-bin', 'portmap');
const configurationOf = (node: NodeName, file: string): string => path.join(runFolder, node, 'cni-conf', file);

/** Runs a command in the node's network. */
export async function onNode(node: NodeName, command: string): Promise<string> {
	return await run('ip', ['netns', 'exec', networkOf(node), 'sh', '-ec', command], {timeoutSeconds: 20});
}

/** What may lie where the node's runtime looks for portmap. */
export type PortmapKind =
	| 'working'
	| 'none'
	| 'not-executable'
	| 'aarch64'
	| 'folder'
	| 'empty'
	| 'cut off'
	| 'script without interpreter'
	| 'link'
	| 'link to nothing';

/** Puts that thing there, whatever was there before. */
export async function setPortmap(node: NodeName, kind: PortmapKind): Promise<void> {
	const file = portmapOf(node);
	await rm(file, {force: true, recursive: true});
	switch (kind) {
		case 'none': {
			return;
		}

		case 'folder': {
			await mkdir(file);
			return;
		}

		case 'link': {
			return await symlink(debianPortmap, file);
		}

		case 'link to nothing': {
			return await symlink('./portmap-1.3.0', file);
		}

		case 'empty': {
			return await writeFile(file, '', {mode: 0o755});
		}

		case 'script without interpreter': {
			return await writeFile(file, '#!/usr/lib/no-such-interpreter\n', {mode: 0o755});
		}

		default: {
			await copyPortmap(file);
		}
	}

	if (kind === 'not-executable') await chmod(file, 0o644);
	if (kind === 'cut off') await truncate(file, 100_000);
	if (kind === 'aarch64') {
		const content = await readFile(file);
		// e_machine of the ELF header: EM_AARCH64.
		content.writeUInt16LE(183, 18);
		await writeFile(file, content);
	}
}

/** Takes another plugin away, and gives back what puts it there again. */
export async function takePlugin(node: NodeName, plugin: string): Promise<() => Promise<void>> {
	const file = path.join(runFolder, node, 'cni-bin', plugin);
	const aside = path.join(runFolder, node, `${plugin}.aside`);
	await rename(file, aside);
	return async () => rename(aside, file);
}

/** A mapping as portmap makes it, for a pod that there may or may not be. `before`: it stands first, as one from before would. */
export async function forgeMapping(
	node: NodeName,
	{chain, port, target, before, network = 'portmap'}: {chain: string; port: number; target: string; before: boolean; network?: string},
): Promise<() => Promise<void>> {
	const jump = `-p tcp -m comment --comment 'dnat name: "${network}" id: "${chain}"' -m multiport --dports ${port} -j CNI-DN-${chain}`;
	await onNode(
		node,
		`iptables -t nat -N CNI-DN-${chain}
		iptables -t nat -A CNI-DN-${chain} -p tcp -m tcp --dport ${port} -j DNAT --to-destination ${target}
		iptables -t nat ${before ? '-I CNI-HOSTPORT-DNAT 1' : '-A CNI-HOSTPORT-DNAT'} ${jump}`,
	);
	return async () => {
		await onNode(
			node,
			`iptables -t nat -D CNI-HOSTPORT-DNAT ${jump}; iptables -t nat -F CNI-DN-${chain}; iptables -t nat -X CNI-DN-${chain}`,
		);
	};
}

export async function writeConfiguration(node: NodeName, file: string, content: string): Promise<void> {
	await writeFile(configurationOf(node, file), content);
}

/** A link in the CNI folder, to whatever path. */
export async function linkConfiguration(node: NodeName, file: string, to: string): Promise<void> {
	await symlink(to, configurationOf(node, file));
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

/** Where portmap's rules lead that anything leads to. */
export async function mappedAddresses(node: NodeName): Promise<string[]> {
	const rules = (await onNode(node, 'iptables-nft-save -t nat 2>/dev/null')).split('\n');
	const chains = new Set(rules.flatMap(rule => /^-A CNI-HOSTPORT-DNAT .* -j (?<chain>CNI-DN-\S+)$/u.exec(rule)?.groups?.['chain'] ?? []));
	return rules.flatMap(rule => {
		const {chain = '', address = ''} = /^-A (?<chain>CNI-DN-\S+) .*--to-destination (?<address>[\d.]+):/u.exec(rule)?.groups ?? {};
		return chains.has(chain) ? [address] : [];
	});
}

/** A process of the host that listens on a port, until it is told to end; it listens when this returns. */
export async function listenOnHost(node: NodeName, port: number, address = '0.0.0.0'): Promise<() => Promise<void>> {
	const server = `require('node:net').createServer().listen(${port}, '${address}')`;
	const listener = start('ip', ['netns', 'exec', networkOf(node), process.execPath, '-e', server], {timeoutSeconds: 120});
	const listening = `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
	await until('the listener', 20, async () =>
		(await onNode(node, 'cat /proc/net/tcp /proc/net/tcp6')).includes(listening) ? true : undefined,
	);
	return async () => {
		listener.signal('SIGTERM');
		await listener.ended;
	};
}
