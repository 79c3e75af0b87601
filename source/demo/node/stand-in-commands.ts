import {chmod, mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import bash from './stand-ins/bash.sh';
import bpftool from './stand-ins/bpftool.sh';
import cilium from './stand-ins/cilium.sh';
import iptablesRestore from './stand-ins/iptables-restore.sh';
import iptablesSave from './stand-ins/iptables-save.sh';
import nft from './stand-ins/nft.sh';
import plugin from './stand-ins/plugin.sh';
import uname from './stand-ins/uname.sh';

/**
 * Writes the programs of a node and of the agent's image as small scripts, to lie before the user's PATH. What they print
 * comes from the node's folder of answers, so one set serves every node. `cilium-dbg` is the name from Cilium 1.15 on;
 * `cilium` stays beside it.
 */
export async function writeStandInCommands(folder: string, ciliumMinor: number): Promise<void> {
	await mkdir(folder, {recursive: true});
	const saves = ['iptables', 'ip6tables'].flatMap(name => [`${name}-nft-save`, `${name}-legacy-save`]);
	const scripts = new Map([
		['uname', uname],
		['bash', bash],
		['nft', nft],
		['bpftool', bpftool],
		['cilium', cilium],
		...saves.map(name => [name, iptablesSave] as const),
	]);
	for (const name of saves) scripts.set(name.replace(/-save$/u, '-restore'), iptablesRestore);
	if (ciliumMinor >= 15) scripts.set('cilium-dbg', cilium);
	await Promise.all([...scripts].map(([name, text]) => writeExecutable(path.join(folder, name), text)));
}

/** Puts a CNI plugin that answers nothing but VERSION into a binary folder. */
export async function writePlugin(file: string): Promise<void> {
	await writeExecutable(file, plugin);
}

async function writeExecutable(file: string, text: string): Promise<void> {
	await writeFile(file, text);
	await chmod(file, 0o755);
}
