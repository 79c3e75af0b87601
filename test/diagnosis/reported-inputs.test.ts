import {expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import {evidenceSchema} from '../../source/evidence/evidence.ts';
import {distributionInputs} from './distribution-inputs.ts';
import {fileInputs} from './file-inputs.ts';
import {furtherInputs} from './further-inputs.ts';
import {podInputs} from './pod-inputs.ts';
import {reportedInputs} from './reported-inputs.ts';
import {settingInputs} from './setting-inputs.ts';
import {startInputs} from './start-inputs.ts';

const inputs = [...reportedInputs, ...distributionInputs, ...startInputs, ...settingInputs, ...fileInputs, ...furtherInputs, ...podInputs];

test.each(inputs.map(input => [input.name, input] as const))('%s', (_name, {make, first, verdict, says = /(?:)/u, node = 'node-1'}) => {
	const {findings, nodes} = diagnose(evidenceSchema.parse(JSON.parse(JSON.stringify(make()))));
	const [finding] = findings;
	const words = finding && [finding.title, finding.remedy, ...finding.because.map(proof => proof.says)].join('\n');
	expect({first: `${finding?.code ?? ''} ${finding?.severity ?? ''}`, verdict: nodes.find(({name}) => name === node)?.verdict}).toEqual({
		first,
		verdict,
	});
	expect(words ?? '').toMatch(says);
});

test('each report has something that looks like it beside it, and no name is used twice', () => {
	expect(inputs.filter(({twin}) => twin).length).toBeGreaterThan(inputs.length / 3);
	expect(new Set(inputs.map(({name}) => name)).size).toBe(inputs.length);
});
