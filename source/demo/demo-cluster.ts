import {randomBytes} from 'node:crypto';
import {rmSync} from 'node:fs';
import {rm, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {stringify} from 'yaml';
import {abortMeanwhile} from '../abort.ts';
import type {ConnectFromHere} from '../connect/connect-from-here.ts';
import {UsageError} from '../errors.ts';
import {makeTemporaryFolder} from '../temporary-folder.ts';
import {minorOf} from './node/agent-state.ts';
import {ApiFailure} from './api/api-failure.ts';
import {startApiServer} from './api/api-server.ts';
import {makeCertificates} from './api/certificates.ts';
import {demoNodes} from './node/demo-node.ts';
import {openControl} from './controllers/control.ts';
import {runKubelet} from './controllers/kubelet.ts';
import {runScheduler} from './controllers/scheduler.ts';
import {runWorkloads} from './controllers/workloads.ts';
import {createExecServer} from './exec/exec-server.ts';
import type {Pod} from './objects/kubernetes-types.ts';
import {openNetwork} from './network.ts';
import {createNodeFolders} from './node/node-folder.ts';
import {canRunPortmap, writePortmapProgram} from './node/portmap-program.ts';
import {createObjectStore} from './api/object-store.ts';
import {podLog} from './objects/pod-log.ts';
import {populate} from './objects/populate.ts';
import {resourcesFor} from './api/resources.ts';
import type {DemoScene} from './scene.ts';
import {scenes} from './scenes/index.ts';
import {writeStandInCommands} from './node/stand-in-commands.ts';

export type {DemoScene} from './scene.ts';

/** What a demo cluster is started with. */
export type DemoClusterOptions = {
	readonly scene: DemoScene;
	/** As many nodes as the scene has by itself, unless told. */
	readonly nodes?: number | undefined;
	/** Stops the cluster. */
	readonly signal?: AbortSignal;
};

/** A demo cluster that runs. */
export type DemoCluster = {
	/** Path of a kubeconfig file, mode 0600. */
	readonly kubeconfig: string;
	/** `https://127.0.0.1:PORT`. */
	readonly server: string;
	/** A portmap binary that a repair can put on the nodes; undefined where this machine cannot run programs of their kind. */
	readonly portmap: string | undefined;
	/** Connects from this machine to the cluster's made up addresses. */
	readonly connectFromHere: ConnectFromHere;
	/** Everything that the cluster has on disk. */
	readonly folder: string;
	/** Ends every connection and process, and removes the folder. Calling it again does nothing more. */
	stop(): Promise<void>;
};

/**
 * Starts a Kubernetes API server in this process, on a free port of 127.0.0.1, whose nodes are folders. It plays one scene
 * of the case (scenes/) and needs neither root nor anything but Node and a POSIX `sh`.
 * @throws UsageError for a scene that there is not, and on Windows
 * @throws the signal's reason if that is aborted before the cluster stands
 */
export async function startDemoCluster({scene: sceneName, nodes: count, signal}: DemoClusterOptions): Promise<DemoCluster> {
	if (!Object.hasOwn(scenes, sceneName))
		throw new UsageError(`there is no scene "${sceneName}"`, `Scenes: ${Object.keys(scenes).join(', ')}`);
	if (count !== undefined && !(Number.isInteger(count) && count >= 1 && count <= 5_000)) {
		throw new UsageError(`a demo cluster cannot have ${count} nodes`, 'Ask for 1 to 5000 nodes');
	}
	if (process.platform === 'win32') {
		const why = 'the demo cluster does not run on Windows: its nodes need a POSIX shell';
		throw new UsageError(why, 'Try it on Linux, on macOS or in WSL.');
	}

	signal?.throwIfAborted();
	const folder = await makeTemporaryFolder('demo');
	// For a process that ends without stopping: nothing asynchronous runs then.
	const removeNow = () => rmSync(folder, {recursive: true, force: true});
	process.once('exit', removeNow);
	const closers: (() => Promise<void>)[] = [
		async () => {
			await rm(folder, {recursive: true, force: true, maxRetries: 5, retryDelay: 50});
			process.off('exit', removeNow);
		},
	];
	let stopped: Promise<void> | undefined;
	const stop = () => (stopped ??= stopAll(closers));
	try {
		const {url, kubeconfig, connectFromHere} = await assemble(folder, sceneName, count, closers);
		signal?.throwIfAborted();
		// Whoever holds the cluster hears of a failure from its own `stop`, which gives the same promise.
		const onAbort = () => void stop().catch(() => undefined);
		signal?.addEventListener('abort', onAbort, {once: true});
		closers.push(async () => signal?.removeEventListener('abort', onAbort));
		const portmap = canRunPortmap ? path.join(folder, 'portmap') : undefined;
		if (portmap !== undefined) await writePortmapProgram(portmap);
		return {kubeconfig, server: url, portmap, connectFromHere, folder, stop};
	} catch (error) {
		await stop();
		throw error;
	}
}

/**
 * Acts on a demo cluster and stops it. An abortion ends its start only: whoever acts on it still has to write and remove things after one.
 * @throws as `startDemoCluster`
 */
export async function withDemoCluster<T>(
	{signal, ...options}: DemoClusterOptions & {readonly signal: AbortSignal},
	act: (cluster: DemoCluster) => Promise<T>,
): Promise<T> {
	const cluster = await abortMeanwhile(signal, async own => startDemoCluster({...options, signal: own}));
	try {
		return await act(cluster);
	} finally {
		await cluster.stop();
	}
}

async function assemble(folder: string, sceneName: DemoScene, count: number | undefined, closers: (() => Promise<void>)[]) {
	const scene = scenes[sceneName];
	const now = new Date();
	const resources = resourcesFor(minorOf(scene.cilium));
	const store = createObjectStore();
	const nodes = demoNodes(scene, count ?? scene.nodes, now);
	const nodeByName = new Map(nodes.map(node => [node.name, node]));
	populate({store, resources, scene, nodes, now});

	const commandFolder = path.join(folder, 'commands');
	await writeStandInCommands(commandFolder, minorOf(scene.cilium));
	const folders = createNodeFolders(path.join(folder, 'nodes'), scene);
	closers.push(() => folders.close());
	const network = await openNetwork(nodeByName);
	closers.push(() => network.close());
	const exec = createExecServer({
		protocols: minorOf(scene.kubernetes) >= 30 ? ['v5.channel.k8s.io', 'v4.channel.k8s.io'] : ['v4.channel.k8s.io'],
		async place(pod) {
			const node = nodeByName.get(pod.spec.nodeName ?? '');
			if (!node?.shape.ready) {
				throw new ApiFailure(
					500,
					'InternalError',
					`error dialing backend: dial tcp ${node?.address ?? ''}:10250: connect: no route to host`,
				);
			}
			return {nodeFolder: await folders.open(node), commandFolder, networkPort: network.port};
		},
	});
	closers.push(() => exec.close());
	const control = openControl({store, resources, scene, nodes: nodeByName, folders});
	closers.push(() => control.close());
	runKubelet(control);
	runScheduler(control);
	runWorkloads(control);

	const certificates = makeCertificates(now);
	const token = randomBytes(24).toString('base64url');
	const api = await startApiServer({
		certificates,
		token,
		store,
		resources,
		kubernetes: scene.kubernetes,
		exec: (pod, ...connection) => exec.handle(pod as Pod, ...connection),
		log: (pod, query) => podLog(pod as Pod, nodeByName.get((pod as Pod).spec.nodeName ?? ''), query),
	});
	closers.push(() => api.close());

	const kubeconfig = path.join(folder, 'kubeconfig');
	await writeFile(kubeconfig, kubeconfigText(`demo-${sceneName}`, api.url, certificates.authority, token), {mode: 0o600});
	return {url: api.url, kubeconfig, connectFromHere: network.connectFromHere};
}

function kubeconfigText(name: string, server: string, authority: string, token: string): string {
	return stringify({
		apiVersion: 'v1',
		kind: 'Config',
		clusters: [{name, cluster: {server, 'certificate-authority-data': Buffer.from(authority).toString('base64')}}],
		users: [{name, user: {token}}],
		contexts: [{name, context: {cluster: name, user: name, namespace: 'default'}}],
		'current-context': name,
	});
}

/** The last opened closes first; one that fails does not keep the others from closing. */
async function stopAll(closers: readonly (() => Promise<void>)[]): Promise<void> {
	const errors: unknown[] = [];
	for (const close of closers.toReversed()) await close().catch((error: unknown) => errors.push(error));
	if (errors.length > 0) throw new AggregateError(errors, 'the demo cluster did not stop cleanly');
}
