import {describe, expect, it} from 'vitest';
import {createModelBuilder} from '../../source/tui/model.ts';
import {pathlessEvidence} from '../diagnosis/scenes.ts';
import {changes, diagnosis, finding, hostPort, judged, largeSnapshot, snapshotWith, storySnapshot} from './fixtures.ts';

const modelOf = (...snapshot: Parameters<typeof snapshotWith>) => createModelBuilder()(snapshotWith(...snapshot));

describe('the model of the screens', () => {
	it('counts the wired hostPorts of each node', () => {
		const hostPorts = [hostPort({state: 'wired'}), hostPort({hostPort: 81}), hostPort({hostPort: 82, state: 'unknown'})];
		const [first, second] = modelOf({phase: null, diagnosis: diagnosis({hostPorts})}).nodes;
		expect(first).toMatchObject({wired: 1, hostPorts: 3});
		expect(second).toMatchObject({wired: null, hostPorts: 0});
	});

	it('claims nothing of a node that has not answered yet', () => {
		const seen = pathlessEvidence();
		const unasked = {...seen, nodes: seen.nodes.map(node => ({...node, observation: null}))};
		const under = {phase: {text: 'asking', since: 0}};
		for (const row of modelOf({...under, evidence: unasked, diagnosis: diagnosis()}).nodes) {
			expect(row).toMatchObject({verdict: 'waiting', wired: null, codes: [], via: ''});
		}

		expect(modelOf({...under, evidence: unasked}).nodes.map(({hostPorts}) => hostPorts)).toEqual([3, 2, 2]);
		expect(modelOf({phase: null, evidence: unasked, diagnosis: diagnosis()}).nodes[0]).toMatchObject({verdict: 'broken'});
	});

	it('shows a node that only the diagnosis knows', () => {
		expect(modelOf({...storySnapshot(), diagnosis: diagnosis({nodes: [judged('late')]})}).nodes.map(({name}) => name)).toContain('late');
	});

	it('says that nothing is wrong before what is only worth knowing, and after what is a fault', () => {
		const findings = ['HP25', 'HP06', 'HP22'].map(code => finding({code, severity: code === 'HP25' ? 'warning' : 'info'}));
		const rows = modelOf({diagnosis: diagnosis({findings})}).findings;
		expect(rows.map(({key}) => key)).toEqual(['HP25#0', 'HP22#0', 'HP06#0']);
	});

	it('makes one change of those that are the same on many nodes', () => {
		const rows = modelOf({changes: changes(Array.from({length: 5000}, (_, index) => `node-${index}`))}).changes;
		expect(rows.map(({nodes}) => nodes.length)).toEqual([5000, 1]);
	});

	it('keeps changes apart that differ in anything', () => {
		const [one] = changes();
		const rows = modelOf({
			changes: [one!, {...one!, node: 'b', current: ''}, {...one!, node: 'c', neededPath: '/x'}, {...one!, node: 'd', needed: undefined}],
		});
		expect(rows.changes).toHaveLength(4);
	});

	it('gives each hostPort a key of its own, also where only address or protocol differ', () => {
		const hostPorts = [hostPort(), hostPort({hostIP: '10.0.0.1'}), hostPort({protocol: 'UDP'})];
		expect(new Set(modelOf({diagnosis: diagnosis({hostPorts})}).hostPorts.map(({key}) => key)).size).toBe(3);
	});

	it('makes only that anew which changed', () => {
		const build = createModelBuilder();
		const snapshot = snapshotWith(largeSnapshot(100));
		const before = build(snapshot);
		expect(build(snapshot)).toBe(before);
		const after = build({...snapshot, notice: 'written'});
		expect(after.nodes).toBe(before.nodes);
		expect(after.findings).toBe(before.findings);
		expect(build({...snapshot, diagnosis: diagnosis()}).nodes).not.toBe(before.nodes);
	});
});
