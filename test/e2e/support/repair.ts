import {readdir, readFile} from 'node:fs/promises';
import path from 'node:path';
import {expect} from 'vitest';
import {kubectl, until} from './kubectl.ts';
import {fetchFrom, nodes} from './nodes.ts';
import {run} from './processes.ts';
import {networkOf, runFolder} from './tested-cluster.ts';

export type StateOfRepair = {
	readonly data: unknown;
	readonly files: ReadonlyArray<{readonly node: string; readonly files: Readonly<Record<string, string>>}>;
	readonly chains: ReadonlyArray<{readonly node: string; readonly names: readonly string[]}>;
};

/** What a rollback has to bring back: cilium-config, each node's CNI files byte for byte, and that portmap has no chain. */
export async function stateOfRepair(): Promise<StateOfRepair> {
	const data: unknown = JSON.parse(
		await kubectl(['--namespace', 'kube-system', 'get', 'configmap', 'cilium-config', '--output=jsonpath={.data}']),
	);
	const files = await Promise.all(nodes.map(async ({name: node}) => ({node, files: await cniFiles(node)})));
	const chains = await Promise.all(nodes.map(async ({name: node}) => ({node, names: await portmapChains(node)})));
	return {data, files, chains};
}

async function cniFiles(node: string): Promise<Record<string, string>> {
	const folder = path.join(runFolder, node, 'cni-conf');
	const names = await readdir(folder);
	return Object.fromEntries(
		await Promise.all(names.sort().map(async name => [name, await readFile(path.join(folder, name), 'utf8')] as const)),
	);
}

/** Names of the chains that lead to pods, of both builds. */
async function portmapChains(node: string): Promise<readonly string[]> {
	const saves = await Promise.all(
		['nft', 'legacy'].map(async build => run('ip', ['netns', 'exec', networkOf(node), `iptables-${build}-save`], {timeoutSeconds: 20})),
	);
	return saves.flatMap(text => [...text.matchAll(/^:(CNI-DN-\S+)/gmu)].map(([, chain = '']) => chain));
}

/** The binary folder of a node: names of its files. */
export async function binariesOf(node: string): Promise<readonly string[]> {
	return (await readdir(path.join(runFolder, node, 'cni-bin'))).sort();
}

/** Whether the case's web pods answer on port 8080 of every node. */
export async function expectWeb(answer: 'web' | 'refused'): Promise<void> {
	for (const {name, address} of nodes) {
		const other = name === 'node-1' ? 'node-2' : 'node-1';
		expect(await fetchFrom('outside', address, 8080), `${name} from outside`).toBe(answer);
		expect(await fetchFrom(other, address, 8080), `${name} from ${other}`).toBe(answer);
	}
}

/** The promise that holds at every moment: an ordinary pod starts and stops on every node. */
export async function expectPodsStart(): Promise<void> {
	await Promise.all(nodes.map(async ({name}) => expectPodStarts(name)));
}

export async function expectPodStarts(node: string): Promise<void> {
	const pod = `ordinary-${node}`;
	const spec = {
		nodeName: node,
		// Its process does not hear SIGTERM.
		terminationGracePeriodSeconds: 1,
		automountServiceAccountToken: false,
		containers: [{name: 'main', image: 'docker.io/library/busybox:1.36', imagePullPolicy: 'Never', command: ['sleep', '600']}],
	};
	await kubectl(
		['apply', '--filename', '-'],
		JSON.stringify({apiVersion: 'v1', kind: 'Pod', metadata: {name: pod, namespace: 'default'}, spec}),
	);
	await kubectl(['--namespace', 'default', 'wait', '--for=condition=Ready', `pod/${pod}`, '--timeout=120s']);
	await kubectl(['--namespace', 'default', 'delete', 'pod', pod, '--timeout=120s']);
}

/** Waits until a run has its journal, and so has begun; gives its id. */
export async function begunRun(except: ReadonlySet<string> = new Set()): Promise<string> {
	return until('the journal of the run', 60, async () => (await runIds()).find(id => !except.has(id)));
}

export async function runIds(): Promise<readonly string[]> {
	const names = await kubectl(['--namespace', 'kube-system', 'get', 'configmaps', '--selector', 'hostport.dev/kind=run', '--output=name']);
	return names
		.split('\n')
		.filter(Boolean)
		.map(name => name.replace('configmap/hostport-run-', ''));
}

/** Removes journals and lock, so that the next test begins with none. */
export async function forgetRuns(): Promise<void> {
	await kubectl(['--namespace', 'kube-system', 'delete', 'configmaps', '--selector', 'app.kubernetes.io/managed-by=kubectl-hostport']);
}
