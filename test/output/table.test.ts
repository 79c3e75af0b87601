import {expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {Diagnosis} from '../../source/diagnosis/diagnosis.ts';
import {paint} from '../../source/output/paint.ts';
import {table, wideTable} from '../../source/output/table.ts';
import {pathlessEvidence} from '../diagnosis/scenes.ts';

const evidence = pathlessEvidence();
const diagnosis = diagnose(evidence);
const shown = (
	parts: Partial<Diagnosis> = {},
	layout: {readonly colour?: boolean; readonly width?: number; readonly headers?: boolean} = {},
): string => table({diagnosis: {...diagnosis, ...parts}, evidence, colour: false, ...layout});
const nothing = {nodes: [], hostPorts: [], findings: []};

test('parts are there where they have something to say, with one empty line between them', () => {
	const [summary = '', ...rest] = shown().split('\n\n');
	expect(summary).toMatch(/hostPorts served by: nothing {3}0 of \d+ hostPorts mapped$/u);
	expect(rest.at(-2)).toMatch(/^NODE +VERDICT/u);
	expect(rest.at(-1)).toMatch(/^HOSTPORT +NODE/u);
	expect(shown(nothing).split('\n')).toEqual([expect.stringContaining('0 of 0 hostPorts mapped'), '']);
	expect(shown({...nothing, nodes: diagnosis.nodes})).not.toContain('HOSTPORT ');
	expect(shown({...nothing, hostPorts: diagnosis.hostPorts})).not.toContain('VERDICT');
});

test('without headers only they are missing', () => {
	const lines = shown().split('\n');
	expect(
		shown({}, {headers: false})
			.split('\n')
			.map(line => line.replaceAll(/ +/gu, ' ')),
	).toEqual(lines.filter(line => !/^(?:NODE|HOSTPORT) /u.test(line)).map(line => line.replaceAll(/ +/gu, ' ')));
	expect(wideTable({diagnosis, evidence, colour: false, headers: false})).not.toMatch(/^(?:NODE|HOSTPORT) /mu);
});

test('colour and width are those of the findings', () => {
	expect(shown({}, {colour: true})).toContain(`\n${paint('HP01 error', 'bad', true)}  `);
	expect(
		Math.max(
			...shown({...nothing, findings: diagnosis.findings}, {width: 60})
				.split('\n')
				.slice(2)
				.map(line => line.length),
		),
	).toBeLessThan(80);
});
