import {randomBytes} from 'node:crypto';
import type {V1ConfigMap} from '@kubernetes/client-node';
import {managedBy} from '../../access/helper-pods.ts';
import type {ClusterClient} from '../../cluster/cluster-client.ts';
import {ask} from '../../cluster/typed-api.ts';
import {ActionableError} from '../../errors.ts';
import {absent, insist, isConflict, type Insisting} from '../acts/patience.ts';
import type {Journal, JournalStore} from '../journal.ts';
import {journalName, kindLabel} from './journal-config-map.ts';
import {furtherIn, furtherText, placed, type Place} from './journal-places.ts';
import {isPart, packedPlan, packedStates} from './journal-states.ts';

type Changes = Readonly<Record<string, string | null>>;

/**
 * Keeps a journal in one ConfigMap of the cluster, or in several where it does not fit. The plan is written once, of the states only the parts
 * that changed, all compressed. The first ConfigMap is written last: what it names is there.
 * @param waiting its signal is one of its own: what was done is to be written also after an interruption
 */
export function journalConfigMap(client: ClusterClient, namespace: string, waiting: Insisting): JournalStore {
	const maps = mapsOf(client, namespace, waiting);
	let kept: Kept | undefined;
	return {
		async begin(journal) {
			const parts = {...(await packedPlan(journal.plan)), ...(await packedStates(journal))};
			const name = journalName(journal.id);
			const existing = await insist(async () => maps.read(name).catch(absent), waiting);
			// Between reading an unfinished run and getting the lock, somebody else may have resumed it.
			if (existing !== undefined && existing.data?.['updatedAt'] !== journal.updatedAt) {
				throw new ActionableError(
					`the run ${journal.id} was resumed elsewhere in the meantime`,
					'Nothing was changed. See: kubectl hostport runs',
				);
			}

			const main: Place = {
				name,
				uid: existing?.metadata?.uid ?? '',
				version: existing?.metadata?.resourceVersion,
				sizes: new Map(),
			};
			const named = existing?.data?.['parts'] ?? '';
			const gone = Object.keys(existing?.data ?? {}).filter(isPart);
			// A new plan of a resumed run stands in ConfigMaps of its own until the first one names them: before that the old journal is whole.
			kept = {main, further: [], named};
			await writeParts(maps, kept, existing === undefined ? 'create' : 'patch', journal, parts, gone);
			for (const old of furtherIn(named, name) ?? []) await remove(client, namespace, old, waiting.signal);
		},
		async update(journal, changed) {
			if (kept === undefined) throw new Error('the journal was not begun');
			await writeParts(maps, kept, 'patch', journal, await packedStates(journal, changed), []);
		},
	};
}

/** Where a journal is kept. */
type Kept = {
	readonly main: Place;
	readonly further: Place[];
	/** Of the further ones, as the first names them. */
	named: string;
};

/** Writes parts where they belong; the heading, and what the first one names, with the last write. */
async function writeParts(
	{write}: Maps,
	kept: Kept,
	how: How,
	journal: Journal,
	parts: Readonly<Record<string, string>>,
	gone: readonly string[],
): Promise<void> {
	const {main, further} = kept;
	const {id} = journal;
	const where = placed(parts, [main, ...further]);
	if (where === undefined)
		throw new ActionableError(
			'the journal of this plan is larger than this program reads',
			'Repair the nodes in parts: kubectl hostport fix NODE…',
		);
	for (const data of where.more) {
		const place: Place = {name: `${main.name}-${randomBytes(4).toString('hex')}`, uid: '', version: undefined, sizes: new Map()};
		const {metadata} = await write('create', 'run-part', id, place, {id, ...data});
		further.push({...place, uid: metadata?.uid ?? ''});
	}

	for (const place of further) {
		const data = where.to.get(place);
		if (data !== undefined) await write('patch', 'run-part', id, place, data);
	}

	const named = furtherText(further);
	const own = where.to.get(main) ?? {};
	await write(how, 'run', id, main, {
		...heading(journal),
		...own,
		...(named !== kept.named && {parts: named === '' ? null : named}),
		...Object.fromEntries(gone.filter(part => !(part in own)).map(part => [part, null])),
	});
	kept.named = named;
}

type How = 'create' | 'patch';

/** The ConfigMaps of journals. */
type Maps = {
	readonly read: (name: string) => Promise<V1ConfigMap>;
	/** Tried until it is written; `place` knows afterwards what is there. @throws ActionableError where somebody else has written */
	readonly write: (how: How, kind: string, run: string, place: Place, data: Changes) => Promise<V1ConfigMap>;
};

function mapsOf(client: ClusterClient, namespace: string, waiting: Insisting): Maps {
	const {signal} = waiting;
	const read: Maps['read'] = async name => ask(client, {signal}, async ({core}) => core.readNamespacedConfigMap({name, namespace}));
	const send = async (how: How, kind: string, {name, version}: Place, data: Changes): Promise<V1ConfigMap> =>
		ask(client, {signal, patchType: 'merge'}, async ({core}) =>
			how === 'create'
				? core.createNamespacedConfigMap({namespace, body: manifest(namespace, name, kind, data as Record<string, string>)})
				: core.patchNamespacedConfigMap({name, namespace, body: {metadata: {resourceVersion: version}, data: changesOf(data)}}),
		);
	const sendOnce: Maps['write'] = async (how, kind, run, place, data) => {
		try {
			return await send(how, kind, place, data);
		} catch (error) {
			if (!isConflict(error)) throw error;
			// Our own write whose answer was lost, or somebody who took the run over.
			const found = await read(place.name);
			if (Object.entries(data).every(([key, value]) => (found.data?.[key] ?? null) === value)) return found;
			throw new ActionableError(`the run ${run} was taken over by someone else`, 'This process stopped. See: kubectl hostport runs', {
				cause: error,
			});
		}
	};
	return {
		read,
		async write(how, kind, run, place, data) {
			const written = await insist(async () => sendOnce(how, kind, run, place, data), waiting);
			place.version = written.metadata?.resourceVersion;
			for (const [part, text] of Object.entries(data)) if (isPart(part) && text !== null) place.sizes.set(part, text.length);
			return written;
		},
	};
}

/** Nothing names it any more; one that stays is found by `cleanup`. */
async function remove(
	client: ClusterClient,
	namespace: string,
	{name, uid}: Pick<Place, 'name' | 'uid'>,
	signal: AbortSignal,
): Promise<void> {
	const body = {apiVersion: 'v1', kind: 'DeleteOptions', preconditions: {uid}};
	await ask(client, {signal}, async ({core}) => core.deleteNamespacedConfigMap({name, namespace, body})).catch(() =>
		signal.throwIfAborted(),
	);
}

// The type has no word for a value that is to go.
const changesOf = (data: Changes): Record<string, string> => data as Record<string, string>;

const heading = ({id, startedAt, updatedAt, by, outcome}: Journal): Record<string, string> => ({id, startedAt, updatedAt, by, outcome});

function manifest(namespace: string, name: string, kind: string, data: Record<string, string>): V1ConfigMap {
	return {
		apiVersion: 'v1',
		kind: 'ConfigMap',
		metadata: {name, namespace, labels: {[managedBy.label]: managedBy.value, [kindLabel]: kind}},
		data,
	};
}
