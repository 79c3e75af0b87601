import {describe, expect, it} from 'vitest';
import {judged} from '../../source/proof/judge.ts';
import {ProofPage} from '../../source/tui/screens/proof.tsx';
import {TextColumn} from '../../source/tui/components/text-column.tsx';
import {pageText} from '../../source/tui/page-text.tsx';
import {widthOf} from '../../source/tui/text-width.ts';
import {footerOf} from './footer.tsx';
import {press} from '../../source/tui/press.ts';
import {initialState, type State} from '../../source/tui/state.ts';
import type {LiveProof} from '../../source/tui/store.ts';
import {createModelBuilder} from '../../source/tui/model.ts';
import {snapshotWith, storySnapshot, viewOf} from './fixtures.ts';

const asked = (['same-node', 'other-node', 'client'] as const).map(from => ({
	hostPort: 'default/web:8080/TCP',
	node: 'node-1',
	from,
	via: from === 'client' ? '' : from === 'same-node' ? 'node-1' : 'node-2',
	address: '10.88.0.11',
	by: 'rule CNI-DN-1 (nft) → 10.0.0.5:80',
}));
const live = (parts: Partial<LiveProof> = {}): LiveProof => ({
	asked,
	results: [],
	pods: [],
	unasked: [],
	summary: '',
	isUnderWay: true,
	...parts,
});
const modelOf = (proof: LiveProof | null) => createModelBuilder()(snapshotWith({...storySnapshot(), proof}));
const textOf = (proof: LiveProof, width = 100): string =>
	pageText(
		<TextColumn width={width}>
			<ProofPage {...proof} />
		</TextColumn>,
	);
const answers = judged(
	asked.map(question => ({
		...question,
		expected: 'answer' as const,
		because: '',
		ok: question.from !== 'client',
		milliseconds: question.from === 'client' ? 0 : 0.4,
		error: question.from === 'client' ? 'timed out' : '',
	})),
	[],
);

describe('the proof on the screen', () => {
	it('has a column for each place, with every answer still to come', () => {
		const text = textOf(live());
		for (const head of ['POD ADDRESS', 'SAME NODE', 'OTHER NODE', 'THIS MACHINE']) expect(text).toContain(head);
		expect(text.match(/·/gu)).toHaveLength(4);
	});

	it('fills in as answers come, a sign and a word each', () => {
		const [first] = answers;
		const text = textOf(live({results: [first!]}));
		expect(text).toContain('✓ 0.4 ms');
		expect(text.match(/·/gu)).toHaveLength(3);
	});

	it('does not call a pod bad that is silent over UDP', () => {
		const pods = [{hostPort: 'default/web:8080/TCP', node: 'node-1', address: '10.0.0.5', ok: false, milliseconds: 0, error: 'no answer'}];
		expect(textOf(live({pods}))).toContain('? no answer');
		expect(textOf(live({pods: [{...pods[0]!, error: 'refused'}]}))).toContain('✗ refused');
	});

	it('tells what carries it, why something is not proved, and what could not be asked', () => {
		const text = textOf(live({results: answers, unasked: ['node-3: its Cilium agent does not run'], summary: '2 of 3 connections work'}));
		expect(text).toContain('? timed out');
		for (const part of ['rule CNI-DN-1', 'HP13', 'node-3: its Cilium agent']) expect(text).toContain(part);
	});

	it('says once what is so of several hostPorts', () => {
		const results = answers.flatMap(answer => [answer, {...answer, hostPort: 'default/other:8080/TCP'}]);
		const text = textOf(live({results, asked: results}));
		expect(text).toContain('default/web:8080/TCP and 1 more');
		expect(text.match(/rule CNI-DN-1/gu)).toHaveLength(1);
	});

	it.each([40, 80, 200])('fits %i columns', width => {
		const lines = textOf(live({results: answers, unasked: ['x'.repeat(300)]}), width).split('\n');
		expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(width);
	});

	it.each([80, 120])('tells rows of one pod apart at %i columns', width => {
		const rows = [8080, 8443].flatMap(number =>
			['10.88.0.11', 'fd00:88::11'].map(address => ({
				...asked[0]!,
				hostPort: `some-long-namespace/some-deployment-6f7d9c-x2x4k:${number}/TCP`,
				address,
			})),
		);
		const text = textOf(live({asked: rows}), width);
		for (const {hostPort, address} of rows) expect(text).toContain(`${hostPort.slice(hostPort.lastIndexOf(':'))} → ${address}`);
	});

	const keys = (view: Parameters<typeof press>[2], ...typed: readonly string[]) =>
		typed.reduce<ReturnType<typeof press>>(({state}, key) => press(state, key, view), {state: initialState});

	it.each([
		['o', 'pods', storySnapshot()],
		['t', 'test pod', {...storySnapshot(), diagnosis: {...storySnapshot().diagnosis!, hostPorts: []}}],
	] as const)('with %s it makes %s, only after a yes, and only where that has a sense', (key, making, snapshot) => {
		const model = createModelBuilder()({...snapshotWith(snapshot), phase: null});
		const view = viewOf(model);
		const footer = (state: State): string => footerOf(state, view);
		expect(footer(keys(view, 'v').state)).toContain(key === 'o' ? 'o pods too' : 't test pod');
		const asking = keys(view, 'v', key);
		expect(asking.intent).toBeUndefined();
		expect(footer(asking.state)).toMatch(/create .*pod.* y create/u);
		expect(keys(view, 'v', key, 'y').intent).toEqual({kind: 'verify', making});
		expect(keys(view, 'v', key, 'n').intent).toBeUndefined();
		expect(keys(view, 'v', key === 'o' ? 't' : 'o').state.prompt).toBeNull();
		expect(keys({...view, canRepair: false}, 'v', key).state.prompt).toBeNull();
	});

	it('opens with v from every screen and asks for the proof', () => {
		const view = viewOf(modelOf(null));
		const {state, intent} = press(initialState, 'v', view);
		expect(state.screen.name).toBe('proof');
		expect(intent).toEqual({kind: 'verify', making: 'nothing'});
		expect(press(state, 'v', view).intent).toEqual({kind: 'verify', making: 'nothing'});
		expect(press(state, 'escape', view).state.screen.name).toBe('overview');
	});
});
