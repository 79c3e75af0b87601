import {randomBytes} from 'node:crypto';
import fc from 'fast-check';
import {beforeAll, describe, expect, test} from 'vitest';
import type {Entry, Journal, JournalStore} from '../../../source/repair/journal.ts';
import {findLeftovers} from '../../../source/repair/leftovers/find-leftovers.ts';
import {removeLeftovers} from '../../../source/repair/leftovers/remove-leftovers.ts';
import {journalName, listJournals} from '../../../source/repair/run/journal-config-map.ts';
import {furtherIn, joined, largestData, placed, type Place} from '../../../source/repair/run/journal-places.ts';
import {journalConfigMap} from '../../../source/repair/run/journal-writer.ts';
import {kindOf, withWords} from '../../../source/repair/steps/index.ts';
import {simulatedCluster, type SimulatedCluster} from '../simulation/cluster.ts';
import {fix, rollback, settingFor} from '../simulation/run.ts';
import {isWhole} from '../../support/whole.ts';

const never = new AbortController().signal;
/** Half a kilobyte that no compression makes smaller. */
const dense = (): string => randomBytes(380).toString('base64');

/** Takes two ConfigMaps and a bit. */
const steps = 4200;

type Made = {readonly cluster: SimulatedCluster; readonly journal: Journal; readonly store: JournalStore};

/** A repaired cluster, and the journal of its run with so many more steps in it that were skipped, each with much to say. */
async function repaired(more: number): Promise<Made> {
	const cluster = simulatedCluster();
	const {journal} = (await fix(cluster))!;
	const own = journal.plan.steps.find(({kind}) => kind === 'put-binary')!;
	const extra = Array.from({length: more}, (_, index) => withWords(kindOf(own), `other-${index}`, own.parameters));
	const skipped = (): Entry => ({state: 'skipped', before: null, seconds: 0, says: dense()});
	const entries = {...journal.entries, ...Object.fromEntries(extra.map(({id}) => [id, skipped()]))};
	return {
		cluster,
		journal: {...journal, plan: {...journal.plan, steps: [...extra, ...journal.plan.steps]}, entries},
		store: storeOf(cluster),
	};
}

const storeOf = (cluster: SimulatedCluster) => {
	const {client, clock} = settingFor(cluster);
	return journalConfigMap(client, 'kube-system', {clock, signal: never});
};
const listed = async (cluster: SimulatedCluster) => listJournals(settingFor(cluster).client, 'kube-system', never);
const namesOf = ({configMaps}: SimulatedCluster): string[] => [...configMaps.keys()].filter(name => name.startsWith('hostport-run-'));
const furtherOf = (cluster: SimulatedCluster, {id}: Journal): string[] => namesOf(cluster).filter(name => name !== journalName(id));
const later = (journal: Journal, updatedAt: string, says: string): Journal => ({
	...journal,
	updatedAt,
	entries: Object.fromEntries(
		Object.entries(journal.entries).map(([id, entry]) => [id, {...entry, says: `${says} ${entry.says.slice(9)}`}]),
	),
});
const leftoversIn = async (cluster: SimulatedCluster) => {
	const evidence = {...cluster.look(), nodes: []};
	return findLeftovers(evidence, {client: settingFor(cluster).client, namespaces: [], folders: [], now: cluster.now(), signal: never});
};

let large: Journal;
/** A cluster of its own whose large journal has just been written. */
async function kept(): Promise<Made> {
	const cluster = simulatedCluster();
	const store = storeOf(cluster);
	await store.begin(large);
	return {cluster, journal: large, store};
}

beforeAll(async () => {
	({journal: large} = await repaired(steps));
});

test('a journal that does not fit into one ConfigMap is kept in several, and is one run', async () => {
	const {cluster, journal} = await kept();
	expect(namesOf(cluster).length).toBeGreaterThan(2);
	for (const name of namesOf(cluster)) expect(JSON.stringify(cluster.configMaps.get(name)?.data).length).toBeLessThan(1024 * 1024);
	const {journals, damaged} = await listed(cluster);
	expect(damaged).toEqual([]);
	expect(journals).toHaveLength(1);
	expect(journals[0]?.entries).toEqual(journal.entries);
	expect(journals[0]?.plan.steps.map(({id}) => id)).toEqual(journal.plan.steps.map(({id}) => id));
});

test('one that grows beyond its ConfigMap goes on in another', async () => {
	const cluster = simulatedCluster();
	const store = storeOf(cluster);
	await store.begin({...large, entries: {}});
	expect(namesOf(cluster)).toHaveLength(1);
	const ids = large.plan.steps.map(({id}) => id);
	for (let from = 0; from < ids.length; from += 600) await store.update(large, ids.slice(from, from + 600));
	expect(namesOf(cluster).length).toBeGreaterThan(2);
	const {journals} = await listed(cluster);
	expect(journals[0]?.entries).toEqual(large.entries);
});

/** Kills the writer at each moment of an act, until one comes to its end. */
async function atEachDeath(
	begin: () => Promise<Made>,
	act: (made: Made) => Promise<unknown>,
	check: (made: Made) => Promise<void>,
): Promise<number> {
	for (let moment = 2; ; moment += isWhole ? 1 : 7) {
		const made = await begin();
		const death = made.cluster.killAt(moment);
		await Promise.race([death, act(made).catch(() => undefined)]);
		if (made.cluster.survived()) return moment - 2;
		await check(made);
	}
}

describe('killed between its writes', () => {
	test('a new journal is there whole or not at all, and cleanup finds what was written of it', async () => {
		const moments = await atEachDeath(
			async () => {
				const cluster = simulatedCluster();
				return {cluster, journal: large, store: storeOf(cluster)};
			},
			async ({journal, store}) => store.begin(journal),
			async ({cluster, journal}) => {
				const {journals, damaged} = await listed(cluster);
				expect(damaged).toEqual([]);
				if (journals.length > 0) expect(journals[0]?.entries).toEqual(journal.entries);
				const {found} = await leftoversIn(cluster);
				if (journals.length === 0) expect(found.map(({name}) => name).sort()).toEqual(namesOf(cluster).sort());
			},
		);
		expect(moments).toBeGreaterThan(4);
	});

	test('a write that goes to several leaves each step in its old or its new state', async () => {
		const ids = Object.keys(large.entries);
		const touched = [ids[0]!, ids[2000]!, ids[4000]!];
		const moments = await atEachDeath(
			kept,
			async ({journal, store}) => store.update(later(journal, '2030-01-01T00:00:00Z', 'new state'), touched),
			async ({cluster, journal}) => {
				const {journals, damaged} = await listed(cluster);
				expect(damaged).toEqual([]);
				const [read] = journals;
				for (const [id, entry] of Object.entries(read!.entries)) {
					const old = journal.entries[id]!;
					expect([old.says, `new state ${old.says.slice(9)}`]).toContain(entry.says);
				}
			},
		);
		expect(moments).toBeGreaterThan(4);
	});

	test('a run that is resumed has its old journal or its new one', async () => {
		const moments = await atEachDeath(
			kept,
			async ({cluster, journal}) => storeOf(cluster).begin({...later(journal, journal.updatedAt, 'new state'), by: 'another'}),
			async ({cluster, journal}) => {
				const {journals, damaged} = await listed(cluster);
				expect(damaged).toEqual([]);
				const [read] = journals;
				const isNew = read?.by === 'another';
				const expected = isNew ? later(journal, journal.updatedAt, 'new state') : journal;
				expect(read?.entries).toEqual(expected.entries);
			},
		);
		expect(moments).toBeGreaterThan(8);
	});

	test('of a run that was resumed nothing of the old journal stays', async () => {
		const {cluster, journal} = await kept();
		const before = furtherOf(cluster, journal);
		await storeOf(cluster).begin({...later(journal, journal.updatedAt, 'new state')});
		expect(furtherOf(cluster, journal).filter(name => before.includes(name))).toEqual([]);
		expect(furtherOf(cluster, journal)).toHaveLength(before.length);
	});
});

describe('what others put beside it', () => {
	const replaced = async (change: (cluster: SimulatedCluster, part: string) => void) => {
		const {cluster, journal} = await kept();
		change(cluster, furtherOf(cluster, journal)[0]!);
		return listed(cluster);
	};

	test.each<[string, (cluster: SimulatedCluster, part: string) => void, RegExp]>([
		[
			'a ConfigMap in the place of a part',
			({configMaps}, part) => {
				const own = configMaps.get(part)!;
				configMaps.set(part, {...own, metadata: {...own.metadata, uid: 'somebody-elses'}});
			},
			/is not the part that the run has written/u,
		],
		['a part that is gone', ({configMaps}, part) => void configMaps.delete(part), /is missing/u],
		[
			'a name that is none of a part',
			({configMaps}, part) => {
				const name = part.replace(/-[^-]*$/u, '');
				const first = configMaps.get(name)!;
				configMaps.set(name, {...first, data: {...first.data, parts: `cilium-config ${String(first.metadata['uid'])}`}});
			},
			/names as its parts/u,
		],
	])('%s: nothing of the journal is acted on', async (_, change, why) => {
		const {journals, damaged} = await replaced(change);
		expect(journals).toEqual([]);
		expect(damaged).toHaveLength(1);
		expect(damaged[0]?.error.message).toMatch(why);
	});

	test('a ConfigMap that the run does not name changes nothing, whatever it holds', async () => {
		const {journals, damaged} = await replaced(({configMaps}, part) => {
			const own = configMaps.get(part)!;
			const name = part.replace(/[^-]*$/u, 'ffffffff');
			configMaps.set(name, {
				metadata: {...own.metadata, name, uid: 'planted'},
				data: {...own.data, state: 'H4sIAAAAAAAAA6tWAgD2pjtkAgAAAA=='},
			});
		});
		expect(damaged).toEqual([]);
		expect(journals[0]?.entries).toEqual(large.entries);
	});

	test.each(['hostport-run-x', 'hostport-run-x-12345678', 'hostport-run-x-12345678 a b\nx', ' uid', 'x\n'.repeat(100)])(
		'names that this program does not give are refused: %j',
		text => {
			expect(furtherIn(text, 'hostport-run-x')).toBeUndefined();
		},
	);
});

test('a large run is rolled back, and cleanup removes its parts with it', async () => {
	const {cluster, journal, store} = await repaired(steps);
	await store.begin({...journal, outcome: 'failed'});
	const {found} = await leftoversIn(cluster);
	expect(found.map(({kind, name}) => `${kind} ${name}`).sort()).toEqual(
		namesOf(cluster)
			.map(name => `run ${name}`)
			.sort(),
	);
	const ended = await rollback(cluster);
	expect(ended?.end).toEqual({outcome: 'rolled-back'});
	cluster.settle();
	expect(cluster.violations).toEqual([]);
	expect((await listed(cluster)).journals.map(({outcome}) => outcome)).toEqual(['rolled-back']);
	// What has ended is no leftover, its parts are none either.
	expect((await leftoversIn(cluster)).found).toEqual([]);
	const {client} = settingFor(cluster);
	const openWriter = async (): Promise<never> => Promise.reject(new Error('no node is written to'));
	const removed = await removeLeftovers(found, {client, openWriter, ciliumVersion: '1.10.16', signal: never, concurrency: 4});
	// The ones of before the rollback are gone by then: it has written its own.
	expect(removed.filter(({error}) => error !== '')).toEqual([]);
});

test('parts are found where they were written last, and no place is filled beyond what it takes', () => {
	const write = fc.dictionary(
		fc.constantFrom('plan', 'plan-1', 'state', 'state-1', 'state-2', 'state-7'),
		fc.integer({min: 0, max: largestData}),
		{minKeys: 1},
	);
	fc.assert(
		fc.property(fc.array(write, {minLength: 1, maxLength: 12}), writes => {
			const places: Place[] = [{name: 'first', uid: '0', version: undefined, sizes: new Map()}];
			const stored = new Map<Place, Record<string, string>>([[places[0]!, {}]]);
			const wanted: Record<string, string> = {};
			for (const [round, sizes] of writes.entries()) {
				const parts = Object.fromEntries(Object.entries(sizes).map(([part, size]) => [part, String(round).padEnd(size, 'x')]));
				Object.assign(wanted, parts);
				const {to, more} = placed(parts, places)!;
				const all = [
					...to,
					...more.map((data): [Place, typeof data] => [
						{name: String(places.length), uid: '1', version: undefined, sizes: new Map()},
						data,
					]),
				];
				for (const [place, data] of all) {
					if (!places.includes(place)) places.push(place);
					stored.set(place, {...stored.get(place), ...data});
					for (const [part, text] of Object.entries(data)) place.sizes.set(part, text.length);
				}
			}

			expect(joined(places.map(place => stored.get(place) ?? {}))).toEqual(wanted);
			for (const place of places) expect(Object.values(stored.get(place) ?? {}).join('').length).toBeLessThanOrEqual(largestData + 10);
		}),
		{numRuns: 60},
	);
});
