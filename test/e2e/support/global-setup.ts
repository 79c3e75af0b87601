import {spawnSync} from 'node:child_process';
import {cp, mkdtemp, rm} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type {TestProject} from 'vitest/node';
import {built, isRunByNode} from '../../support/built.ts';
import {kubectl} from './kubectl.ts';
import {clusterScripts, isOwnCluster, kubeconfig, namespace} from './tested-cluster.ts';

declare module 'vitest' {
	interface ProvidedContext {
		/** The program under test. */
		program: string;
	}
}

let isOurs = false;
let programFolder = '';

/** Brings the project's own cluster up with the Cilium of CILIUM (built first if it never was), unless KUBECONFIG names another one or it is up already. */
export async function setup(project: TestProject): Promise<void> {
	// A copy, so that one run tests one build, whatever is built meanwhile.
	programFolder = await mkdtemp(path.join(os.tmpdir(), 'hostport-e2e-program-'));
	await cp(isRunByNode ? path.dirname(built) : built, isRunByNode ? programFolder : path.join(programFolder, 'kubectl-hostport'), {
		recursive: true,
	});
	project.provide('program', path.join(programFolder, isRunByNode ? path.basename(built) : 'kubectl-hostport'));
	const isUp = await kubectl(['get', '--raw', '/readyz']).then(
		() => true,
		() => false,
	);
	if (!isUp && !isOwnCluster) throw new Error(`the cluster of KUBECONFIG=${kubeconfig} does not answer`);
	if (!isUp) {
		say('bringing the cluster up (about a minute; the first time on a machine up to 30 minutes more)');
		runScript('up', '2', process.env['CILIUM'] ?? '1.10.16', '--set', 'kubeProxyReplacement=false');
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
	await rm(programFolder, {recursive: true, force: true});
	if (isOurs && process.env['CLUSTER_KEEP'] !== '1') runScript('down');
	else if (!isOwnCluster) await kubectl(['delete', 'namespace', namespace, '--ignore-not-found', '--timeout=120s']);
}

function runScript(name: string, ...words: readonly string[]): void {
	const {status} = spawnSync(path.join(clusterScripts, name), words, {stdio: ['ignore', 'inherit', 'inherit']});
	if (status !== 0) throw new Error(`the cluster's script ${name} ended with ${status}; its words are above`);
}

function say(line: string): void {
	console.error(`e2e: ${line}`);
}
