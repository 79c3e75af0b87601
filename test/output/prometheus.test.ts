import {describe, expect, it} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import {prometheus} from '../../source/output/prometheus.ts';
import {everyField} from '../diagnosis/every-field.ts';
import {poisoned, received} from '../support/hostile-text.ts';
import {healthyPortmapEvidence, withObservation} from '../diagnosis/scenes.ts';

/** The text form as its specification has it (prometheus.io, exposition formats, 0.0.4). */
const line = new RegExp(
	[
		/^# HELP [a-zA-Z_:][\w:]* .*$/u,
		/^# TYPE [a-zA-Z_:][\w:]* gauge$/u,
		/^[a-zA-Z_:][\w:]*(?:\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*",?)+\})? -?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/u,
	]
		.map(({source}) => source)
		.join('|'),
	'u',
);

const textOf = (evidence: Parameters<typeof diagnose>[0]): string => prometheus({evidence, diagnosis: diagnose(evidence), colour: false});

const tried = {
	...withObservation(healthyPortmapEvidence(), 'node-2', {
		probes: [
			{address: '10.88.0.11', port: 8080, answer: 'open' as const},
			{address: '10.88.0.11', port: 4317, answer: 'silent' as const},
		],
	}),
	clientProbes: [{address: '10.88.0.11', port: 8080, answer: 'silent' as const}],
};

describe('metrics', () => {
	it.each([
		['of a healthy cluster', healthyPortmapEvidence()],
		['of a cluster with every field', everyField()],
		['of hostile texts everywhere', received(poisoned(everyField(), () => true))],
	])('%s are in the text form, each metric with its help and type once before its samples', (_, evidence) => {
		const text = textOf(evidence);
		expect(text.endsWith('\n')).toBe(true);
		const lines = text.trimEnd().split('\n');
		expect(lines.filter(each => !line.test(each))).toEqual([]);
		const types = lines.filter(each => each.startsWith('# TYPE')).map(each => each.split(' ')[2]);
		expect(new Set(types).size).toBe(types.length);
		const names = lines.filter(each => !each.startsWith('#')).map(each => /^[\w:]+/u.exec(each)?.[0]);
		expect(names.filter((name, index) => name !== names[index - 1])).toEqual(types);
	});

	it('count nodes, hostPorts and connections', () => {
		const text = textOf(tried);
		for (const sample of [
			'hostport_info{kubernetes="v1.26.9",cilium="1.10.16",path="portmap"} 1',
			'hostport_nodes{verdict="degraded"} 1',
			'hostport_host_ports{state="wired"} 7',
			'hostport_connections{from="node",answer="answered"} 1',
			'hostport_connections{from="node",answer="timed out"} 1',
			'hostport_connections{from="client",answer="timed out"} 1',
			'hostport_connections{from="client",answer="answered"} 0',
			'hostport_finding_nodes{code="HP29",severity="error"} 1',
		])
			expect(text.split('\n')).toContain(sample);
	});

	it('have as many series on a large cluster: no label names a node, a pod or a namespace', () => {
		const series = (text: string): number => text.split('\n').filter(each => each !== '' && !each.startsWith('#')).length;
		const small = healthyPortmapEvidence();
		const [first] = small.nodes;
		const nodes = Array.from({length: 200}, (_, index) => ({...first!, name: `node-${index + 100}`}));
		expect(series(textOf({...small, nodes: [...small.nodes, ...nodes]}))).toBeLessThanOrEqual(series(textOf(small)) + 3);
		expect(textOf(small)).not.toMatch(/node-1|web|default/u);
	});
});
