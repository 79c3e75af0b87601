import {createHash} from 'node:crypto';
import type {V1Secret} from '@kubernetes/client-node';
import {stringify} from 'yaml';
import * as z from 'zod/mini';
import {managedBy, podPath, runLabel} from '../../access/helper-pods.ts';
import {parseJson} from '../../bounded-json.ts';
import type {ClusterClient, Wire} from '../../cluster/cluster-client.ts';
import {ask} from '../../cluster/typed-api.ts';
import {printableLine, withMarks} from '../../foreign-text.ts';
import {name} from '../checked-values.ts';
import {isConflict, isGone} from './patience.ts';

/**
 * A pod that nobody owns, as its manifest lies in a Secret while it is restarted: between the deletion and the creation it is nowhere
 * else. The manifest may be anybody's, so it is used only where somebody vouches for its digest.
 */
export type KeptPod = {
	/** Name of the Secret, in Cilium's namespace. */
	readonly secret: string;
	/** The run that has made it; empty where it does not say. */
	readonly run: string;
	readonly namespace: string;
	readonly name: string;
	/** As it is created: JSON. */
	readonly manifest: string;
	/** SHA-256 of the manifest, hexadecimal. */
	readonly digest: string;
};

/** Where a wait is done, and for whom. */
type Place = {readonly client: ClusterClient; readonly namespace: string};

/** A Secret holds 1 MiB (validation of Kubernetes' core API). */
const largestManifest = 1_400_000;

const texts = z.record(z.string(), z.string());
const kept = z.object({
	metadata: z.object({name, labels: z._default(texts, {})}),
	data: z.object({manifest: z.string().check(z.maxLength(largestManifest))}),
});
const pod = z.object({
	metadata: z.object({name, namespace: name, labels: z.optional(texts), annotations: z.optional(texts)}),
	spec: z.looseObject({}),
});

/** The Secret of one pod of a run. */
export const secretName = (run: string, whole: string): string =>
	`hostport-pod-${run}-${createHash('sha256').update(whole).digest('hex').slice(0, 8)}`;

/** sha256 of a manifest, hexadecimal. */
export const digestOf = (manifest: string): string => createHash('sha256').update(manifest).digest('hex');

/** The manifest by which a pod can be created again: as it is, on its node, without what the server fills in. */
export function manifestOf(value: unknown): string {
	const {metadata, spec} = pod.parse(value);
	return JSON.stringify({apiVersion: 'v1', kind: 'Pod', metadata, spec});
}

/** Keeps a manifest until `forgetKept`; one of an earlier try makes way. */
export async function keep(
	place: Place,
	{secret, run, manifest}: Pick<KeptPod, 'secret' | 'run' | 'manifest'>,
	signal: AbortSignal,
): Promise<void> {
	const {client, namespace} = place;
	const metadata = {name: secret, namespace, labels: {[managedBy.label]: managedBy.value, [runLabel]: run}};
	await forgetKept(place, secret, signal);
	const body = {apiVersion: 'v1', kind: 'Secret', metadata, data: {manifest: Buffer.from(manifest).toString('base64')}};
	await ask(client, {signal}, async ({core}) => core.createNamespacedSecret({namespace, body}));
}

/** The pod that a Secret keeps; undefined where there is none, or none that this program could have written. */
export async function readKept({client, namespace}: Place, secret: string, signal: AbortSignal): Promise<KeptPod | undefined> {
	return keptPodOf(await ask(client, {signal}, async ({core}) => core.readNamespacedSecret({name: secret, namespace})).catch(unlessGone));
}

/** Every Secret of this program in a namespace, by its name, with the pod that it keeps; undefined: none that a pod could be made of. */
export async function listKept(
	{client, namespace}: Place,
	signal: AbortSignal,
): Promise<ReadonlyArray<{readonly name: string; readonly kept: KeptPod | undefined}>> {
	const query = {labelSelector: `${managedBy.label}=${managedBy.value}`};
	const all = await client.list<Wire<V1Secret>>(secretsPath(namespace), {query, signal, pageSize: 20});
	return all.map(each => ({name: printableLine(each.metadata?.name ?? '', 253), kept: keptPodOf(each)}));
}

/** Removes the Secret; that it is gone already is no error. */
export async function forgetKept({client, namespace}: Place, secret: string, signal: AbortSignal): Promise<void> {
	await ask(client, {signal}, async ({core}) => core.deleteNamespacedSecret({name: secret, namespace})).catch(unlessGone);
}

/** Whether a pod of that name is there, whoever has made it. */
export async function isThere(
	{client}: Pick<Place, 'client'>,
	own: Pick<KeptPod, 'namespace' | 'name'>,
	signal: AbortSignal,
): Promise<boolean> {
	return (await client.request({path: podPath(own.namespace, own.name), signal}).catch(unlessGone)) !== undefined;
}

/** Creates the pod; that one of its name is there by now is no error. */
export async function createPod(
	{client}: Pick<Place, 'client'>,
	{namespace, manifest}: Pick<KeptPod, 'namespace' | 'manifest'>,
	signal: AbortSignal,
): Promise<void> {
	// As it is: the client library would drop what it does not know of a pod.
	const body = JSON.parse(manifest) as unknown;
	await client.request({method: 'POST', path: podPath(namespace), body, signal}).catch((error: unknown) => {
		if (!isConflict(error)) throw error;
	});
}

/** The manifest as a person reads it: whole, and what cannot be seen is marked. */
export const shownManifest = ({manifest}: Pick<KeptPod, 'manifest'>): string =>
	withMarks(stringify(JSON.parse(manifest) as unknown, {lineWidth: 0}));

function keptPodOf(value: unknown): KeptPod | undefined {
	const read = kept.safeParse(value);
	if (!read.success) return undefined;
	const {metadata, data} = read.data;
	try {
		const manifest = manifestOf(parseJson(Buffer.from(data.manifest, 'base64')));
		const {metadata: own} = pod.parse(JSON.parse(manifest));
		return {
			secret: metadata.name,
			run: metadata.labels[runLabel] ?? '',
			namespace: own.namespace,
			name: own.name,
			manifest,
			digest: digestOf(manifest),
		};
	} catch {
		return undefined; // nothing that a pod could be made of
	}
}

const secretsPath = (namespace: string): string => `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets`;

function unlessGone(error: unknown): undefined {
	if (!isGone(error)) throw error;
}
