import {describe, expect, it} from 'vitest';
import type {Question} from '../../source/proof/probes.ts';
import type {ProbeAnswer} from '../../source/connect/connection.ts';
import {askUntilSettled, unsettledNodes, type SettleOptions} from '../../source/proof/settle.ts';
import {healthyEvidence, withNode} from '../diagnosis/scenes.ts';

const now = Date.parse('2026-01-01T00:00:00Z');
const startedAt = (seconds: number) =>
	withNode(healthyEvidence(), 'node-1', node => ({
		...node,
		agent: {
			pod: 'cilium-1',
			phase: 'Running',
			ready: true,
			image: '',
			imageID: '',
			trouble: '',
			startedAt: new Date(now - seconds * 1000).toISOString(),
		},
	}));

describe('a node is unsettled', () => {
	it.each([
		['an agent that has just started', 1, true],
		['29 seconds', 29, true],
		['31 seconds', 31, false],
		['a day', 86_400, false],
		['a cluster whose clock is some seconds ahead', -20, true],
		['a clock that is hours ahead, which tells nothing', -7200, false],
	])('%s', (_what, seconds, wanted) => {
		expect(unsettledNodes(startedAt(seconds), now).has('node-1')).toBe(wanted);
	});

	it('only as long as whoever asks has time', () => {
		expect(unsettledNodes(startedAt(1), now, now + 5000).get('node-1')).toBe(now + 5000);
		expect(unsettledNodes(startedAt(1), now, now + 60_000).get('node-1')).toBe(now + 29_000);
		expect(unsettledNodes(startedAt(1), now, now).has('node-1')).toBe(false);
	});

	it('not where the agent is not there, or its time was not told', () => {
		const without = withNode(healthyEvidence(), 'node-1', node => ({...node, agent: null}));
		expect(unsettledNodes(without, now).has('node-1')).toBe(false);
	});
});

describe('what failed on an unsettled node', () => {
	const question = (id: number, parts: Partial<Question> = {}): Question => ({
		probe: {id, protocol: 'TCP', address: '10.88.0.11', port: 8080},
		hostPort: 'default/web:8080/TCP',
		node: 'node-1',
		from: 'other-node',
		via: 'node-2',
		by: '',
		expected: 'answer',
		because: '',
		...parts,
	});
	const refused: ProbeAnswer = {ok: false, milliseconds: 0, error: 'refused'};
	const good: ProbeAnswer = {ok: true, milliseconds: 1, error: ''};

	async function settle(
		first: ReadonlyArray<[Question, ProbeAnswer]>,
		unsettled: readonly string[],
		later: (round: number) => ProbeAnswer,
		parts: Partial<SettleOptions> = {},
	) {
		const answers = new Map(first.map(([{probe}, answer]) => [probe.id, answer]));
		const rounds: number[][] = [];
		await askUntilSettled(
			first.map(([asked]) => asked),
			{
				unsettled: new Map(unsettled.map(node => [node, Date.now() + 60_000])),
				signal: new AbortController().signal,
				pause: 0,
				answerTo: ({probe}) => answers.get(probe.id),
				async ask(again) {
					rounds.push(again.map(({probe}) => probe.id));
					for (const {probe} of again) answers.set(probe.id, later(rounds.length));
				},
				...parts,
			},
		);
		return {rounds, answers};
	}

	it('is asked again until it answers, and what answered is not', async () => {
		const {rounds, answers} = await settle(
			[
				[question(1), refused],
				[question(2), good],
			],
			['node-1'],
			round => (round < 3 ? refused : good),
		);
		expect(rounds).toEqual([[1], [1], [1]]);
		expect(answers.get(1)).toEqual(good);
	});

	it('is asked again where the node that the connection leaves from is the unsettled one', async () => {
		const {rounds} = await settle([[question(1), refused]], ['node-2'], () => good);
		expect(rounds).toEqual([[1]]);
	});

	it('is not asked again on nodes whose agents run for long, nor where no answer is expected', async () => {
		expect((await settle([[question(1), refused]], ['node-3'], () => good)).rounds).toEqual([]);
		expect((await settle([[question(1, {expected: 'no answer'}), refused]], ['node-1'], () => good)).rounds).toEqual([]);
	});

	it('is not asked again where the application refuses at its own address, in that family', async () => {
		const own = question(2, {from: 'own-address', probe: {id: 2, protocol: 'TCP', address: '10.0.0.5', port: 80}});
		expect(
			(
				await settle(
					[
						[question(1), refused],
						[own, refused],
					],
					['node-1'],
					() => good,
				)
			).rounds,
		).toEqual([]);
		expect(
			(
				await settle(
					[
						[question(1), refused],
						[own, good],
					],
					['node-1'],
					() => good,
				)
			).rounds,
		).toEqual([[1]]);
		const six = {...own, probe: {...own.probe, address: 'fd00::5'}};
		expect(
			(
				await settle(
					[
						[question(1), refused],
						[six, refused],
					],
					['node-1'],
					() => good,
				)
			).rounds,
		).toEqual([[1]]);
	});

	it('stays a failure once the node has had its time', async () => {
		const {rounds} = await settle([[question(1), refused]], [], () => refused, {unsettled: new Map([['node-1', Date.now() - 1]])});
		expect(rounds).toEqual([]);
	});

	it('ends with the signal’s reason', async () => {
		const stop = new AbortController();
		const onSettle = () => stop.abort(new Error('interrupted'));
		const settling = settle([[question(1), refused]], ['node-1'], () => refused, {signal: stop.signal, onSettle, pause: 60_000});
		await expect(settling).rejects.toThrow('aborted');
		expect(stop.signal.aborted).toBe(true);
	});
});
