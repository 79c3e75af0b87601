import {readFileSync} from 'node:fs';
import {chmod, copyFile, readdir, readFile, rm, stat} from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod/mini';
import {kubectl, list, until} from './kubectl.ts';
import {run} from './processes.ts';
import {forgetRuns} from './repair.ts';
import {makeNamespace} from './cilium.ts';
import {clusterPrograms, clusterScripts, namespace, networkOf, root, runFolder, type ClusterNode} from './tested-cluster.ts';

/** Scripts that made the cluster with the real Cilium. */
const scripts = clusterScripts;

/** The Cilium that runs: 1.20.2 or 1.15.19. */
export const ciliumVersion = readFileSync(path.join(runFolder, 'version'), 'utf8').trim();
/** Whether that Cilium is older than the first one of a kind: `isBefore('1.18')`. */
export const isBefore = (minor: string): boolean => Number(ciliumVersion.split('.')[1]) < Number(minor.split('.')[1]);
export const bothNodes = ['node-1', 'node-2'] as const;
/** portmap 1.9.1, as the project built it. */
export const portmap = path.join(clusterPrograms, 'cni/portmap');
/** portmap 0.8.7, which knows CNI up to 0.4.0. */
export const oldPortmap = path.join(clusterPrograms, 'cni-0.8.7/portmap');

/** Values of the chart for the two strategies and for none. */
export const chartValues = {
	none: ['kubeProxyReplacement=false'],
	portmap: ['kubeProxyReplacement=false', 'cni.chainingMode=portmap'],
	native: ['kubeProxyReplacement=true'],
} as const;

const configMap = z.object({kind: z.literal('ConfigMap'), data: z.record(z.string(), z.string())});

/** What that version's own chart writes into cilium-config. */
export async function chartKeys(values: readonly string[]): Promise<Record<string, string>> {
	const text = await run(
		path.join(scripts, 'manifest'),
		[ciliumVersion, '--show-only', 'templates/cilium-configmap.yaml', ...values.flatMap(value => ['--set', value])],
		{
			timeoutSeconds: 60,
		},
	);
	const json = await kubectl(['create', '--dry-run=client', '--output=json', '--filename', '-'], text);
	return configMap.parse(JSON.parse(json)).data;
}

export async function ciliumKeys(): Promise<Record<string, string>> {
	return configMap.parse(JSON.parse(await kubectl(['--namespace', 'kube-system', 'get', 'configmap', 'cilium-config', '--output=json'])))
		.data;
}

/**
 * Makes cilium-config what the chart writes with these values, and these keys besides (null takes one out), to the letter, and restarts
 * the agents where that changed anything.
 */
export async function configureCilium(values: readonly string[], keys: Readonly<Record<string, string | null>> = {}): Promise<void> {
	const wanted: Record<string, string | null> = {...(await chartKeys(values)), ...keys};
	const present = await ciliumKeys();
	const patch = Object.fromEntries([
		...Object.keys(present).flatMap(key => (wanted[key] === undefined ? [[key, null] as const] : [])),
		...Object.entries(wanted).filter(([key, value]) => (present[key] ?? null) !== value),
	]);
	if (Object.keys(patch).length === 0) return;
	await kubectl([
		'--namespace',
		'kube-system',
		'patch',
		'configmap',
		'cilium-config',
		'--type=merge',
		'--patch',
		JSON.stringify({data: patch}),
	]);
	await restartCilium();
}

export async function restartCilium(): Promise<void> {
	await kubectl(['--namespace', 'kube-system', 'rollout', 'restart', 'daemonset/cilium']);
	await restartedCilium();
}

/** Waits until every agent is new and ready. */
export async function restartedCilium(): Promise<void> {
	await kubectl(['--namespace', 'kube-system', 'rollout', 'status', 'daemonset/cilium', '--timeout=140s']);
}

/** Where this machine sees a file of a node's CNI folders. */
export const binaryOf = (node: ClusterNode, plugin = 'portmap'): string => path.join(runFolder, node, 'cni-bin', plugin);
export const configurationOf = (node: ClusterNode, file: string): string => path.join(runFolder, node, 'cni-conf', file);

/** Puts portmap on nodes, or takes it away. */
export async function givePortmap(...names: readonly ClusterNode[]): Promise<void> {
	await givePortmapOf(portmap, ...names);
}

/** Puts another build of it there. */
export async function givePortmapOf(file: string, ...names: readonly ClusterNode[]): Promise<void> {
	for (const name of names) {
		await copyFile(file, binaryOf(name));
		await chmod(binaryOf(name), 0o755);
	}
}

export async function takePortmap(...names: readonly ClusterNode[]): Promise<void> {
	for (const name of names) await rm(binaryOf(name), {force: true});
}

/**
 * The start of a file of tests: no pods of tests, no journal, no portmap where no way needs it, and cilium-config as the chart writes it.
 * Pods to ask from and the two hostPorts of `web` run.
 */
export async function startOver(values: readonly string[], keys: Readonly<Record<string, string | null>> = {}): Promise<void> {
	await makeNamespace();
	await kubectl([
		'--namespace',
		namespace,
		'delete',
		'daemonsets,deployments,statefulsets,services,ciliumnetworkpolicies,networkpolicies',
		'--all',
		'--timeout=60s',
	]);
	await kubectl(['--namespace', namespace, 'delete', 'pods', '--all', '--grace-period=0', '--force']);
	await kubectl(['--namespace', 'default', 'delete', 'daemonset', 'web', '--ignore-not-found', '--timeout=60s']);
	await kubectl(['--namespace', namespace, 'delete', 'events', '--all']);
	await forgetRuns();
	const chained = values.includes('cni.chainingMode=portmap');
	if (chained) await givePortmap(...bothNodes);
	await configureCilium(values, keys);
	if (!chained) await takePortmap(...bothNodes);
	for (const node of bothNodes) await dropPortmapRules(node);
	await kubectl(['--namespace', 'default', 'apply', '--filename', path.join(root, 'test/e2e/workloads/places.yaml')]);
	await deployWeb();
	for (const name of ['client', 'hn'])
		await kubectl(['--namespace', 'default', 'rollout', 'status', `daemonset/${name}`, '--timeout=120s']);
}

/** `web` on every node, with pods made after now. */
export async function deployWeb(): Promise<void> {
	await kubectl(['--namespace', namespace, 'apply', '--filename', path.join(root, 'test/e2e/workloads/real.yaml')]);
	await kubectl(['--namespace', namespace, 'rollout', 'status', 'daemonset/web', '--timeout=120s']);
}

export async function remakeWeb(): Promise<void> {
	await kubectl(['--namespace', namespace, 'delete', 'pods', '--selector', 'app=web', '--timeout=60s']);
	await kubectl(['--namespace', namespace, 'rollout', 'status', 'daemonset/web', '--timeout=120s']);
	await until('no pod that is going', 60, async () =>
		(await list('pods', '--namespace', namespace)).every(({metadata}) => metadata.deletionTimestamp === undefined) ? true : undefined,
	);
}

/** A third node joins the running cluster, and goes again. */
export const addNode = async (): Promise<string> => run(path.join(scripts, 'add-node'), [], {timeoutSeconds: 200});

export async function removeNode(): Promise<void> {
	if ((await readdir(runFolder)).includes('node-3')) await run(path.join(scripts, 'remove-node'), ['node-3'], {timeoutSeconds: 100});
}

/** The CNI files of both nodes with modes and bytes, read on this machine: agents without a shell cannot be asked for them. */
export async function loadedFiles(): Promise<unknown> {
	return Promise.all(
		bothNodes.map(async node => {
			const folder = path.join(runFolder, node, 'cni-conf');
			const names = (await readdir(folder)).sort();
			return [
				node,
				await Promise.all(
					names.map(async name => [
						name,
						(await stat(path.join(folder, name))).mode.toString(8),
						await readFile(path.join(folder, name), 'utf8'),
					]),
				),
			];
		}),
	);
}

/** What a rollback has to bring back: cilium-config, each CNI file's bytes and mode, and that portmap has no chain for a pod. */
export async function stateOfNodes(): Promise<unknown> {
	const files = await loadedFiles();
	return {data: await ciliumKeys(), files, chains: await Promise.all(bothNodes.map(portmapChains))};
}

/** Runs a command in a node's network, with the agent's programs. */
export async function onRealNode(node: ClusterNode, command: string): Promise<string> {
	return inAgent(node, 'sh', '-ec', command);
}

/** Runs a command of this machine in a node's network: for programs that the agent's image lacks. */
export async function inNetworkOf(node: ClusterNode, command: string): Promise<string> {
	return run('ip', ['netns', 'exec', networkOf(node), 'sh', '-ec', command], {timeoutSeconds: 20});
}

/** Runs a program in the agent's container of a node. */
export async function inAgent(node: ClusterNode, ...words: readonly string[]): Promise<string> {
	const [agent] = await list(
		'pods',
		'--namespace',
		'kube-system',
		'--selector',
		'k8s-app=cilium',
		'--field-selector',
		`spec.nodeName=${node},status.phase=Running`,
	);
	return kubectl(['--namespace', 'kube-system', 'exec', agent?.metadata.name ?? 'none', '--container', 'cilium-agent', '--', ...words]);
}

/** What portmap leaves where its list changes while pods run: nobody calls it for them any more. */
async function dropPortmapRules(node: ClusterNode): Promise<void> {
	const chains = "iptables -t nat -S | sed -n 's/^-N \\(CNI-[A-Z]*-[^ ]*\\)$/\\1/p'";
	await inAgent(
		node,
		'sh',
		'-c',
		`for t in PREROUTING OUTPUT POSTROUTING; do iptables -t nat -S $t | sed -n 's/^-A \\(.*CNI-HOSTPORT.*\\)/-D \\1/p' | while read -r rule; do eval "iptables -t nat $rule"; done; done
		for chain in $(${chains}); do iptables -t nat -F "$chain"; done; for chain in $(${chains}); do iptables -t nat -X "$chain"; done`,
	);
}

async function portmapChains(node: ClusterNode): Promise<readonly string[]> {
	const text = await inAgent(node, 'sh', '-c', 'iptables-nft-save -t nat; iptables-legacy-save -t nat');
	return [...text.matchAll(/^:(CNI-DN-\S+)/gmu)].map(([, chain = '']) => chain);
}
