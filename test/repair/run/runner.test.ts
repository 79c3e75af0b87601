import {describe, expect, test} from 'vitest';
import {ClusterError} from '../../../source/cluster/cluster-error.ts';
import {ActionableError} from '../../../source/errors.ts';
import type {Journal} from '../../../source/repair/journal.ts';
import type {RunEvent} from '../../../source/repair/run/run-environment.ts';
import {runResult} from '../../../source/repair/run/runner.ts';
import type {Ended, RepairSetting} from '../../../source/repair/run/repair.ts';
import {simulatedCluster, type SimulatedCluster} from '../simulation/cluster.ts';
import {fix} from '../simulation/run.ts';

type StepEvent = Extract<RunEvent, {type: 'step'}> & {readonly at: number};
type Tools = RepairSetting['tools'];

/** A run with some of its tools made otherwise, and what was told of it. */
async function carried(
	cluster: SimulatedCluster,
	change: (tools: Tools) => Partial<Tools> = () => ({}),
	parts: Partial<RepairSetting> = {},
): Promise<Ended & {readonly events: readonly StepEvent[]; readonly words: readonly string[]}> {
	const events: StepEvent[] = [];
	const words: string[] = [];
	const connection = cluster.connect();
	const onEvent = (event: RunEvent): void => {
		if (event.type === 'step') events.push({...event, at: cluster.now()});
		else words.push(event.text);
		parts.onEvent?.(event);
	};
	const tools = {...connection.tools, ...change(connection.tools)};
	const ended = await fix(cluster, {setting: {...connection, ...parts, tools, onEvent}});
	if (ended === undefined) throw new Error('nothing was to be done');
	return {...ended, events, words};
}

const statesOf = ({plan, entries}: Journal): readonly string[] => plan.steps.map(({id}) => entries[id]?.state ?? 'pending');
const started = (events: readonly StepEvent[]): readonly string[] =>
	events.flatMap(({state, step}) => (state === 'started' ? [step.kind] : []));

test('each step is told when it begins and when it ends, with what was seen and how long it took, as its journal has it', async () => {
	const {journal, events, end} = await carried(simulatedCluster());
	expect([end.outcome, journal.outcome]).toEqual(['done', 'done']);
	for (const step of journal.plan.steps) {
		const [began, ended, ...more] = events.filter(event => event.step.id === step.id);
		expect([began?.state, began?.says, more.length]).toEqual(['started', '', 0]);
		const {state, says, seconds} = journal.entries[step.id] ?? {};
		expect(['done', 'skipped']).toContain(state);
		expect(ended).toMatchObject({state, says, isCutOff: false});
		expect(says).not.toBe('');
		expect(ended?.seconds).toBe(Math.round(((ended?.at ?? 0) - (began?.at ?? 0)) / 100) / 10);
		expect(seconds).toBeLessThanOrEqual(ended?.seconds ?? 0);
	}

	expect(Math.max(...Object.values(journal.entries).map(({seconds}) => seconds))).toBeGreaterThan(1);
});

test('what is in place already is skipped, and said', async () => {
	const cluster = simulatedCluster();
	const {journal} = await carried(cluster, () => ({
		watchServices: async () => {
			for (const {files} of cluster.nodes) files.set('portmap', 'good');
		},
	}));
	const [first] = journal.plan.steps;
	expect(journal.entries[first?.id ?? '']).toMatchObject({state: 'skipped', says: expect.stringContaining('portmap exists')});
});

test('steps that fail side by side are one error that counts them, with the first one’s hint; nothing comes after them', async () => {
	const {journal, end, events} = await carried(simulatedCluster(), () => ({
		portmapFor: async () => Promise.reject(new ActionableError('the disk is full', 'Make room.')),
	}));
	const failed = events.filter(({state}) => state === 'failed');
	expect(failed.length).toBeGreaterThan(1);
	expect(failed.every(({says, isCutOff}) => says === 'the disk is full' && isCutOff === false)).toBe(true);
	expect(end).toMatchObject({
		outcome: 'failed',
		error: {message: `the disk is full (and ${failed.length - 1} more steps failed)`, hint: 'Make room.'},
	});
	expect((end.error as Error).cause).toMatchObject({message: 'the disk is full'});
	expect([journal.outcome, new Set(started(events))]).toEqual(['failed', new Set(['put-binary'])]);
	expect(statesOf(journal)).toContain('failed');
});

test('of one that fails alone the error is its own', async () => {
	let calls = 0;
	const error = new ActionableError('the disk is full', 'Make room.');
	const {end} = await carried(simulatedCluster(), tools => ({
		portmapFor: async (...own) => ((calls += 1) === 1 ? Promise.reject(error) : tools.portmapFor(...own)),
	}));
	expect(end.error).toBe(error);
});

describe('a server that is away is no failure of the step: the journal stays open, so that the next run goes on', () => {
	const away = new ClusterError('connection refused', 'try again', {verb: 'get', resource: 'x'}, {reason: 'ConnectionLost'});
	const full = new ActionableError('the disk is full', 'Make room.');
	const several = expect.stringMatching(/^connection refused \(and [1-9] more steps failed\)$/u);

	test.each([
		['one step', {'node-1': away}, 'running', 'connection refused'],
		['each that runs beside it', {'node-1': away, 'node-2': away}, 'running', several],
		[
			'one step, where another has failed by itself',
			{'node-1': away, 'node-2': full},
			'failed',
			'the disk is full (and 1 more steps failed)',
		],
	] as const)('%s', async (_, of: Readonly<Record<string, Error>>, outcome, message) => {
		const {journal, end, events} = await carried(simulatedCluster(), tools => ({
			openWriter: async (node, ...own) => (of[node] === undefined ? tools.openWriter(node, ...own) : Promise.reject(of[node])),
		}));
		expect(end).toMatchObject({outcome: 'failed', error: {message}});
		expect(events.filter(({state}) => state === 'failed')).toHaveLength(Object.keys(of).length);
		expect(statesOf(journal).includes('failed')).toBe(outcome === 'failed');
		expect(journal.outcome).toBe(outcome);
	});
});

test('who stops a run before its first step has it stopped there, and its journal says so', async () => {
	const stop = new AbortController();
	const reason = new ActionableError('stopped by you', '');
	const {journal, end, events} = await carried(simulatedCluster(), () => ({watchServices: async () => stop.abort(reason)}), {
		signal: stop.signal,
	});
	expect(events).toEqual([]);
	expect(end).toMatchObject({outcome: 'interrupted', error: reason});
	expect(journal.outcome).toBe('interrupted');
});

test('who stops a run in the middle of a step has it cut off, not failed', async () => {
	const stop = new AbortController();
	const {journal, end, events} = await carried(simulatedCluster(), () => ({}), {
		signal: stop.signal,
		onEvent: event => void (event.type === 'step' && event.step.kind === 'roll-agents' && event.state === 'started' && stop.abort()),
	});
	expect(events.at(-1)).toMatchObject({state: 'failed', says: 'interrupted', isCutOff: true, step: {kind: 'roll-agents'}});
	expect([end.outcome, journal.outcome]).toEqual(['interrupted', 'interrupted']);
	expect(statesOf(journal)).not.toContain('failed');
});

test('whatever a step has opened is closed after it', async () => {
	let open = 0;
	const counted =
		<Own extends unknown[], Access extends {close(): Promise<void>}>(opening: (...own: Own) => Promise<Access>) =>
		async (...own: Own): Promise<Access> => {
			const access = await opening(...own);
			open += 1;
			return {
				...access,
				async close() {
					open -= 1;
					await access.close();
				},
			};
		};
	await carried(simulatedCluster(), tools => ({
		openAgent: counted(async (...own: Parameters<Tools['openAgent']>) => tools.openAgent(...own)),
		openReader: counted(async (...own: Parameters<Tools['openReader']>) => tools.openReader(...own)),
		openWriter: counted(async (...own: Parameters<Tools['openWriter']>) => tools.openWriter(...own)),
	}));
	expect(open).toBe(0);
});

const result = (verdict: string) => ({verdict}) as never;

test.each([
	['works', [result('works')], [], 'done'],
	['fails', [result('fails')], [], 'done'],
	['tells nothing beside one that works', [result('not proven'), result('works')], [], 'done'],
	['tells nothing', [result('not proven')], [], 'incomplete'],
	['could not be made', [], ['node-1: no shell'], 'incomplete'],
	['had nothing to be made to', [], [], 'done'],
] as const)('a run whose every connection %s has the proof in its result, and is %s', async (_, results, unasked, outcome) => {
	const proof = {results, unasked};
	const {journal, end} = await carried(simulatedCluster(), () => ({prove: async () => ({ok: true, summary: 'seen', proof})}));
	expect(end.proof).toBe(proof);
	const run = runResult(journal, end);
	expect(run).toMatchObject({apiVersion: 'hostport.dev/v1', kind: 'Run', id: journal.id, outcome, proof});
	const skipped = {...journal, plan: {...journal.plan, left: [{pod: 'default/web', reason: 'down'}]}};
	expect(runResult(skipped, end).outcome).toBe('incomplete');
	expect(runResult(skipped, {outcome: 'failed'})).toMatchObject({outcome: 'failed', proof: null});
});

test('the result has four words for what became of a step', async () => {
	const {journal, end} = await carried(simulatedCluster());
	const [{id} = {id: ''}] = journal.plan.steps;
	const wordOf = (state: Journal['entries'][string]['state']): string | undefined =>
		runResult({...journal, entries: {...journal.entries, [id]: {...journal.entries[id]!, state}}}, end).steps[0]?.state;
	expect(
		Object.fromEntries(
			(['pending', 'started', 'done', 'skipped', 'failed', 'undoing', 'undone', 'left', 'undo-failed'] as const).map(state => [
				state,
				wordOf(state),
			]),
		),
	).toEqual({
		pending: 'skipped',
		started: 'failed',
		done: 'done',
		skipped: 'skipped',
		failed: 'failed',
		undoing: 'failed',
		undone: 'undone',
		left: 'done',
		'undo-failed': 'failed',
	});
});
