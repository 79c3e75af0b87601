import {createHash} from 'node:crypto';
import {managedBy, podPath, runLabel} from '../access/helper-pods.ts';
import {ActionableError} from '../errors.ts';
import {insist, isConflict, isGone, until} from './patience.ts';
import {controllerOf, deletePod, readPod} from './pods.ts';
import type {StepContext} from './step-work.ts';

type Manifest = {readonly metadata: Record<string, unknown>; readonly spec: Record<string, unknown>};

/** The Secret that holds a bare pod's manifest while the pod is nowhere else; its environment may hold secrets. */
const secretName = (run: string, pod: string): string =>
	`hostport-pod-${run}-${createHash('sha256').update(pod).digest('hex').slice(0, 8)}`;

/**
 * Deletes the pod with this uid and makes it anew from the manifest that it has at this moment: as it is, on its node, without what the
 * server fills in. A manifest that stands in a journal is a claim and may be anybody's, so none is read from there.
 * @throws ActionableError where it is gone already, or somebody owns it
 */
export async function makeAnew(context: StepContext, namespace: string, pod: {readonly name: string; readonly uid: string}): Promise<void> {
	const {client, clock, signal, say, plan, run} = context;
	const secret = secretName(run, `${namespace}/${pod.name}`);
	const hint = `Its manifest: kubectl -n ${plan.namespace} get secret ${secret} -o jsonpath={.data.manifest} | base64 -d`;
	const now = await insist(async () => readPod(context, namespace, pod.name), context);
	if (now === undefined || now.metadata?.uid !== pod.uid) {
		if (now !== undefined) return; // another has its name by now: it started after the change
		throw new ActionableError(`${namespace}/${pod.name} is gone, and nobody restarts it`, hint);
	}

	if (controllerOf(now) !== '')
		throw new ActionableError(`${namespace}/${pod.name} has an owner, which would make a second one`, 'Run fix again and look at the plan');
	const {metadata, spec} = now as unknown as Manifest;
	const {labels, annotations} = metadata;
	const manifest = {apiVersion: 'v1', kind: 'Pod', metadata: {name: pod.name, namespace, labels, annotations}, spec};
	await keepManifest(context, secret, JSON.stringify(manifest));
	await deletePod(context, namespace, pod);
	await until(
		async () => {
			const there = await readPod(context, namespace, pod.name);
			return there?.metadata?.uid === pod.uid ? {stillAt: `${namespace}/${pod.name} is stopping`} : {value: true};
		},
		{clock, signal, say, what: `${namespace}/${pod.name} does not stop`, hint, limitMilliseconds: 180_000},
	);
	// Between the two the pod is nowhere but in the Secret: this must not be cut off.
	const own = {clock, signal: AbortSignal.timeout(180_000)};
	await insist(async () => {
		await client.request({method: 'POST', path: podPath(namespace), body: manifest, signal: own.signal}).catch((error: unknown) => {
			if (!isConflict(error)) throw error; // made already, or by someone else
		});
	}, own);
	await forgetManifest(context, secret);
	await until(
		async () => {
			const there = await readPod(context, namespace, pod.name);
			return there?.status?.podIP ? {value: true} : {stillAt: `${namespace}/${pod.name} is starting`};
		},
		{
			clock,
			signal,
			say,
			what: `${namespace}/${pod.name} does not start`,
			hint: `See: kubectl -n ${namespace} describe pod ${pod.name}`,
			limitMilliseconds: 180_000,
		},
	);
}

const secretsPath = (namespace: string, name = ''): string =>
	`/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets${name === '' ? '' : `/${encodeURIComponent(name)}`}`;

async function keepManifest(context: StepContext, name: string, manifest: string): Promise<void> {
	const {client, signal, plan, run} = context;
	const metadata = {name, namespace: plan.namespace, labels: {[managedBy.label]: managedBy.value, [runLabel]: run}};
	const body = {apiVersion: 'v1', kind: 'Secret', metadata, stringData: {manifest}};
	await forgetManifest(context, name); // of an earlier try
	await insist(async () => client.request({method: 'POST', path: secretsPath(plan.namespace), body, signal}), context);
}

async function forgetManifest(context: StepContext, name: string): Promise<void> {
	const {client, clock, plan} = context;
	const signal = AbortSignal.timeout(180_000);
	await insist(
		async () => {
			await client.request({method: 'DELETE', path: secretsPath(plan.namespace, name), signal}).catch((error: unknown) => {
				if (!isGone(error)) throw error;
			});
		},
		{clock, signal},
	);
}
