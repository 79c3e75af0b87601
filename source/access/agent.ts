import type {ClusterClient} from '../cluster/cluster-client.ts';
import type {NodeAccess} from './access.ts';
import {runByExec} from './exec-run.ts';
import type {NodeFolders} from './node-folders.ts';

export type AgentTarget = {
	readonly namespace: string;
	readonly pod: string;
	readonly node: string;
	readonly container: string;
	readonly folders: Pick<NodeFolders, 'configurationFolder' | 'binaryFolder'>;
};

/** The weakest way in: exec in the Cilium agent's own pod. Nothing is made on the cluster. */
export function openAgent(client: ClusterClient, {namespace, pod, node, container, folders}: AgentTarget): NodeAccess {
	return {
		way: 'agent',
		node,
		label: `pod ${namespace}/${pod}`,
		configurationFolder: folders.configurationFolder,
		binaryFolder: folders.binaryFolder,
		hasAgentCommand: true,
		run: async (script, options) => runByExec(client, {namespace, pod, container}, script, options),
		close: async () => undefined,
	};
}
