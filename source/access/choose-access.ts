import type {AgentTarget} from './agent.ts';
import type {NodeFolders} from './node-folders.ts';
import {imageOnNode, type ReaderPodRequest} from './reader-pod-manifest.ts';

/** The Cilium agent's pod on a node, as far as the choice needs it. */
export type SeenAgent = {
	readonly namespace: string;
	readonly pod: string;
	readonly node: string;
	readonly container: string;
	readonly isRunning: boolean;
	readonly folders: NodeFolders;
	readonly evidence: {readonly image: string; readonly imageID: string; readonly trouble: string; readonly phase: string};
};

export type WantedReaderPod = Omit<ReaderPodRequest, 'name' | 'run'>;

export type AccessChoice = {
	readonly agent: AgentTarget | undefined;
	/** Needed beside the agent or instead of it; undefined: not needed. */
	readonly readerPod: WantedReaderPod | undefined;
	/** For when the agent turns out not to answer. */
	readonly insteadOfAgent: WantedReaderPod | undefined;
	/** Why the agent alone is not enough; empty where it is. */
	readonly because: string;
};

/** The weakest ways into a node that answer every question: the agent, and a reader pod for what the agent does not see. */
export function chooseAccess(agent: SeenAgent | undefined): AccessChoice {
	if (agent === undefined) {
		// Its image would have to be pulled there first: a look must not do that to a node.
		return {agent: undefined, readerPod: undefined, insteadOfAgent: undefined, because: 'no Cilium agent pod on this node'};
	}

	const {namespace, pod, node, container, folders, evidence} = agent;
	const {configurationHost, binaryHost} = folders;
	const reader: WantedReaderPod = {
		node,
		namespace,
		image: imageOnNode(evidence),
		configurationFolder: configurationHost,
		binaryFolder: binaryHost,
	};
	if (!agent.isRunning) {
		const trouble = evidence.trouble || evidence.phase || 'no status';
		return {agent: undefined, readerPod: reader, insteadOfAgent: undefined, because: `the agent does not run (${trouble})`};
	}

	const unseen = folders.binaryFolder === undefined;
	return {
		agent: {namespace, pod, node, container, folders},
		// Only what is missing: the less a pod sees, the easier it is to allow.
		readerPod: unseen
			? {...reader, configurationFolder: folders.configurationFolder === undefined ? configurationHost : undefined}
			: undefined,
		insteadOfAgent: reader,
		because: unseen ? `the agent does not see ${binaryHost}` : '',
	};
}
