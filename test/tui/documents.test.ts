import {describe, expect, it} from 'vitest';
import {diffDocument} from '../../source/tui/screens/diff.ts';
import {findingDocument} from '../../source/tui/screens/finding.ts';
import {nodeDocument} from '../../source/tui/screens/node.ts';
import {bytesText, timeText, type Document} from '../../source/tui/writing.ts';
import {lineText, lineWidth} from '../../source/tui/line.ts';
import {createModelBuilder} from '../../source/tui/model.ts';
import {createTheme} from '../../source/tui/theme.ts';
import {binary} from '../diagnosis/builders.ts';
import {pathlessEvidence} from '../diagnosis/scenes.ts';
import {changes, diagnosis, finding, hostPort, judged, snapshotWith, storySnapshot} from './fixtures.ts';

const {signs} = createTheme({colour: false, unicode: true});
const modelOf = (...snapshot: Parameters<typeof snapshotWith>) => createModelBuilder()(snapshotWith(...snapshot));
const textOf = ({lines}: Document): string => lines.map(lineText).join('\n');
const widest = ({lines}: Document): number => Math.max(...lines.map(lineWidth));

describe('documents', () => {
	it.each([36, 76, 116])('fit %i columns, whatever stands in them', width => {
		const long = `${'x'.repeat(300)} ${'한국 '.repeat(80)}`;
		const model = modelOf({
			...storySnapshot(),
			diagnosis: diagnosis({
				nodes: [judged('node-1', 'unknown', {reason: long})],
				findings: [
					finding({title: long, because: [{source: long, says: `${long}\n${long}`}], remedy: long, nodes: ['node-1'], hostPorts: [long]}),
				],
				hostPorts: [hostPort({by: long, owner: long})],
			}),
			changes: [{...changes()[0]!, current: long, needed: `${long}\n\t${long}`}],
		});
		for (const document of [
			nodeDocument(model, 'node-1', width, signs),
			findingDocument(model.findings[0]!.finding, width, signs),
			diffDocument(model, 0, width, signs),
		]) {
			// One line of a hostPort is cut where it is drawn; all else is wrapped.
			expect(widest({...document, lines: document.lines.filter(line => !lineText(line).includes('not mapped'))})).toBeLessThanOrEqual(
				width,
			);
		}
	});

	it('keep an endless proof to a length that can be scrolled', () => {
		const endless = findingDocument(finding({because: [{source: 'x', says: 'y '.repeat(1_000_000)}]}), 76, signs);
		expect(endless.lines.length).toBeLessThan(1000);
	});

	it('put together what was read at one place, and keep every line of proof', () => {
		const because = [
			{source: 'configmap a', says: 'one: 1'},
			{source: 'configmap a', says: 'two: 2'},
			{source: 'node b', says: 'three'},
		];
		expect(textOf(findingDocument(finding({because}), 76, signs))).toContain(
			['because  configmap a', '           one: 1', '           two: 2', '         node b — three'].join('\n'),
		);
	});

	it('name at most so many nodes, and how many more there are', () => {
		const nodes = Array.from({length: 5000}, (_, index) => `node-${index}`);
		const document = findingDocument(finding({nodes}), 76, signs);
		expect(textOf(document)).toContain('Nodes 5000');
		expect(textOf(document)).toContain('and 4800 more');
	});

	it('of a node show what belongs to the whole cluster too, but not what belongs to others', () => {
		const other = finding({code: 'HP04', nodes: ['node-2'], title: 'older than the list'});
		const model = modelOf({...storySnapshot(), diagnosis: diagnosis({findings: [...diagnosis().findings, other]})});
		expect(textOf(nodeDocument(model, 'node-1', 76, signs))).toContain('HP15');
		expect(textOf(nodeDocument(model, 'node-1', 76, signs))).not.toContain('HP04');
		expect(textOf(nodeDocument(model, 'node-2', 76, signs))).toContain('only this node');
	});

	it('of a node show what its binaries answered and what failed on the way', () => {
		const evidence = pathlessEvidence();
		const nodes = evidence.nodes.map(node => ({
			...node,
			observation: {
				...node.observation!,
				binaryFolder: {
					host: '/opt/cni/bin',
					files: [binary('portmap', {mode: '644', architecture: 'arm64', versionExitCode: 126})],
				},
				errors: ['iptables-legacy-save: not found'],
			},
		}));
		const text = textOf(nodeDocument(modelOf({...storySnapshot(), evidence: {...evidence, nodes}}), 'node-1', 76, signs));
		expect(text).toMatch(/portmap +4\.0 MB {2}644 {2}arm64 {2}does not run here \(exit code 126\)/u);
		expect(text).toContain('iptables-legacy-save: not found');
	});

	it('say so where a node or a change is not there', () => {
		expect(textOf(nodeDocument(modelOf(storySnapshot()), 'gone', 76, signs))).toContain('The last look does not show this node');
		expect(textOf(diffDocument(modelOf({...storySnapshot(), changes: []}), 0, 76, signs))).toContain(
			'No CNI file and no key of cilium-config has to change',
		);
		expect(textOf(diffDocument(modelOf({}), 0, 76, signs))).toContain('Not known yet');
	});

	it('write sizes and times as people read them', () => {
		expect([bytesText(999), bytesText(1500), bytesText(44_100_000)]).toEqual(['999 B', '1.5 kB', '44.1 MB']);
		expect(timeText(1_704_877_510)).toBe('2024-01-10 09:05:10Z');
		expect([timeText(0), timeText(Number.NaN), timeText(1e300)]).toEqual(['', '', '']);
	});
});
