import type {ClusterClient} from '../cluster/cluster-client.ts';
import type {NodeAccess} from './access.ts';
import {runByExec, runProgramByExec} from './exec-run.ts';
import type {NodeFolders} from './node-folders.ts';

/** An agent pod through which its node is reached. */
export type AgentTarget = {
	readonly namespace: string;
	readonly pod: string;
	readonly node: string;
	readonly container: string;
	readonly folders: Pick<NodeFolders, 'configurationFolder' | 'binaryFolder'>;
};

/** The weakest access: exec in the Cilium agent's own pod. Nothing is made on the cluster. */
export function openAgent(client: ClusterClient, {namespace, pod, node, container, folders}: AgentTarget): NodeAccess {
	return {
		node,
		label: `pod ${namespace}/${pod}`,
		configurationFolder: folders.configurationFolder,
		binaryFolder: folders.binaryFolder,
		hasAgentCommand: true,
		run: async (script, options) => runByExec(client, {namespace, pod, container}, script, options),
		runProgram: async (command, options) => runProgramByExec(client, {namespace, pod, container}, command, options),
		close: async () => undefined,
	};
}

/** A workload's own pod: somebody else's, so only a connection is tried there, and only where the person agreed. */
export function openPod(client: ClusterClient, {namespace, pod, node, container}: Omit<AgentTarget, 'folders'>): NodeAccess {
	return {
		node,
		label: `pod ${namespace}/${pod}`,
		configurationFolder: undefined,
		binaryFolder: undefined,
		hasAgentCommand: false,
		run: async (script, options) => runByExec(client, {namespace, pod, container}, script, options),
		close: async () => undefined,
	};
}
