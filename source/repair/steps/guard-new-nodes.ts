import {daemonSetPath, readDaemonSet} from '../agents.ts';
import {daemonSetName, daemonSetObjects, nameSelector, type Manifest} from '../manifests/daemon-set.ts';
import {insist, isConflict, isGone, until} from '../patience.ts';
import type {StepOf} from '../plan.ts';
import type {StepContext, StepWork} from '../step-work.ts';
import {fieldManager} from './patch-configmap.ts';

type Step = StepOf<'guard-new-nodes'>;

/** The image is the agents' own and on every node: longer means that something keeps the pods from starting. */
const readyMilliseconds = 180_000;

/** Installs the DaemonSet of `manifest daemonset`, with the binary of this run in ConfigMaps, and sees it ready on every node. */
export const guardNewNodes: StepWork<'guard-new-nodes'> = {
	check: async () => undefined,
	capture: async (step, context) => ({was: (await isThere(step, context)) ? 'there' : 'not there'}),

	async apply(step, context) {
		const {namespace, image, folder, architectures} = step.parameters;
		const binaries = await Promise.all(architectures.map(async name => context.portmapFor(name, context.signal)));
		for (const object of daemonSetObjects({namespace, image, folder, source: {kind: 'carried', binaries}})) await put(object, context);
	},

	async verify(step, context) {
		const place = placeOf(step);
		const {namespace, leftOut} = step.parameters;
		return until(
			async () => {
				const {isObserved, desired, updated, available} = await readDaemonSet(context, place);
				const isThrough = isObserved && desired > 0 && updated === desired && available >= desired - leftOut;
				return isThrough
					? {value: `${available} of ${desired} nodes keep portmap, and so will each that joins`}
					: {stillAt: `${available} of ${desired} pods of ${daemonSetName} are ready`};
			},
			{
				...context,
				what: `the DaemonSet ${daemonSetName} does not become ready`,
				hint: `The repair itself is complete. See: kubectl -n ${namespace} get pods -l ${nameSelector}, and their logs.`,
				limitMilliseconds: readyMilliseconds,
			},
		);
	},

	async undo(step, context, {was}) {
		if (was === 'there') return {state: 'left', says: `${daemonSetName} was there before, and stays with the binary of this run`};
		const {namespace} = step.parameters;
		await remove(daemonSetPath(placeOf(step)), context);
		const configMaps = configMapPath(namespace);
		const own = await insist(
			async () => context.client.list<Manifest>(configMaps, {query: {labelSelector: nameSelector}, signal: context.signal}),
			context,
		);
		for (const {metadata} of own) await remove(configMapPath(namespace, metadata.name), context);
		return {state: 'undone', says: `${daemonSetName} and its ConfigMaps are gone; the binary stays on the nodes`};
	},
};

const placeOf = ({parameters: {namespace}}: Step) => ({namespace, daemonSet: daemonSetName});

const configMapPath = (namespace: string, name = ''): string =>
	`/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps${name === '' ? '' : `/${encodeURIComponent(name)}`}`;

async function isThere(step: Step, context: StepContext): Promise<boolean> {
	try {
		await readDaemonSet(context, placeOf(step));
		return true;
	} catch (error) {
		if (isGone(error)) return false;
		throw error;
	}
}

/** Makes an object, or brings one that is there to the same content. */
async function put(object: Manifest, {client, signal, clock}: StepContext): Promise<void> {
	const {namespace, name} = object.metadata;
	const collection = object.kind === 'ConfigMap' ? configMapPath(namespace) : daemonSetPath({namespace, daemonSet: ''}).slice(0, -1);
	const query = {fieldManager};
	await insist(
		async () => {
			try {
				await client.request({method: 'POST', path: collection, query, body: object, signal});
			} catch (error) {
				if (!isConflict(error)) throw error;
				await client.request({
					method: 'PATCH',
					patchType: 'merge',
					path: `${collection}/${encodeURIComponent(name)}`,
					query,
					body: object,
					signal,
				});
			}
		},
		{clock, signal},
	);
}

async function remove(path: string, {client, clock, signal}: StepContext): Promise<void> {
	await insist(
		async () =>
			client
				.request({method: 'DELETE', path, body: {apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background'}, signal})
				.catch((error: unknown) => {
					if (!isGone(error)) throw error;
				}),
		{clock, signal},
	);
}
