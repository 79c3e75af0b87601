import type {V1ConfigMap} from '@kubernetes/client-node';
import {managedBy} from '../../access/helper-pods.ts';
import type {ClusterClient, Wire} from '../../cluster/cluster-client.ts';
import {ask} from '../../cluster/typed-api.ts';
import {ActionableError, messageOf} from '../../errors.ts';
import {printableLine} from '../../foreign-text.ts';
import type {Journal, JournalStore} from '../journal.ts';
import {readJournal, UnreadableJournal} from './journal-schema.ts';
import {packed, packedStates, partsIn, unpacked, unpackedStates} from './journal-states.ts';
import {insist, isConflict, isGone, type Insisting} from '../acts/patience.ts';

const kindLabel = 'hostport.dev/kind';
/** A ConfigMap holds 1 MiB (validation of Kubernetes' core API); some of it goes to the rest of the object. */
const largestData = 1_000_000;

type SeenConfigMap = Wire<V1ConfigMap>;

/** Name of the ConfigMap of a run's journal. */
export const journalName = (id: string): string => `hostport-run-${id}`;

const collection = (namespace: string): string => `/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps`;

/**
 * Keeps a journal in one ConfigMap of the cluster. The plan is written once, of the states only the parts that changed, all compressed.
 * @param waiting its signal is one of its own: what was done is to be written also after an interruption
 */
export function journalConfigMap(client: ClusterClient, namespace: string, waiting: Insisting): JournalStore {
	const {signal} = waiting;
	let version: string | undefined;
	const readRun = async (id: string): Promise<V1ConfigMap> =>
		ask(client, {signal}, async ({core}) => core.readNamespacedConfigMap({name: journalName(id), namespace}));
	/** @param gone names of parts that are to be there no more */
	const write = async (how: 'create' | 'patch', id: string, data: Record<string, string>, gone: readonly string[] = []): Promise<void> => {
		const changes: Readonly<Record<string, string | null>> = {...data, ...Object.fromEntries(gone.map(part => [part, null]))};
		await insist(async () => {
			try {
				const name = journalName(id);
				const written = await ask(client, {signal, patchType: 'merge'}, async ({core}) =>
					how === 'create'
						? core.createNamespacedConfigMap({namespace, body: manifest(namespace, id, data)})
						: core.patchNamespacedConfigMap({name, namespace, body: {metadata: {resourceVersion: version}, data: changes}}),
				);
				version = written.metadata?.resourceVersion;
			} catch (error) {
				if (!isConflict(error)) throw error;
				// Our own write whose answer was lost, or somebody who took the run over.
				const current = await readRun(id);
				if (Object.entries(changes).some(([key, value]) => (current.data?.[key] ?? null) !== value)) {
					throw new ActionableError(`the run ${id} was taken over by someone else`, 'This process stopped. See: kubectl hostport runs', {
						cause: error,
					});
				}

				version = current.metadata?.resourceVersion;
			}
		}, waiting);
	};

	return {
		async begin(journal) {
			const data = {...heading(journal), plan: await packed(journal.plan), ...(await packedStates(journal))};
			const size = Object.values(data).reduce((sum, text) => sum + text.length, 0);
			if (size > largestData)
				throw new ActionableError(
					`the journal of this plan is too large for a ConfigMap (${size} bytes)`,
					'Nothing was changed. Repair the nodes in parts: kubectl hostport fix NODE…',
				);
			const existing = await insist(async () => readRun(journal.id).catch(absent), waiting);
			// Between reading an unfinished run and getting the lock, somebody else may have resumed it.
			if (existing !== undefined && existing.data?.['updatedAt'] !== journal.updatedAt) {
				throw new ActionableError(
					`the run ${journal.id} was resumed elsewhere in the meantime`,
					'Nothing was changed. See: kubectl hostport runs',
				);
			}

			version = existing?.metadata?.resourceVersion;
			// A new plan of a resumed run may have its steps in fewer parts.
			const gone = partsIn(existing?.data ?? {}).filter(part => !(part in data));
			await write(existing === undefined ? 'create' : 'patch', journal.id, data, gone);
		},
		async update(journal, changed) {
			await write('patch', journal.id, {...heading(journal), ...(await packedStates(journal, changed))});
		},
	};
}

/**
 * A journal that cannot be read: its ConfigMap, what it says of itself, and why nothing of it is acted on. `isEnded`: there is nothing to
 * resume; `isUndone`: nor anything to roll back.
 */
export type DamagedJournal = {
	readonly name: string;
	readonly id: string;
	readonly isEnded: boolean;
	readonly isUndone: boolean;
	readonly error: ActionableError;
};

/** The journals of the cluster, newest first. One that cannot be read, or that this program could not have written, is named in `damaged`. */
export async function listJournals(
	client: ClusterClient,
	namespace: string,
	signal: AbortSignal,
): Promise<{journals: Journal[]; damaged: DamagedJournal[]}> {
	const labelSelector = `${managedBy.label}=${managedBy.value},${kindLabel}=run`;
	const all = await client.list<SeenConfigMap>(collection(namespace), {query: {labelSelector}, signal, pageSize: 20});
	const journals: Journal[] = [];
	const damaged: DamagedJournal[] = [];
	// One after another: what a small ConfigMap unpacks to may be large.
	for (const each of all) {
		signal.throwIfAborted();
		const name = printableLine(each.metadata?.name ?? '', 253);
		try {
			journals.push(await unpackedJournal(each, name, namespace));
		} catch (error) {
			const {id = '', outcome = ''} = each.data ?? {};
			damaged.push({
				name,
				id: printableLine(id, 64),
				isEnded: ['done', 'nothing-to-do', 'rolled-back'].includes(outcome),
				isUndone: ['nothing-to-do', 'rolled-back'].includes(outcome),
				error: error instanceof ActionableError ? error : new UnreadableJournal(name, messageOf(error)),
			});
		}
	}

	return {journals: journals.sort((a, b) => (a.id < b.id ? 1 : -1)), damaged};
}

async function unpackedJournal({data = {}}: SeenConfigMap, name: string, namespace: string): Promise<Journal> {
	const {id = '', startedAt = '', updatedAt = '', by = '', outcome = 'running'} = data;
	if (name !== journalName(id)) throw new UnreadableJournal(name, `it belongs to run ${id}`);
	const plan = await unpacked(data['plan'] ?? '');
	const entries = await unpackedStates(data, name);
	const journal = readJournal({apiVersion: 'hostport.dev/v1', kind: 'Journal', id, startedAt, updatedAt, by, plan, entries, outcome}, name);
	if (journal.plan.namespace !== namespace) throw new UnreadableJournal(name, `it is for the namespace ${journal.plan.namespace}`);
	return journal;
}

function absent(error: unknown): undefined {
	if (isGone(error)) return undefined;
	throw error;
}

const heading = ({id, startedAt, updatedAt, by, outcome}: Journal): Record<string, string> => ({id, startedAt, updatedAt, by, outcome});

function manifest(namespace: string, id: string, data: Record<string, string>): V1ConfigMap {
	return {
		apiVersion: 'v1',
		kind: 'ConfigMap',
		metadata: {name: journalName(id), namespace, labels: {[managedBy.label]: managedBy.value, [kindLabel]: 'run'}},
		data,
	};
}
