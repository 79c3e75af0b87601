import type {NodeAccess} from '../../access/access.ts';
import {isPodRefusal, podPath} from '../../access/helper-pods.ts';
import {ClusterError} from '../../cluster/cluster-error.ts';
import {ActionableError, messageOf} from '../../errors.ts';
import type {PodToMake} from '../define-step.ts';
import type {Plan} from '../plan/plan.ts';
import {AgentAway, type Rehearsed, type RepairTools} from '../step-work.ts';
import {kindOf} from '../steps/index.ts';

type Rehearsal = Rehearsed &
	Pick<RepairTools, 'openAgent' | 'openReader' | 'openWriter'> & {
		/** Whether scripts run in the agent of a node, and so in pods of its image. */
		readonly hasShell: (node: string, signal: AbortSignal) => Promise<boolean>;
		/** The image that was chosen for pods, if one was. */
		readonly chosenImage: string | undefined;
	};

const milliseconds = 60_000;
const untouched = 'Nothing was changed.';

/**
 * Tries the accesses that a plan will need, before anything is changed: a script on one node, the pod that writes there, and by dry run of the
 * server each other pod that the plan makes or has made. A refusal in the middle would leave the cluster half changed.
 * @throws ActionableError that says what works instead
 */
export async function rehearse(plan: Plan, rehearsal: Rehearsal): Promise<void> {
	if (plan.steps.length === 0) return;
	const pods = (await Promise.all(plan.steps.map(async step => (await kindOf(step).pods?.(step, rehearsal)) ?? []))).flat();
	// In this order: what is told first is what has to be mended first.
	await assertAdmitted(
		pods.filter(({isOurs}) => !isOurs),
		rehearsal,
	);
	await assertScriptsRun(plan, rehearsal);
	const own = pods.filter(({isOurs}) => isOurs);
	await assertImageDoes(own, plan, rehearsal);
	await assertBinariesReached(plan, rehearsal);
	await assertAdmitted(own, rehearsal);
}

/**
 * Whether scripts run on a node: without them no list is read and no port is asked. An agent that is away for the moment says nothing.
 * @throws ActionableError where its image has no shell and nothing stands in for it
 */
export async function assertScriptsRun(plan: Pick<Plan, 'steps' | 'binaries'>, {openAgent, signal}: Rehearsal): Promise<void> {
	const node = firstNode(plan);
	if (node !== undefined) await tryOut(node, async own => openAgent(node, own), signal);
}

/** Where SSH stands in for agents without a shell, pods of their image have none all the same. */
async function assertImageDoes([made]: readonly PodToMake[], plan: Plan, {hasShell, chosenImage, signal}: Rehearsal): Promise<void> {
	const node = firstNode(plan);
	if (made === undefined || node === undefined || chosenImage !== undefined || (await hasShell(node, signal))) return;
	throw new ActionableError(
		`the agent image on ${node} has no shell, and ${made.what} would use that image`,
		`${untouched} Choose an image with a shell: --image IMAGE (busybox, or a portmap image with sh)`,
	);
}

/** The binary's folder, by the pod that writes or looks there where the agent does not. */
async function assertBinariesReached({steps, binaries}: Plan, {openReader, openWriter, signal}: Rehearsal): Promise<void> {
	const written = new Set(steps.filter(step => step.binaries.length > 0).map(({node}) => node));
	const put = binaries.find(({node}) => written.has(node));
	const place = put ?? binaries[0];
	if (place === undefined) return;
	const {node, folder} = place;
	await tryOut(node, async own => (put === undefined ? openReader(node, folder, own) : openWriter(node, folder, own)), signal);
}

async function tryOut(node: string, open: (signal: AbortSignal) => Promise<NodeAccess>, signal: AbortSignal): Promise<void> {
	const own = AbortSignal.any([signal, AbortSignal.timeout(milliseconds)]);
	let access: NodeAccess | undefined;
	try {
		access = await open(own);
		await access.run('exit 0', {signal: own, timeoutMilliseconds: milliseconds});
	} catch (error) {
		signal.throwIfAborted();
		if (error instanceof DOMException && error.name === 'TimeoutError')
			throw new ActionableError(
				`${node} gave a script no answer within ${milliseconds / 1000} s`,
				`${untouched} Check the kubelet of the node; --via ssh reaches a node without it.`,
				{cause: error},
			);
		if (error instanceof AgentAway) return;
		if (isPodRefusal(error))
			throw refused(`a pod on ${node}`, error, '--helper-namespace NAME with a namespace that admits it, or --via ssh, which needs no pod');
		// Such as a connection that breaks: it may be over when the step comes, which tries again.
		if (error instanceof ClusterError && error.status !== 401 && error.status !== 403) return;
		// A missing shell, an image that is not pulled, a right.
		if (error instanceof ActionableError) throw new ActionableError(error.message, `${untouched} ${error.hint}`, {cause: error});
		throw error;
	} finally {
		await access?.close();
	}
}

async function assertAdmitted(pods: readonly PodToMake[], {client, signal}: Rehearsal): Promise<void> {
	for (const {what, namespace, manifest, isOurs, instead} of pods) {
		const no = await admission(client, namespace, manifest, signal);
		// Other admission may tell us from the controller that makes it: its no to us proves nothing of a pod that is not ours.
		if (no !== undefined && (isOurs || isPodSecurity(no))) throw refused(what, no, instead);
	}
}

const isPodSecurity = ({message}: ClusterError): boolean => /violates PodSecurity/u.test(message);

/** The server's no to a pod, by dry run; undefined where it says yes, or nothing that counts (a webhook with side effects takes no part). */
async function admission(
	client: Rehearsed['client'],
	namespace: string,
	body: object,
	signal: AbortSignal,
): Promise<ClusterError | undefined> {
	try {
		await client.request({method: 'POST', path: podPath(namespace), query: {dryRun: 'All'}, body, repeatable: true, signal});
		return undefined;
	} catch (error) {
		signal.throwIfAborted();
		return isPodRefusal(error) ? error : undefined;
	}
}

function refused(what: string, error: ClusterError, instead: string): ActionableError {
	return new ActionableError(`${what} is not admitted: ${messageOf(error)}`, `${untouched} Use ${instead}`, {cause: error});
}

/** A node that the plan's steps concern. */
function firstNode({steps, binaries}: Pick<Plan, 'steps' | 'binaries'>): string | undefined {
	return steps.find(({node}) => node !== '')?.node ?? binaries[0]?.node;
}
