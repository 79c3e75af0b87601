import {existsSync} from 'node:fs';
import path from 'node:path';
import {spawnSync} from 'node:child_process';
import {kubectl} from './kubectl.ts';
import {clusterScripts, isOwnCluster, kubeconfig, namespace, root} from './tested-cluster.ts';

let isOurs = false;

/** Brings the project's own cluster up (built first if it never was), unless KUBECONFIG names another one or it is up already. */
export async function setup(): Promise<void> {
	if (!existsSync(path.join(root, 'dist', 'kubectl-hostport.mjs'))) throw new Error('dist/ is not built: run `npm run build` first');
	const isUp = await kubectl(['get', '--raw', '/readyz']).then(
		() => true,
		() => false,
	);
	if (!isUp && !isOwnCluster) throw new Error(`the cluster of KUBECONFIG=${kubeconfig} does not answer`);
	if (!isUp) {
		say('bringing the cluster up (about 40 s; the first time on a machine about 9 minutes more)');
		runScript('up', '2', '1.10.16');
		isOurs = true;
	}

	say(
		isOwnCluster
			? `the project's own cluster: ${kubeconfig}`
			: `the cluster of ${kubeconfig}: scenes that need hands on its nodes are skipped`,
	);
}

/** Takes down what `setup` brought up, unless CLUSTER_KEEP=1; on any other cluster it removes the tests' namespace. */
export async function teardown(): Promise<void> {
	if (isOurs && process.env['CLUSTER_KEEP'] !== '1') runScript('down');
	else if (!isOwnCluster) await kubectl(['delete', 'namespace', namespace, '--ignore-not-found', '--wait=false']);
}

function runScript(name: string, ...words: readonly string[]): void {
	const {status} = spawnSync(path.join(clusterScripts, name), words, {stdio: ['ignore', 'inherit', 'inherit']});
	if (status !== 0) throw new Error(`test/cluster/${name} ended with ${status}; its words are above`);
}

function say(line: string): void {
	console.error(`e2e: ${line}`);
}
