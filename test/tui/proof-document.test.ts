import {describe, expect, it} from 'vitest';
import {judged} from '../../source/proof/judge.ts';
import {proofDocument} from '../../source/tui/documents/proof-document.ts';
import {lineText, lineWidth} from '../../source/tui/line.ts';
import {initialState, press} from '../../source/tui/state.ts';
import type {LiveProof} from '../../source/tui/store.ts';
import {createTheme} from '../../source/tui/theme.ts';
import {createModelBuilder} from '../../source/tui/model.ts';
import {snapshotWith, storySnapshot} from './fixtures.ts';

const {signs} = createTheme({colour: false, unicode: true});
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
const textOf = (proof: LiveProof | null, width = 100) => proofDocument(modelOf(proof), width, signs).lines.map(lineText).join('\n');
const answers = judged(
	asked.map(question => ({
		...question,
		ok: question.from !== 'client',
		milliseconds: question.from === 'client' ? 0 : 0.4,
		error: question.from === 'client' ? 'timed out' : '',
	})),
	[],
);

describe('the proof on the screen', () => {
	it('has a column for each place, with every answer still to come', () => {
		const text = textOf(live());
		for (const head of ['POD ITSELF', 'SAME NODE', 'OTHER NODE', 'THIS MACHINE']) expect(text).toContain(head);
		expect(text.match(/·/gu)).toHaveLength(4);
	});

	it('fills in as answers come, a sign and a word each', () => {
		const [first] = answers;
		const text = textOf(live({results: [first!]}));
		expect(text).toContain('✓ 0.4 ms');
		expect(text.match(/·/gu)).toHaveLength(3);
	});

	it('tells what carries it, why something is not proved, and what could not be asked', () => {
		const text = textOf(live({results: answers, unasked: ['node-3: its Cilium agent does not run'], summary: '2 of 3 connections work'}));
		expect(text).toContain('? timed out');
		for (const part of ['rule CNI-DN-1', 'HP13', 'node-3: its Cilium agent']) expect(text).toContain(part);
	});

	it.each([40, 80, 200])('fits %i columns', width => {
		const {lines} = proofDocument(modelOf(live({results: answers, unasked: ['x'.repeat(300)]})), width, signs);
		expect(Math.max(...lines.map(lineWidth))).toBeLessThanOrEqual(width);
	});

	it('opens with v from every screen and asks for the proof', () => {
		const view = {model: modelOf(null), columns: 80, rows: 24, failure: [], signs, canSave: true, canRepair: true, now: 0};
		const {state, intent} = press(initialState, 'v', view);
		expect(state.screen.name).toBe('proof');
		expect(intent).toEqual({kind: 'verify'});
		expect(press(state, 'v', view).intent).toEqual({kind: 'verify'});
		expect(press(state, 'escape', view).state.screen.name).toBe('overview');
	});
});
