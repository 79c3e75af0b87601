import {expect, it} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {Diagnosis} from '../../source/diagnosis/diagnosis.ts';
import {diagnosisChanges} from '../../source/output/diagnosis-changes.ts';
import {healthyPortmapEvidence, pathlessEvidence} from '../diagnosis/scenes.ts';

const [healthy, pathless] = [diagnose(healthyPortmapEvidence()), diagnose(pathlessEvidence())];

it('nothing is told where nothing differs', () => {
	expect(diagnosisChanges(healthy, healthy)).toEqual([]);
});

it('changes are told by node, hostPort and finding, and what is gone as gone', () => {
	const broken = diagnosisChanges(healthy, pathless);
	expect(broken).toContainEqual(['node/node-1', expect.stringMatching(/^broken: ./u)]);
	expect(broken).toContainEqual(['HP01', expect.stringMatching(/^error: ./u)]);
	expect(broken.filter(([, now]) => now === 'not mapped')).toHaveLength(healthy.hostPorts.length);
	expect(diagnosisChanges(pathless, healthy)).toContainEqual(['HP01', 'gone']);
	expect(diagnosisChanges(pathless, healthy)).toContainEqual(['node/node-1', 'ok']);
});

it('only what differs is told: nodes, then hostPorts, then findings, several of one code together', () => {
	const [node] = healthy.nodes;
	const [port] = healthy.hostPorts;
	const [finding] = pathless.findings;
	if (node === undefined || port === undefined || finding === undefined) throw new Error('a scene without anything');
	const parts = {nodes: [node, {...node, name: 'node-2'}], hostPorts: [port], findings: [finding]};
	const before: Diagnosis = {...healthy, ...parts};
	const after: Diagnosis = {
		...healthy,
		nodes: [{...node, reason: 'seen by SSH'}],
		hostPorts: [{...port, state: 'unknown'}],
		findings: [finding, {...finding, severity: 'warning', title: 'and another'}],
	};
	expect(diagnosisChanges(before, after)).toEqual([
		['node/node-1', 'ok: seen by SSH'],
		['node/node-2', 'gone'],
		[`${port.namespace}/${port.pod}:${port.hostPort}/${port.protocol}`, 'unknown'],
		[finding.code, `error: ${finding.title}; warning: and another`],
	]);
});
