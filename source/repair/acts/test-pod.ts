import {randomBytes} from 'node:crypto';
import type {CoreV1EventList, V1Pod} from '@kubernetes/client-node';
import type {PodImage} from '../../access/helper-pod-image.ts';
import {helperPodManifest} from '../../access/helper-pod-manifest.ts';
import {failureIn, type SeenPod as HelperPod} from '../../access/reader-pod-failure.ts';
import type {Wire} from '../../cluster/cluster-client.ts';
import {ask} from '../../cluster/typed-api.ts';
import {ClusterError} from '../../cluster/cluster-error.ts';
import {ActionableError} from '../../errors.ts';
import {printableLine} from '../../foreign-text.ts';
import {connectingScript} from '../../proof/connecting-script.ts';
import {containerPort, listeningScript, nothingListens} from '../../proof/listening.ts';
import {parseAnswers} from '../../proof/parse-answers.ts';
import {askAgent} from './node-state.ts';
import {insist, isConflict, isGone, until} from './patience.ts';
import {deletePod, readPod, type SeenPod} from './pods.ts';
import type {StepContext} from '../step-work.ts';

/** Where the test pod is: a node, and a namespace. */
type TestedNode = {readonly node: string; readonly parameters: {readonly namespace: string; readonly hostPort: number}};

const startMilliseconds = 120_000;
const mostAttempts = 10;
/** A kubelet of 1.20 may keep a pod that has stopped until its collector has come by, once a minute (kubernetes/kubernetes #97288). */
export const stopMilliseconds = 150_000;

/** Name of a run's test pod. */
export const testPodName = (run: string): string => `hostport-test-${run}`;

/**
 * Makes the pod, anew where it was given an address that another pod of its node has: to connect to it would prove nothing.
 * IPAM that keeps addresses by the network's name (host-local does) begins anew when chaining changes the conflist's name.
 * False where the image has nothing that listens.
 */
export async function startsAlone(step: TestedNode, context: StepContext): Promise<boolean> {
	for (let attempt = 1; ; attempt += 1) {
		await insist(async () => make(step, context), context);
		if (!(await starts(step, context))) return false;
		const other = await insist(async () => sharesAddress(step, context), context);
		if (other === undefined) return true;
		if (attempt === mostAttempts) {
			throw new ActionableError(
				`the test pod on ${step.node} got the address of ${other} ${attempt} times`,
				'No other node was changed. Check the IPAM of that node: it gives one address to two pods.',
			);
		}

		context.say(`the test pod got the address of ${other}: creating it again`);
		await removeTestPod(step, context);
	}
}

async function make(step: TestedNode, context: StepContext): Promise<void> {
	const {client, signal, run} = context;
	try {
		const body = testPodManifest(step, run, context.testPodOn(step.node));
		await ask(client, {signal}, async ({core}) => core.createNamespacedPod({namespace: step.parameters.namespace, body}));
	} catch (error) {
		if (!isConflict(error)) throw error;
	}
}

/** Another pod of the node that lives with the test pod's address. */
async function sharesAddress({node, parameters: {namespace}}: TestedNode, {client, signal, run}: StepContext): Promise<string | undefined> {
	const pods = await client.list<SeenPod>('/api/v1/pods', {query: {fieldSelector: `spec.nodeName=${node}`}, signal});
	const isOwn = ({metadata}: SeenPod): boolean => metadata?.name === testPodName(run) && metadata.namespace === namespace;
	const address = pods.find(isOwn)?.status?.podIP;
	const other = pods.find(pod => !isOwn(pod) && pod.status?.phase === 'Running' && address !== undefined && pod.status.podIP === address);
	return other === undefined ? undefined : `${other.metadata?.namespace ?? ''}/${other.metadata?.name ?? ''}`;
}

async function starts({node, parameters: {namespace}}: TestedNode, context: StepContext): Promise<boolean> {
	const {clock, signal, say, run} = context;
	const hint = `See: kubectl -n ${namespace} describe pod ${testPodName(run)}; no other node was changed.`;
	return until(
		async () => {
			const pod = await readPod(context, namespace, testPodName(run));
			if (pod?.status?.podIP && pod.status.phase === 'Running') return {value: true};
			if (hasEnded(pod)) return {value: false};
			const event = pod?.metadata?.uid === undefined ? '' : await lastEvent(context, namespace, pod.metadata.uid);
			// A plugin that is not in the folder is not there a moment later either; other words of the kubelet may pass.
			const failure = failureIn(pod ?? {}) ?? (/failed to find plugin/u.test(event) ? event : undefined);
			if (failure !== undefined) throw new ActionableError(`the test pod does not start on ${node}: ${failure}`, hint);
			return {stillAt: `the test pod is ${pod?.status?.phase ?? 'not created yet'}${event === '' ? '' : `: ${event}`}`};
		},
		{clock, signal, say, what: `the test pod does not start on ${node}`, hint, limitMilliseconds: startMilliseconds},
	);
}

const hasEnded = (pod: HelperPod | undefined): boolean =>
	(pod?.status?.containerStatuses ?? []).some(({state}) => state?.terminated?.exitCode === nothingListens);

/** What the kubelet says of this very pod, not of one that had its name before: a missing plugin shows nowhere else. */
async function lastEvent({client, signal}: StepContext, namespace: string, uid: string): Promise<string> {
	const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/events`;
	const {items = []} = await client
		.request<Wire<CoreV1EventList>>({path, query: {fieldSelector: `involvedObject.uid=${uid}`}, signal})
		.catch((error: unknown): Wire<CoreV1EventList> => {
			// Without the right to read events the pod's status alone must tell.
			if (error instanceof ClusterError && error.status === 403) return {};
			throw error;
		});
	const message = items.findLast(({type}) => type === 'Warning')?.message;
	return printableLine(message ?? '', 300);
}

/** Connects to it from its node. @throws ActionableError where it does not answer in time */
export async function answers({node, parameters: {hostPort}}: TestedNode, context: StepContext): Promise<void> {
	const {address} = context.testPodOn(node);
	await askAgent(
		context,
		node,
		async access => {
			const marker = randomBytes(8).toString('hex');
			const {stdout} = await access.run(connectingScript, {
				parameters: [marker, '3', '0', 'TCP', address, String(hostPort)],
				signal: context.signal,
				timeoutMilliseconds: 10_000,
			});
			const {found, reason} = parseAnswers(stdout, marker);
			const said = found.get(0)?.error || reason;
			return found.get(0)?.ok === true
				? {value: true}
				: {stillAt: `${address}:${hostPort} does not answer yet${said === '' ? '' : ` (${said})`}`};
		},
		{
			what: `hostPort ${hostPort} of the test pod does not answer on ${node}`,
			hint: 'No other node was changed. See: kubectl hostport check',
			limitMilliseconds: 30_000,
		},
	);
}

/**
 * Waits until it is gone: that a pod can stop is half of what it proves. One that never had an address has no rules either, and
 * may be unable to stop as long as the conflist is what it is: that one is only asked to go.
 */
export async function removeTestPod({parameters: {namespace}}: TestedNode, context: StepContext): Promise<void> {
	const name = testPodName(context.run);
	const pod = await insist(async () => readPod(context, namespace, name), context);
	if (pod === undefined) return;
	await deletePod(context, namespace, {name, uid: pod.metadata?.uid ?? ''});
	if (!pod.status?.podIP) return;
	await until(
		async () =>
			(await readPod(context, namespace, name).catch(gone)) === undefined ? {value: true} : {stillAt: 'the test pod is stopping'},
		{
			clock: context.clock,
			signal: context.signal,
			what: `the test pod ${name} does not stop`,
			hint: `See: kubectl -n ${namespace} describe pod ${name}`,
			limitMilliseconds: stopMilliseconds,
		},
	);
}

function gone(error: unknown): undefined {
	if (isGone(error)) return undefined;
	throw error;
}

/** The pod as it is sent. */
export function testPodManifest(
	{node, parameters: {namespace, hostPort}}: TestedNode,
	run: string,
	{image, imagePullPolicy = 'IfNotPresent', imagePullSecrets}: PodImage,
): V1Pod {
	return helperPodManifest(
		{name: testPodName(run), namespace, run, node, deadlineSeconds: 300, imagePullSecrets},
		{
			containers: [
				{
					name: 'test',
					image,
					imagePullPolicy,
					command: ['sh', '-c', listeningScript],
					ports: [{containerPort, hostPort, protocol: 'TCP'}],
					resources: {requests: {cpu: '0', memory: '0'}},
					securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: ['ALL']}},
				},
			],
		},
	);
}
