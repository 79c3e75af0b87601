import path from 'node:path';
import {run} from './processes.ts';
import {kubectl, until} from './kubectl.ts';
import {clusterScripts, namespace} from './tested-cluster.ts';

/** Puts the project's own cluster into the story's start state, the stand-in agent playing that version; see test/cluster/reset. */
export async function resetCluster(version: string): Promise<void> {
	await run(path.join(clusterScripts, 'reset'), [version], {timeoutSeconds: 200});
	await makeNamespace();
}

/** Makes the tests' namespace if it is not there, and waits for what pods need in it. */
export async function makeNamespace(): Promise<void> {
	const manifest = {apiVersion: 'v1', kind: 'Namespace', metadata: {name: namespace}};
	await kubectl(['apply', '--filename', '-'], JSON.stringify(manifest));
	await until('the default service account', 30, async () => {
		const names = await kubectl(['--namespace', namespace, 'get', 'serviceaccounts', '--output=name']);
		return names.includes('default') ? names : undefined;
	});
}

/** Sets keys of cilium-config; null removes one. The agents keep what they read at their start. */
export async function patchCiliumConfig(data: Readonly<Record<string, string | null>>): Promise<void> {
	await kubectl(['--namespace', 'kube-system', 'patch', 'configmap', 'cilium-config', '--type=merge', '--patch', JSON.stringify({data})]);
}

export async function restartAgents(): Promise<void> {
	await kubectl(['--namespace', 'kube-system', 'rollout', 'restart', 'daemonset/cilium']);
	await kubectl(['--namespace', 'kube-system', 'rollout', 'status', 'daemonset/cilium', '--timeout=120s']);
}
