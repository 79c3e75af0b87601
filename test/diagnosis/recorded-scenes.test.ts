import {readdirSync, readFileSync} from 'node:fs';
import {expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import {evidenceSchema} from '../../source/evidence/evidence.ts';

type Row = {
	readonly made: 'recorded' | 'by hand';
	readonly cilium: string;
	readonly code: string;
	readonly severity: string;
	readonly nodes: string[];
	/** Of the recorded ones also what stood behind the first finding, as the whole suite saw it. */
	readonly findings?: string[];
	readonly verdicts?: string[];
	readonly states?: string[];
};

const folder = new URL('../evidence/scenes/', import.meta.url);
const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
const index = read('index.json') as Record<string, Row>;

test('the index names every scene, and nothing else', () => {
	const files = readdirSync(folder).filter(name => name !== 'index.json');
	expect(
		Object.keys(index)
			.map(name => `${name}.json`)
			.sort(),
	).toEqual(files.sort());
});

test.each(Object.entries(index))('%s', (name, {cilium, code, severity, nodes, ...row}) => {
	const evidence = evidenceSchema.parse(read(`${name}.json`));
	const {findings, cluster, nodes: judged, hostPorts} = diagnose(evidence);
	const [first] = findings;
	expect({code: first?.code, severity: first?.severity, nodes: first?.nodes}).toEqual({code, severity, nodes});
	expect(cluster.cilium.version).toBe(cilium);
	const seen = {
		findings: findings.map(finding => [finding.code, finding.severity, ...finding.nodes].join(' ')),
		verdicts: judged.map(node => `${node.name} ${node.verdict}`),
		states: hostPorts.map(port => `${port.pod} ${port.hostPort}/${port.protocol} ${port.state}`),
	};
	const {findings: all = seen.findings, verdicts = seen.verdicts, states = seen.states} = row;
	expect(seen).toEqual({findings: all, verdicts, states});
	expect(evidence.redacted).toBe(true);
});
