import type {NodeAccess, AccessKind} from '../access/access.ts';
import {openAgent} from '../access/agent.ts';
import {chooseAccess, type AccessChoice, type AccessWishes, type SeenAgent, type WantedReaderPod} from '../access/choose-access.ts';
import {isPodRefusal} from '../access/helper-pods.ts';
import {MissingProgram, withoutShellHint} from '../access/missing-program.ts';
import {UnpulledImage, unpulledHint} from '../access/unpulled-image.ts';
import type {ReaderPods} from '../access/reader-pods.ts';
import type {ClusterClient} from '../cluster/cluster-client.ts';
import {ClusterError} from '../cluster/cluster-error.ts';
import {ActionableError, messageOf} from '../errors.ts';
import {printableLine} from '../foreign-text.ts';
import {askNode, type NodeQuestion} from './ask-node.ts';
import {askWithoutShell} from './ask-without-shell.ts';
import type {NodeEvidence, Observation} from './evidence.ts';
import {joinObservations} from './join-observations.ts';
import {httpStatusOf} from './objects/object-reader.ts';
import {askedOfNode} from './open-questions.ts';
import type {SshOfNode} from './ssh-of-node.ts';

/** What looking at one node is made of. */
export type NodeLook = {
	readonly client: ClusterClient;
	readonly pods: ReaderPods;
	readonly wishes: AccessWishes;
	/** Absent where SSH was not set up. */
	readonly ssh: SshOfNode | undefined;
	/** What the node connects to over TCP, `ADDRESS,PORT,…`. */
	readonly targets: readonly string[];
	/** The user's interruption and the time limit of this node. */
	readonly limit: AbortSignal;
	readonly timeoutMilliseconds: number;
};

type Attempt = {
	readonly via: AccessKind;
	readonly reason: string;
	readonly observation: Observation | null;
	/** It may lie in the access, not in the node or our rights. */
	readonly worthAnother: boolean;
	/** The image has no shell: what there is was told by programs that need none. */
	readonly lacksShell: boolean;
};

/** Asks one node by the accesses chosen for it. Never rejects: what went wrong stands in `attempts`. */
export async function lookAtNode(node: NodeEvidence, agent: SeenAgent | undefined, look: NodeLook): Promise<NodeEvidence> {
	const choice = chooseAccess(node.name, agent, look.wishes);
	const attempts: Attempt[] = choice.notGone.map(each => ({...each, observation: null, worthAnother: false, lacksShell: false}));
	if (choice.ssh !== 'only') attempts.push(...(await byCluster(choice, choice.ssh === 'last' ? leavingTime(look) : look)));
	if (choice.ssh === 'only' || (choice.ssh === 'last' && leavesOpen(attempts) && !look.limit.aborted))
		attempts.push(await trySsh(node, agent, look));
	const seen = attempts.flatMap(({observation}) => observation ?? []);
	const strongest = attempts.findLast(({observation}) => observation !== null);
	return {
		...node,
		// A node that is down for Kubernetes and answers all the same is one that was looked at.
		skipped: strongest === undefined ? node.skipped : '',
		via: strongest?.via ?? 'api',
		attempts: attempts.map(({via, observation, reason}) => ({via, ok: observation !== null, reason})),
		observation: seen.length === 0 ? null : seen.reduce(joinObservations),
	};
}

/** Where the kubelet hangs, the accesses through it would take all the time there is, and SSH is just for such nodes. */
function leavingTime(look: NodeLook): NodeLook {
	const timeoutMilliseconds = look.timeoutMilliseconds / 2;
	return {...look, timeoutMilliseconds, limit: AbortSignal.any([look.limit, AbortSignal.timeout(timeoutMilliseconds)])};
}

/** By the agent and a pod, both at once: the pod takes longer to start than the agent to answer. */
async function byCluster({agent: target, readerPod, insteadOfAgent, hostPod, because}: AccessChoice, look: NodeLook): Promise<Attempt[]> {
	const [byAgent, byPod] = await Promise.all([
		target === undefined
			? undefined
			: tryAccess('agent', async () => openAgent(look.client, target), {hostNetwork: true, nat: true, because}, look),
		readerPod === undefined ? undefined : tryPod(readerPod, target === undefined, look),
	]);
	const attempts = [byAgent, byPod].filter(attempt => attempt !== undefined);
	const beside = insteadOfAgent === undefined || byAgent === undefined ? undefined : besideAgent(insteadOfAgent, byAgent, byPod, look);
	if (beside !== undefined && !look.limit.aborted) attempts.push(await tryPod(beside, true, look));
	const open = byPod === undefined ? '' : askedOfNode(byPod);
	if (hostPod !== undefined && open !== '' && !look.limit.aborted) attempts.push(await tryHostPod(hostPod, open, look));
	return attempts;
}

/** The pod that tells what an agent could not; undefined where none would: of an image without a shell a second pod is no better. */
function besideAgent(pod: WantedReaderPod, byAgent: Attempt, byPod: Attempt | undefined, {wishes}: NodeLook): WantedReaderPod | undefined {
	if (!byAgent.lacksShell) return byAgent.observation === null && byAgent.worthAnother ? pod : undefined;
	if (wishes.pods.image === undefined) return undefined;
	const isSeen = byPod !== undefined && byPod.observation !== null && byPod.observation.binaryFolder !== null;
	return isSeen ? {...pod, binaryFolder: undefined} : pod;
}

/** Whether something is unseen that SSH would show. */
function leavesOpen(attempts: readonly Attempt[]): boolean {
	const seen = attempts.flatMap(({observation}) => observation ?? []);
	return !seen.some(({configurationFolder}) => configurationFolder !== null) || !seen.some(({binaryFolder}) => binaryFolder !== null);
}

async function tryPod(wanted: WantedReaderPod, hostNetwork: boolean, look: NodeLook): Promise<Attempt> {
	const nat = wanted.powers?.includes('nat') === true;
	// It stands in for the agent, and stays as weak as a pod beside it: more is given only where the person asks for it.
	const because = hostNetwork && !nat ? 'without NET_ADMIN it cannot read the nat rules; --via pod can' : '';
	return tryAccess('pod', async () => look.pods.open(wanted, look.limit), {hostNetwork, nat, because}, look);
}

/** For the folders, nftables' own tables and the agent alone: the rest was seen by a pod that may do less. */
async function tryHostPod(wanted: WantedReaderPod, because: string, look: NodeLook): Promise<Attempt> {
	return tryAccess('pod', async () => look.pods.open(wanted, look.limit), {hostNetwork: false, nat: true, because}, look);
}

async function trySsh(node: NodeEvidence, agent: SeenAgent | undefined, look: NodeLook): Promise<Attempt> {
	const {ssh} = look;
	if (ssh === undefined) return {via: 'ssh', reason: 'SSH is not set up here', observation: null, worthAnother: false, lacksShell: false};
	return tryAccess(
		'ssh',
		async () => ssh.open(node, agent, look.limit),
		{
			hostNetwork: true,
			nat: true,
			because: ({agentStatus, errors}) =>
				agentStatus === null
					? `the agent's own status and service entries were not read by SSH${errors.length === 0 ? '' : ` (${errors.join('; ')})`}; they are without --via, or with --via pod or --via agent`
					: '',
		},
		look,
	);
}

async function tryAccess(
	via: AccessKind,
	open: () => Promise<NodeAccess>,
	{because, ...question}: {hostNetwork: boolean; nat: boolean; because: string | ((seen: Observation) => string)},
	{timeoutMilliseconds, targets, limit, ssh}: NodeLook,
): Promise<Attempt> {
	let access: NodeAccess | undefined;
	try {
		access = await open();
		const {observation, lacksShell} = await askWithOrWithoutShell(access, {...question, targets, signal: limit, timeoutMilliseconds});
		const known = typeof because === 'string' ? because : because(observation);
		const reason = [known, lacksShell ? shellMissing : '', access.remark ?? ''].filter(Boolean).join('; ');
		return {via, reason, observation, worthAnother: false, lacksShell};
	} catch (error) {
		const isLate = limit.aborted || (error instanceof DOMException && error.name === 'TimeoutError');
		const status = httpStatusOf(error);
		const said = via === 'ssh' && ssh !== undefined ? ssh.explain(error) : messageOf(error);
		const other = otherAccess(via, error);
		const late = `no answer within ${timeoutMilliseconds / 1000} s${error instanceof ActionableError ? `: ${printableLine(said, 400)}` : ''}`;
		const reason = isLate ? late : `${printableLine(said, 400)}${other}`;
		const lacksShell = error instanceof MissingProgram;
		return {via, reason, observation: null, worthAnother: !isLate && status !== 401 && status !== 403, lacksShell};
	} finally {
		// What cannot be removed now is tried again and told at the end of the run.
		await access?.close().catch(() => undefined);
	}
}

const shellMissing = `the agent’s image has no shell: only its status, service entries and rules were read; for the rest use ${withoutShellHint}`;

/** What needs no shell is asked without one where there is none. */
async function askWithOrWithoutShell(
	access: NodeAccess,
	question: NodeQuestion,
): Promise<Pick<Attempt, 'lacksShell'> & {observation: Observation}> {
	try {
		return {observation: await askNode(access, question), lacksShell: false};
	} catch (error) {
		if (!(error instanceof MissingProgram) || access.runProgram === undefined) throw error;
		return {observation: await askWithoutShell(access.runProgram, question), lacksShell: true};
	}
}

/** What would work instead, where that is known. */
function otherAccess(via: AccessKind, error: unknown): string {
	if (error instanceof MissingProgram) return `; ${withoutShellHint}`;
	// Over WebSocket the server asks for `get`, and from Kubernetes 1.35 on for `create` too: which one is missing, it says itself.
	if (error instanceof ClusterError && error.status === 403 && error.resource === 'pods/exec')
		return `. ${error.hint}; --via ssh works without it`;
	if (error instanceof UnpulledImage) return `; ${unpulledHint}`;
	return via === 'pod' && isPodRefusal(error) && error.status !== 404 ? '; --via ssh needs no pod' : '';
}
