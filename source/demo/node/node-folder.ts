import {constants} from 'node:fs';
import {access, mkdir, readdir, readFile, rename, rm, utimes, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {agentAnswers} from './agent-answers.ts';
import {chainsPortmap, cniFile, fateOfNeighbour} from './cni-file.ts';
import type {DemoNode} from './demo-node.ts';
import {chainName, natTable} from './port-mappings.ts';
import type {Scene} from '../scene.ts';
import {canRunPortmap, writePortmapProgram} from './portmap-program.ts';
import {writePlugin} from './stand-in-commands.ts';

const configurationFolder = 'etc/cni/net.d';
const binaryFolder = 'opt/cni/bin';
/** Written by the stand-in of iptables-restore: one name a line. */
const removedChains = 'answers/removed-chains';

/** The nodes' folders below `root`, made when first needed: of a thousand nodes only those that are asked take room. */
export type NodeFolders = ReturnType<typeof createNodeFolders>;

/** Makes the folders that play the nodes' file systems, below `root`. */
export function createNodeFolders(root: string, scene: Scene) {
	const made = new Map<string, Promise<string>>();
	const written = new Map<string, string>();
	const underWay = new Set<Promise<string>>();
	let closed = false;

	function folderOf(node: DemoNode): Promise<string> {
		if (closed) return Promise.reject(new Error('the demo cluster is stopping'));
		const folder = made.get(node.name) ?? makeFolder(path.join(root, node.name), node, scene);
		made.set(node.name, folder);
		return folder;
	}

	/** Brings what the node's commands print up to date. */
	async function refreshAnswers(node: DemoNode, folder: string): Promise<void> {
		const files = Object.entries(answersOf(node, scene)).map(([name, text]) => [path.join(folder, 'answers', name), text] as const);
		const changed = files.filter(([file, text]) => written.get(file) !== text);
		await Promise.all(changed.map(async ([file, text]) => writeFile(file, text).then(() => written.set(file, text))));
	}

	return {
		/** The node's folder with its answers up to date. */
		async open(node: DemoNode): Promise<string> {
			const opening = folderOf(node).then(async folder => {
				await forgetRemovedChains(node, folder);
				await refreshAnswers(node, folder);
				return folder;
			});
			underWay.add(opening);
			return opening.finally(() => underWay.delete(opening));
		},
		/** What the agent does to the configuration folder when it starts: writes its file, clears the neighbours. */
		async writeCniFile(node: DemoNode): Promise<void> {
			if (node.agent) await startIn(path.join(await folderOf(node), configurationFolder), node.agent);
		},
		/** Whether the container runtime would call portmap for a pod: what the first CNI file by name says. */
		async callsPortmap(node: DemoNode): Promise<boolean> {
			const folder = path.join(await folderOf(node), configurationFolder);
			const [first] = (await readdir(folder)).filter(name => /\.(conf|conflist|json)$/u.test(name)).sort();
			return first !== undefined && chainsPortmap(await readFile(path.join(folder, first), 'utf8'));
		},
		/** Whether it would find it. */
		async findsPortmap(node: DemoNode): Promise<boolean> {
			const file = path.join(await folderOf(node), binaryFolder, 'portmap');
			return access(file, constants.X_OK).then(
				() => true,
				() => false,
			);
		},
		/** Makes no more folders and waits for those under way, so that the root can be removed for good. */
		async close(): Promise<void> {
			closed = true;
			await Promise.allSettled([...made.values(), ...underWay]);
		},
	};
}

async function startIn(folder: string, agent: NonNullable<DemoNode['agent']>): Promise<void> {
	const file = cniFile(agent);
	if (!file) return;
	const temporary = path.join(folder, '.05-cilium.tmp');
	await writeFile(temporary, file.content);
	await rename(temporary, path.join(folder, file.name));
	for (const name of await readdir(folder)) {
		const fate = fateOfNeighbour(name, file.name, agent);
		if (fate === 'delete') await rm(path.join(folder, name));
		if (fate === 'rename') await rename(path.join(folder, name), path.join(folder, `${name}.cilium_bak`));
	}
}

async function forgetRemovedChains(node: DemoNode, folder: string): Promise<void> {
	const removed = new Set((await readFile(path.join(folder, removedChains), 'utf8')).split('\n'));
	for (const [uid, {sandbox}] of node.wired) if (removed.has(chainName(sandbox))) node.wired.delete(uid);
}

async function makeFolder(folder: string, node: DemoNode, scene: Scene): Promise<string> {
	for (const name of [
		configurationFolder,
		binaryFolder,
		'etc/containerd',
		'answers',
		'var/run/cilium',
		'container/tmp',
		'container/proc/net',
		'container/proc/sys/net/ipv4',
	]) {
		await mkdir(path.join(folder, name), {recursive: true});
	}
	const file = node.agent && cniFile(node.agent);
	const plugins = ['cilium-cni', 'loopback', ...(node.shape.portmap ? ['portmap'] : [])];
	await Promise.all([
		...(file ? [writeAged(path.join(folder, configurationFolder, file.name), file.content, node.agent?.startedAt ?? node.joined)] : []),
		...plugins.map(async name => {
			const target = path.join(folder, binaryFolder, name);
			// A node's portmap is a program where possible, so that a repair can take it from there.
			await (name === 'portmap' && canRunPortmap ? writePortmapProgram(target) : writePlugin(target));
			await utimes(target, node.joined, node.joined);
		}),
		writeAged(path.join(folder, 'etc/containerd/config.toml'), containerdConfiguration, node.joined),
		...Object.entries(procFiles).map(([name, text]) => writeFile(path.join(folder, 'container/proc', name), text)),
		writeFile(path.join(folder, removedChains), ''),
		writeFile(path.join(folder, 'answers/kernel'), `${scene.machine.kernel}\n`),
	]);
	return folder;
}

async function writeAged(file: string, text: string, date: Date): Promise<void> {
	await writeFile(file, text);
	await utimes(file, date, date);
}

const containerdConfiguration = `version = 2
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "/opt/cni/bin"
  conf_dir = "/etc/cni/net.d"
`;

const socketHeader = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
/** The host network as /proc shows it: sshd on 22 (0016) and the kubelet on 10250 (280A) listen. */
const procFiles = {
	'net/tcp': `${socketHeader}   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 20131 1 0000000000000000 100 0 0 10 0\n`,
	'net/tcp6': `${socketHeader}   0: 00000000000000000000000000000000:280A 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 23517 1 0000000000000000 100 0 0 10 0\n`,
	'net/udp': socketHeader,
	'net/udp6': socketHeader,
	'sys/net/ipv4/ip_local_port_range': '32768\t60999\n',
};

const serviceRules = [
	'-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000',
	'-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN',
	'-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0',
	'-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully',
	'-A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS',
];
/** By these chains Cilium and kube-proxy find out which backend the other uses. */
const mangleTable = [
	'*mangle',
	':PREROUTING ACCEPT [0:0]',
	':KUBE-IPTABLES-HINT - [0:0]',
	':KUBE-KUBELET-CANARY - [0:0]',
	':KUBE-PROXY-CANARY - [0:0]',
	'COMMIT',
	'',
].join('\n');

function answersOf(node: DemoNode, scene: Scene): Record<string, string> {
	const backend = scene.machine.iptables;
	return {
		...(node.agent &&
			agentAnswers({agent: node.agent, nodeIP: node.address, kubernetes: scene.kubernetes, hostPorts: [...node.hostPorts.values()]})),
		[`iptables-${backend}-save.nat`]: natTable([...node.wired.values()], serviceRules),
		[`iptables-${backend}-save.mangle`]: mangleTable,
		[`ip6tables-${backend}-save.nat`]: natTable([], []),
	};
}
