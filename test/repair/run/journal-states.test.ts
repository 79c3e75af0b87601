import {promisify} from 'node:util';
import {gzip} from 'node:zlib';
import {describe, expect, it} from 'vitest';
import type {Entry, Journal} from '../../../source/repair/journal.ts';
import {journalKeeper} from '../../../source/repair/run/journal-keeper.ts';
import {isPart, packedStates, unpackedStates} from '../../../source/repair/run/journal-states.ts';

const zip = promisify(gzip);
const pack = async (text: string): Promise<string> => (await zip(text)).toString('base64');
const done: Entry = {state: 'done', before: {there: false}, seconds: 1, says: 'it answers'};
const journalOf = (count: number): Journal => {
	const ids = Array.from({length: count}, (_, index) => `binary/node-${index}`);
	return {plan: {steps: ids.map(id => ({id}))}, entries: Object.fromEntries(ids.map(id => [id, done]))} as unknown as Journal;
};

describe('states of a journal in parts', () => {
	it.each([0, 1, 40, 41, 1000])('of %d steps are the same when they are read', async count => {
		const journal = journalOf(count);
		const parts = await packedStates(journal);
		expect(Object.keys(parts).filter(isPart)).toHaveLength(Math.max(1, Math.ceil(count / 40)));
		expect(await unpackedStates({id: 'x', plan: 'y', ...parts}, 'here')).toEqual(journal.entries);
	});

	it('are written as far as they changed, and put together with what was there', async () => {
		const journal = journalOf(200);
		const parts = await packedStates(journal);
		const later = {...journal, entries: {...journal.entries, 'binary/node-90': {...done, state: 'undone' as const}}};
		const changed = await packedStates(later, ['binary/node-90']);
		expect(Object.keys(changed)).toEqual(['state-2']);
		expect(await unpackedStates({...parts, ...changed}, 'here')).toEqual(later.entries);
		expect(await packedStates(later, [])).toEqual({});
	});

	it('of a run that has only begun are one empty part', async () => {
		expect(Object.keys(await packedStates({...journalOf(90), entries: {}}))).toEqual(['state']);
	});

	it('are refused where two parts tell of one step, or one tells of none', async () => {
		const state = await pack('{"a":{}}');
		await expect(unpackedStates({state, 'state-1': state}, 'here')).rejects.toThrow('two parts hold the state of a');
		await expect(unpackedStates({state: await pack('[]')}, 'here')).rejects.toThrow('holds no states');
	});

	it('have one bound for all parts together', async () => {
		const large = await pack(`{"a":"${'x'.repeat(12 * 1024 * 1024)}"}`);
		const other = await pack(`{"b":"${'x'.repeat(12 * 1024 * 1024)}"}`);
		const third = await pack(`{"c":"${'x'.repeat(12 * 1024 * 1024)}"}`);
		await expect(unpackedStates({state: large, 'state-1': other}, 'here')).resolves.toHaveProperty('b');
		await expect(unpackedStates({state: large, 'state-1': other, 'state-2': third}, 'here')).rejects.toThrow(/larger than/u);
	});
});

it('what could not be written is written with the next change', async () => {
	const told: Array<readonly string[]> = [];
	let isAway = true;
	const store = {
		begin: async () => undefined,
		update: async (_: Journal, changed: readonly string[]) => {
			told.push([...changed].sort());
			if (isAway) throw new Error('away');
		},
	};
	const keeper = journalKeeper(journalOf(3), store, () => 0);
	await expect(keeper.record('binary/node-1', {state: 'started'})).rejects.toThrow('away');
	isAway = false;
	await keeper.record('binary/node-2', {state: 'done'});
	await keeper.record('binary/node-0', {state: 'done'});
	expect(told).toEqual([['binary/node-1'], ['binary/node-1', 'binary/node-2'], ['binary/node-0']]);
});
