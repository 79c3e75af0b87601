import {setTimeout as sleep} from 'node:timers/promises';
import {run} from './processes.ts';
import {kubeconfig, namespace} from './tested-cluster.ts';

/** Runs kubectl as the cluster's administrator and gives what it prints. @throws Error with kubectl's own words */
export async function kubectl(words: readonly string[], input?: string): Promise<string> {
	const environment = {...process.env, KUBECONFIG: kubeconfig};
	return await run('kubectl', words, {environment, timeoutSeconds: 150, ...(input !== undefined && {input})});
}

export type KubernetesObject = {
	readonly metadata: {
		readonly name: string;
		readonly namespace?: string;
		readonly uid: string;
		readonly resourceVersion: string;
		/** Counts changes of what is wanted, not of what is. */
		readonly generation?: number;
		readonly deletionTimestamp?: string;
	};
	readonly spec?: {readonly nodeName?: string; readonly activeDeadlineSeconds?: number};
	readonly status?: {
		readonly phase?: string;
		readonly podIP?: string;
		readonly reason?: string;
		readonly conditions?: ReadonlyArray<{readonly type: string; readonly status: string}>;
		readonly nodeInfo?: {readonly kernelVersion: string; readonly architecture: string};
		readonly addresses?: ReadonlyArray<{readonly type: string; readonly address: string}>;
	};
	readonly message?: string;
	readonly source?: {readonly host?: string};
};

/** Lists objects: `list('pods', '--all-namespaces')`. */
export async function list(...words: readonly string[]): Promise<readonly KubernetesObject[]> {
	return (JSON.parse(await kubectl(['get', ...words, '--output=json'])) as {items: KubernetesObject[]}).items;
}

/** Applies a manifest and waits until its workload is fully rolled out. */
export async function rollOut(manifest: string, workload: string): Promise<void> {
	await kubectl(['--namespace', namespace, 'apply', '--filename', manifest]);
	await waitForRollOut(workload);
}

export async function waitForRollOut(workload: string): Promise<void> {
	await kubectl(['--namespace', namespace, 'rollout', 'status', workload, '--timeout=120s']);
}

/** Asks again, five times a second, until the answer is there. */
export async function until<T>(what: string, seconds: number, ask: () => Promise<T | undefined>): Promise<T> {
	const deadline = performance.now() + seconds * 1000;
	for (;;) {
		const answer = await ask();
		if (answer !== undefined) return answer;
		if (performance.now() > deadline) throw new Error(`waited ${seconds} s in vain for ${what}`);
		await sleep(200);
	}
}
