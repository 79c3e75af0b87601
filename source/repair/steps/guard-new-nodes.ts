import * as z from 'zod/mini';
import type {Refusal} from '../../diagnosis/refusals.ts';
import {ask} from '../../cluster/typed-api.ts';
import type {PodImage} from '../../access/helper-pod-image.ts';
import {podOf, readDaemonSet} from '../acts/agents.ts';
import {architecture, cniVersions, count, folder, line, name} from '../checked-values.ts';
import {defineStep, type Checked} from '../define-step.ts';
import {fieldManager} from '../acts/field-manager.ts';
import {daemonSetName, daemonSetObjects, nameSelector, type DaemonSetRequest, type Manifest} from '../manifests/daemon-set.ts';
import {insist, isConflict, isGone, until} from '../acts/patience.ts';
import type {Step} from '../plan/plan.ts';
import type {Planning} from '../plan/planning.ts';
import {binaryFolderOf, binaryPlaces} from '../plan/binary-places.ts';
import {isGuarded, isOutdated, outdatedKeepers} from '../plan/keepers.ts';
import type {Portmap} from '../sources/portmap.ts';
import type {StepContext} from '../step-work.ts';

/** The image is the agents' own and on every node: longer means that something keeps the pods from starting. */
const readyMilliseconds = 180_000;

const parameters = z.strictObject({
	namespace: name,
	image: line,
	/** Of CNI binaries on the nodes. */
	folder,
	/** What runtimes call portmap with. */
	cniVersions,
	/** What it carries a binary for. */
	architectures: z.array(architecture),
	/** Nodes that are down and that nobody waits for. */
	leftOut: count,
});
type GuardNewNodes = Step<Checked<typeof parameters>>;

/** Installs the DaemonSet of `manifest daemonset`, with the binary of this run in ConfigMaps, and sees it ready on every node. */
export const guardNewNodes = defineStep({
	kind: 'guard-new-nodes',
	parameters,
	captured: z.object({was: z.optional(line)}),
	parallel: 1,
	// Undone late: as long as any conflist names portmap, the binary has to be there, on a node that joins meanwhile too.
	// Before anything else where it keeps what is too old: it would replace each new one at once.
	order: {plan: planning => (outdatedKeepers(planning).length > 0 ? 5 : 90), undo: 8},
	words: () => ({
		id: 'guard',
		title: 'install portmap on every node that joins',
		undo: 'deletes the DaemonSet and its ConfigMaps; the binary stays on the nodes',
	}),

	offers: {daemonSet: seen => (isGuarded(seen) ? undefined : [])},
	takesAll: ({daemonSet}) => daemonSet === true,
	sideEffects: () => ['adds a DaemonSet that keeps portmap on every node, new nodes included'],
	refusals: planning => [...uselessRefusals(planning), ...keeperRefusals(planning)],
	remaining: planning =>
		planning.choice.strategy === 'portmap' && planning.choice.daemonSet !== true && !isGuarded(planning)
			? ['New nodes will not have portmap: use kubectl hostport fix --daemonset, manifest daemonset or manifest init-script.']
			: [],

	/** Where the person wants it, and nothing of the kind is there that keeps a portmap of use. */
	plan(planning) {
		const {choice, view, nodes, unreachable} = planning;
		const {cilium} = view.evidence;
		const [first] = nodes;
		if (
			choice.daemonSet !== true ||
			(isGuarded(planning) && outdatedKeepers(planning).length === 0) ||
			cilium === null ||
			first === undefined
		)
			return [];
		const {namespace} = cilium;
		const into = binaryFolderOf(first, cilium.daemonSet?.hostPaths ?? []);
		const asked = [...new Set(binaryPlaces(planning).flatMap(place => place.cniVersions))];
		const architectures = [...new Set(nodes.map(({node}) => node.architecture))].filter(each => each !== '').sort();
		return [
			{
				parameters: {
					namespace,
					image: cilium.daemonSet?.image ?? '',
					folder: into,
					cniVersions: asked,
					architectures,
					leftOut: unreachable.length,
				},
				preview: {
					text: `${outdatedKeepers(planning).length > 0 ? 'Replaces what is kept by' : 'Creates'} the DaemonSet ${namespace}/${daemonSetName} (host network, one folder: ${into}) and ConfigMaps that carry the binary for ${architectures.join(', ')}; the same as kubectl hostport manifest daemonset.`,
					changes: [],
				},
				checkAfter: 'it is ready on every node',
				blastRadius: 'adds one small pod to every node, including new ones',
			},
		];
	},

	summary: () => 'guards new nodes',
	binaries: own => own.architectures,
	rights: [
		{
			verbs: ['get', 'create', 'patch', 'delete'],
			group: 'apps',
			resource: 'daemonsets',
			where: 'cilium',
			why: 'the DaemonSet for nodes that join',
		},
		{verbs: ['list'], resource: 'configmaps', where: 'cilium', why: 'the DaemonSet for nodes that join'},
	],
	// What an admission webhook may refuse is in the DaemonSet itself, not in the binary that it carries.
	dryRun: own => ({
		method: 'POST',
		path: `/apis/apps/v1/namespaces/${encodeURIComponent(own.namespace)}/daemonsets`,
		body: daemonSetObjects(requestOf(own, undefined, [])).at(-1),
	}),
	// A DaemonSet is always taken; Pod Security refuses its pods one by one, and nobody is told but the controller.
	pods: async ({parameters: own}, {run, keeperImage}) => [
		{
			what: 'a pod of the DaemonSet that keeps portmap on new nodes',
			namespace: own.namespace,
			manifest: podOf(daemonSetObjects(requestOf(own, keeperImage, [])).at(-1), `hostport-keeper-${run}`, own.namespace),
			isOurs: true,
			instead: 'fix without --daemonset, and kubectl hostport manifest init-script for new nodes',
		},
	],

	check: async () => undefined,
	capture: async (step, context) => ({was: (await isThere(step, context)) ? 'there' : 'not there'}),

	async apply(step, context) {
		const {architectures} = step.parameters;
		const binaries = await Promise.all(architectures.map(async each => context.portmapFor(each, context.signal)));
		for (const object of daemonSetObjects(requestOf(step.parameters, context.keeperImage, binaries))) await put(object, context);
	},

	async verify(step, context) {
		const place = placeOf(step);
		const {namespace, leftOut} = step.parameters;
		return until(
			async () => {
				const {isObserved, desired, updated, available} = await readDaemonSet(context, place);
				const isThrough = isObserved && desired > 0 && updated === desired && available >= desired - leftOut;
				return isThrough
					? {value: `${available} of ${desired} nodes keep portmap, and new nodes will too`}
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

	async revert(step, context, {was}) {
		if (was === 'there') return {state: 'left', says: `${daemonSetName} existed before and stays, with the binary of this run`};
		const {namespace} = step.parameters;
		await remove('DaemonSet', daemonSetName, namespace, context);
		const configMaps = `/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps`;
		const own = await insist(
			async () => context.client.list<Manifest>(configMaps, {query: {labelSelector: nameSelector}, signal: context.signal}),
			context,
		);
		for (const {metadata} of own) await remove('ConfigMap', metadata.name, namespace, context);
		return {state: 'undone', says: `${daemonSetName} and its ConfigMaps are deleted; the binary stays on the nodes`};
	},
});

/** What the DaemonSet is made from. */
const requestOf = (
	{namespace, image, folder: into, cniVersions: asked}: GuardNewNodes['parameters'],
	chosen: PodImage | undefined,
	binaries: readonly Portmap[],
): DaemonSetRequest => ({
	namespace,
	image,
	folder: into,
	cniVersions: asked,
	...(chosen !== undefined && chosen.image !== '' && chosen),
	source: {kind: 'carried', binaries},
});

const placeOf = ({parameters: {namespace}}: GuardNewNodes) => ({namespace, daemonSet: daemonSetName});

async function isThere(step: GuardNewNodes, context: StepContext): Promise<boolean> {
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
	const made = {namespace, body: object, fieldManager};
	const isConfigMap = object.kind === 'ConfigMap';
	const create = async (): Promise<unknown> =>
		ask(client, {signal}, async ({core, apps}) =>
			isConfigMap ? core.createNamespacedConfigMap(made) : apps.createNamespacedDaemonSet(made),
		);
	const change = async (): Promise<unknown> =>
		ask(client, {signal, patchType: 'merge'}, async ({core, apps}) =>
			isConfigMap ? core.patchNamespacedConfigMap({...made, name}) : apps.patchNamespacedDaemonSet({...made, name}),
		);
	await insist(
		async () =>
			create().catch(async (error: unknown) => {
				if (!isConflict(error)) throw error;
				await change();
			}),
		{clock, signal},
	);
}

async function remove(kind: Manifest['kind'], name: string, namespace: string, {client, clock, signal}: StepContext): Promise<void> {
	const gone = {name, namespace, body: {apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background'}};
	await insist(
		async () =>
			ask(client, {signal}, async ({core, apps}): Promise<unknown> =>
				kind === 'ConfigMap' ? core.deleteNamespacedConfigMap(gone) : apps.deleteNamespacedDaemonSet(gone),
			).catch((error: unknown) => {
				if (!isGone(error)) throw error;
			}),
		{clock, signal},
	);
}

function uselessRefusals({choice}: Planning): Refusal[] {
	if (choice.daemonSet !== true || choice.strategy !== 'native') return [];
	return [
		{
			code: '',
			message: 'the DaemonSet installs portmap, which the strategy native does not use',
			hint: 'Run fix without --daemonset: new nodes have what native needs.',
		},
	];
}

/**
 * Where what a repair puts on the nodes would not stay: such a DaemonSet is there that the one of the repair does not take the place of,
 * or the agents bring a portmap that is too old each time that they start, as this repair makes them do.
 */
function keeperRefusals({view, nodes, choice}: Planning): Refusal[] {
	if (choice.strategy !== 'portmap') return [];
	const own = view.evidence.cilium?.namespace ?? '';
	const installer = view.evidence.cilium?.daemonSet?.portmapInstaller ?? '';
	const byAgents: Refusal[] =
		installer !== '' && isOutdated({view, nodes})
			? [
					{
						code: '',
						message: `the agents' init container ${installer} installs a portmap that is too old, and does so again whenever an agent starts`,
						hint: 'Use an image with a newer portmap for that init container (RKE2: the values of its Cilium chart), then run fix again.',
					},
				]
			: [];
	const byKeepers = outdatedKeepers({view, nodes}).flatMap((keeper): Refusal[] => {
		const [namespace = '', name = ''] = keeper.split('/');
		const isReplaceable = namespace === own && name === daemonSetName;
		if (isReplaceable && choice.daemonSet === true) return [];
		return [
			{
				code: '',
				message: `the DaemonSet ${keeper} keeps a portmap on the nodes that is too old, and would restore it within seconds`,
				hint: `${isReplaceable ? 'Use --daemonset: it gets the new one too. Or delete' : 'Delete'} it: kubectl -n ${namespace} delete daemonset ${name}`,
			},
		];
	});
	return [...byAgents, ...byKeepers];
}
