import type {ReactNode} from 'react';
import {describe, expect, it} from 'vitest';
import {DiffPage} from '../../source/tui/screens/diff.tsx';
import {FindingPage} from '../../source/tui/screens/finding.tsx';
import {NodePage} from '../../source/tui/screens/node.tsx';
import {timeText} from '../../source/tui/writing.ts';
import {bytesText} from '../../source/words.ts';
import {TextColumn} from '../../source/tui/components/text-column.tsx';
import {evidenceTabs, rulesTab} from '../../source/tui/evidence/index.ts';
import {createModelBuilder} from '../../source/tui/model.ts';
import {pageText} from '../../source/tui/page-text.tsx';
import {widthOf} from '../../source/tui/text-width.ts';
import {binary, natTable} from '../diagnosis/builders.ts';
import {pathlessEvidence} from '../diagnosis/scenes.ts';
import {changes, diagnosis, finding, hostPort, judged, snapshotWith, storySnapshot} from './fixtures.ts';

const modelOf = (...snapshot: Parameters<typeof snapshotWith>) => createModelBuilder()(snapshotWith(...snapshot));
const textOf = (page: ReactNode, width = 76): string => pageText(<TextColumn width={width}>{page}</TextColumn>);

describe('pages', () => {
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
		for (const text of [
			textOf(<NodePage model={model} name="node-1" />, width),
			textOf(<FindingPage {...model.findings[0]!.finding} />, width),
			textOf(<DiffPage row={model.changes[0]} model={model} />, width),
		]) {
			expect(Math.max(...text.split('\n').map(widthOf))).toBeLessThanOrEqual(width);
		}
	});

	it('have the pod of a hostPort below its port where both are too wide, and every further line where the first begins', () => {
		const text = textOf(<NodePage model={modelOf(storySnapshot())} name="node-1" isBrief />, 60);
		expect(text).toContain(['  ✗ not mapped  :8080 → 80/TCP  default/web-6f7d9c-x2x4k', '                Deployment/web'].join('\n'));
		expect(text).toContain(['  ✗ not mapped  :4317 → 4317/TCP', '                observability/otel-collector-1'].join('\n'));
	});

	it('keep an endless proof to a length that can be scrolled', () => {
		const endless = textOf(<FindingPage {...finding({because: [{source: 'x', says: 'y '.repeat(1_000_000)}]})} />);
		expect(endless.split('\n').length).toBeLessThan(1000);
	});

	it('put together what was read at one place, and keep every line of proof', () => {
		const because = [
			{source: 'configmap a', says: 'one: 1'},
			{source: 'configmap a', says: 'two: 2'},
			{source: 'node b', says: 'three'},
		];
		expect(textOf(<FindingPage {...finding({because})} />)).toContain(
			['because  configmap a', '           one: 1', '           two: 2', '         node b — three'].join('\n'),
		);
	});

	it('name at most so many nodes, and how many more there are', () => {
		const nodes = Array.from({length: 5000}, (_, index) => `node-${index}`);
		const text = textOf(<FindingPage {...finding({nodes})} />);
		expect(text).toContain('Nodes 5000');
		expect(text).toContain('and 4800 more');
	});

	it('of a node show what belongs to the whole cluster too, but not what belongs to others', () => {
		const other = finding({code: 'HP04', nodes: ['node-2'], title: 'older than the list'});
		const model = modelOf({...storySnapshot(), diagnosis: diagnosis({findings: [...diagnosis().findings, other]})});
		expect(textOf(<NodePage model={model} name="node-1" />)).toContain('HP15');
		expect(textOf(<NodePage model={model} name="node-1" />)).not.toContain('HP04');
		expect(textOf(<NodePage model={model} name="node-2" />)).toContain('only this node');
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
		const text = textOf(<NodePage model={modelOf({...storySnapshot(), evidence: {...evidence, nodes}})} name="node-1" />);
		expect(text).toMatch(/portmap +4\.0 MB {2}644 {2}arm64 {2}does not run here \(exit code 126\)/u);
		expect(text).toContain('iptables-legacy-save: not found');
	});

	it('of evidence tell the rules of one address family from those of the other', () => {
		const Rules = evidenceTabs[rulesTab]!.Body;
		const [first] = pathlessEvidence().nodes;
		const legacy = {...natTable(['-A PREROUTING -j ONE'], ['-A PREROUTING -j SIX']), error: ''};
		const node = {...first!, observation: {...first!.observation!, nat: {nft: null, legacy}}};
		const text = textOf(<Rules evidence={pathlessEvidence()} node={node} quoted={new Set()} numbers={new Set()} />);
		expect(text).toMatch(/^iptables \(legacy\)\n +-A PREROUTING -j ONE\n\nip6tables \(legacy\)\n +-A PREROUTING -j SIX$/mu);
		expect(text).not.toContain('nf_tables');
	});

	it('say so where a node or a change is not there', () => {
		expect(textOf(<NodePage model={modelOf(storySnapshot())} name="gone" />)).toContain('The last look does not show this node');
		expect(textOf(<DiffPage row={undefined} model={modelOf({...storySnapshot(), changes: []})} />)).toContain(
			'No CNI file and no key of cilium-config has to change',
		);
		expect(textOf(<DiffPage row={undefined} model={modelOf({})} />)).toContain('Not known yet');
	});

	it('write sizes and times as people read them', () => {
		expect([bytesText(999), bytesText(1500), bytesText(44_100_000)]).toEqual(['999 B', '1.5 kB', '44.1 MB']);
		expect(timeText(1_704_877_510)).toBe('2024-01-10 09:05:10Z');
		expect([timeText(0), timeText(Number.NaN), timeText(1e300)]).toEqual(['', '', '']);
	});
});
