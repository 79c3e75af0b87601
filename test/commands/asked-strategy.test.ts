import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {outcomeOf} from '../../source/session/outcome.ts';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {Evidence} from '../../source/evidence/evidence.ts';
import {makePlan} from '../../source/repair/plan/make-plan.ts';
import {healthyPortmapEvidence, pathlessEvidence} from '../diagnosis/scenes.ts';
import {runHere, type Ended} from '../support/program.ts';

let folder: string;
beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), 'hostport-strategy-'));
});
afterEach(async () => rm(folder, {recursive: true}));

async function diff(evidence: Evidence, ...flags: string[]): Promise<Ended> {
	const from = join(folder, 'evidence.json');
	await writeFile(from, JSON.stringify(evidence));
	return runHere(['diff', '--from', from, ...flags]);
}

test.each([
	['2.4.0', /newer than .* not known for 2\.4/u],
	['', /could not be read/u],
])('diff recommends nothing for Cilium %j: the strategy has to be named', async (version, why) => {
	const {code, output, errors} = await diff(pathlessEvidence(version));
	expect({code, output}).toEqual({code: 2, output: ''});
	expect(errors).toMatch(why);
	expect(errors).toContain('--strategy portmap');
});

test('with the strategy named it shows the change, and on a known Cilium nothing is asked for', async () => {
	expect(await diff(pathlessEvidence('2.4.0'), '--strategy', 'portmap')).toMatchObject({
		code: 1,
		output: expect.stringContaining('+cni-chaining-mode: portmap') as string,
	});
	expect((await diff(pathlessEvidence('1.19.6'))).code).toBe(1);
});

test('a plan for it says what it rests on', () => {
	const planned = (version: string): string => {
		const evidence = pathlessEvidence(version);
		return JSON.stringify(makePlan(evidence, diagnose(evidence), {strategy: 'portmap', sources: ['/tmp/portmap']}).warnings);
	};
	expect(planned('2.4.0')).toContain('not known for 2.4');
	expect(planned('1.20.2')).not.toContain('not known');
});

test('a fault that is seen on it is not passed off as well', () => {
	const outcome = (evidence: Evidence) => outcomeOf({evidence, diagnosis: diagnose(evidence)});
	expect(outcome(pathlessEvidence('2.4.0'))).toBe(3);
	expect(outcome(pathlessEvidence('1.19.6'))).toBe(1);
	expect(outcome(healthyPortmapEvidence('2.4.0'))).toBe(0);
});
