import {expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import {diagnosisFormats as formats} from '../../source/output/formats.ts';
import {json} from '../../source/output/json.ts';
import {healthyPortmapEvidence, withObservation} from '../diagnosis/scenes.ts';

const evidence = {
	...withObservation(healthyPortmapEvidence(), 'node-2', {
		probes: [
			{address: '10.88.0.11', port: 8080, answer: 'open' as const},
			{address: '10.88.0.11', port: 4317, answer: 'silent' as const},
		],
	}),
	clientProbes: [{address: '10.88.0.11', port: 8080, answer: 'silent' as const}],
};
const text = async (format: keyof typeof formats): Promise<string> =>
	(await formats[format]())({evidence, diagnosis: diagnose(evidence), colour: false});

test('the wide table says of each hostPort who got an answer', async () => {
	const wide = await text('wide');
	const rowOf = (port: string): string | undefined => wide.split('\n').find(line => line.split(' ')[0]?.endsWith(port));
	expect(rowOf('web-6f7d9c-x2x4k:8080/TCP')).toMatch(/from node-2: answered, from this machine: timed out$/);
	expect(rowOf('otel-collector-1:4317/TCP')).toMatch(/from node-2: timed out$/);
	expect(rowOf('otel-collector-2:4317/TCP')).toMatch(/-$/);
	expect(await text('table')).not.toContain('ANSWERS');
});

test('JSON bears the answers as the contract has them', async () => {
	const {hostPorts} = JSON.parse(json(diagnose(evidence))) as {hostPorts: Array<{pod: string; answers: unknown}>};
	expect(hostPorts.find(({pod}) => pod.startsWith('web'))?.answers).toEqual([
		{from: 'node-2', address: '10.88.0.11', ok: true, error: ''},
		{from: 'client', address: '10.88.0.11', ok: false, error: 'timed out'},
	]);
});
