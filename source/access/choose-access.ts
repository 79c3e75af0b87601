import type {AccessKind} from './access.ts';
import type {AgentTarget} from './agent.ts';
import type {NodeFolders} from './node-folders.ts';
import {podImage, type HelperPodChoices} from './helper-pod-image.ts';
import type {ReaderPodRequest} from './reader-pod-manifest.ts';

/** The Cilium agent's pod on a node, as far as the choice needs it. */
export type SeenAgent = {
	readonly namespace: string;
	readonly pod: string;
	readonly node: string;
	readonly container: string;
	readonly isRunning: boolean;
	/** Of the container that runs, as the runtime names it. */
	readonly containerID?: string | undefined;
	readonly folders: NodeFolders;
	readonly evidence: {
		readonly image: string;
		readonly imageID: string;
		readonly trouble: string;
		readonly phase: string;
		readonly pullSecrets?: readonly string[] | undefined;
	};
};

/** A reader pod that is needed, before it has a name. */
export type WantedReaderPod = Omit<ReaderPodRequest, 'name' | 'run'>;

/** What the person wants, and what the cluster lets them. */
export type AccessWishes = {
	/** `auto`: the weakest that answer the question. */
	readonly via: 'auto' | AccessKind;
	readonly pods: HelperPodChoices;
	/** SSH was set up for this node, by flags or in the file of node overrides: `auto` may come to it last. */
	readonly isSshSetUp: boolean;
	/** Rights that are missing for an access, in words; none: it may be gone. */
	readonly missingFor: (via: 'agent' | 'pod', namespace: string) => readonly string[];
};

type NotGone = {readonly via: AccessKind; readonly reason: string};

/** By which accesses a node is asked, and why others were not taken. */
export type AccessChoice = {
	readonly agent: AgentTarget | undefined;
	/** Needed beside the agent or instead of it; undefined: not needed. */
	readonly readerPod: WantedReaderPod | undefined;
	/** For when the agent turns out not to answer. */
	readonly insteadOfAgent: WantedReaderPod | undefined;
	/** For what only the node itself tells, where the others leave that open; undefined: nobody has agreed to it. */
	readonly hostPod: WantedReaderPod | undefined;
	/** `last`: where the others leave something unseen. */
	readonly ssh: 'never' | 'last' | 'only';
	/** Why the agent alone is not enough; empty where it is. */
	readonly because: string;
	/** Accesses that are not taken though they would be needed, and why. */
	readonly notGone: readonly NotGone[];
};

/** Where Kubernetes' own namespace for such pods is when no agent tells another one. */
const usualNamespace = 'kube-system';
const usualFolders = {configurationHost: '/etc/cni/net.d', binaryHost: '/opt/cni/bin'};

/**
 * The accesses to a node. With `auto` the weakest that answer every question: the agent, a reader pod for what the agent does not
 * see, and SSH last, where it was set up.
 */
export function chooseAccess(node: string, agent: SeenAgent | undefined, wishes: AccessWishes): AccessChoice {
	return {...nothing, ...choices[wishes.via](node, agent, wishes)};
}

const nothing: AccessChoice = {
	agent: undefined,
	readerPod: undefined,
	insteadOfAgent: undefined,
	hostPod: undefined,
	ssh: 'never',
	because: '',
	notGone: [],
};

type Choosing = (node: string, agent: SeenAgent | undefined, wishes: AccessWishes) => Partial<AccessChoice>;

/** What `--via` means, one row each. */
const choices: Readonly<Record<AccessWishes['via'], Choosing>> = {
	auto: (...about) => ({...weakest(...about), ssh: about[2].isSshSetUp ? 'last' : 'never'}),
	agent: onlyAgent,
	pod: onlyPod,
	ssh: () => ({ssh: 'only'}),
};

function onlyAgent(_node: string, agent: SeenAgent | undefined, wishes: AccessWishes): Partial<AccessChoice> {
	const reason = whyNoAgent(agent) || whyForbidden('agent', agent?.namespace ?? '', wishes);
	if (agent === undefined || reason !== '') return {notGone: [{via: 'agent', reason}]};
	return {agent: targetOf(agent), because: whyNotEnough(agent)};
}

function onlyPod(node: string, agent: SeenAgent | undefined, wishes: AccessWishes): Partial<AccessChoice> {
	const pod = podFor(node, agent, wishes);
	if (pod.wanted === undefined) return {notGone: [pod]};
	const agentContainer = agent?.isRunning === true ? agent.containerID : undefined;
	return {readerPod: {...pod.wanted, powers: ['nat']}, hostPod: {...pod.wanted, powers: ['host', 'nat'], agentContainer}};
}

function weakest(node: string, agent: SeenAgent | undefined, wishes: AccessWishes): Partial<AccessChoice> {
	const pod = podFor(node, agent, wishes);
	const stranded = pod.wanted === undefined && pod.reason !== '' ? [{via: pod.via, reason: pod.reason}] : [];
	const absent = whyNoAgent(agent);
	if (agent === undefined || absent !== '') {
		// Without an agent nobody has an image on the node: that it would have to be pulled is told with --image only.
		const isHopeless = agent === undefined && wishes.pods.image === undefined;
		return {readerPod: pod.wanted, notGone: [{via: 'agent', reason: absent}, ...(isHopeless ? [] : stranded)]};
	}

	const forbidden = whyForbidden('agent', agent.namespace, wishes);
	const because = whyNotEnough(agent);
	// Every right that is missing is named at once: who asks an administrator asks one time.
	if (forbidden !== '') return {readerPod: pod.wanted, notGone: [{via: 'agent', reason: forbidden}, ...(because === '' ? [] : stranded)]};
	const {configurationFolder, configurationHost} = agent.folders;
	return {
		agent: targetOf(agent),
		// Only what is missing: the less a pod sees, the easier it is to allow.
		readerPod:
			because === '' || pod.wanted === undefined
				? undefined
				: {...pod.wanted, configurationFolder: configurationFolder === undefined ? configurationHost : undefined},
		insteadOfAgent: pod.wanted,
		because,
		notGone: because === '' ? [] : stranded,
	};
}

type PodFor = NotGone & {readonly wanted: WantedReaderPod | undefined};

function podFor(node: string, agent: SeenAgent | undefined, wishes: AccessWishes): PodFor {
	const {image, namespace = agent?.namespace ?? usualNamespace} = wishes.pods;
	const refused = (reason: string): PodFor => ({via: 'pod', reason, wanted: undefined});
	if (agent === undefined && image === undefined)
		return refused('no Cilium agent pod on this node, so no image to use; choose one with --image');
	const forbidden = whyForbidden('pod', namespace, wishes);
	if (forbidden !== '') return refused(forbidden);
	const {configurationHost, binaryHost} = agent?.folders ?? usualFolders;
	return {
		via: 'pod',
		reason: '',
		wanted: {
			node,
			namespace,
			// Another image would have to be pulled there first, and a look does that to a node only when it is told to.
			...podImage(agent && {...agent.evidence, namespace: agent.namespace}, wishes.pods),
			configurationFolder: configurationHost,
			binaryFolder: binaryHost,
		},
	};
}

function targetOf({namespace, pod, node, container, folders}: SeenAgent): AgentTarget {
	return {namespace, pod, node, container, folders};
}

function whyNoAgent(agent: SeenAgent | undefined): string {
	if (agent === undefined) return 'no Cilium agent pod on this node';
	const {trouble, phase} = agent.evidence;
	return agent.isRunning ? '' : `the agent does not run (${trouble || phase || 'no status'})`;
}

function whyNotEnough({folders}: SeenAgent): string {
	return folders.binaryFolder === undefined ? `the agent cannot see ${folders.binaryHost}` : '';
}

/** The rights that are missing, and the access for which they would not be needed. */
function whyForbidden(via: 'agent' | 'pod', namespace: string, {missingFor}: AccessWishes): string {
	const missing = missingFor(via, namespace);
	if (missing.length === 0) return '';
	const other = via === 'agent' && missingFor('pod', namespace).length === 0 ? '--via pod or --via ssh' : '--via ssh';
	return `missing permission: ${missing.join(', ')}; ${other} works without it`;
}
