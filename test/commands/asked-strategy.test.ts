import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {PassThrough} from 'node:stream';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {run} from '../../source/commands/diff.ts';
import {outcomeOf} from '../../source/session/outcome.ts';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {Evidence} from '../../source/evidence/evidence.ts';
import type {FlagValues} from '../../source/flags.ts';
import {makePlan} from '../../source/repair/plan/make-plan.ts';
import {healthyPortmapEvidence, pathlessEvidence} from '../diagnosis/scenes.ts';

let folder: string;
beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), 'hostport-strategy-'));
});
afterEach(async () => rm(folder, {recursive: true}));

async function diff(evidence: Evidence, flags: FlagValues = {}): Promise<{code: number; text: string}> {
	const from = join(folder, 'evidence.json');
	await writeFile(from, JSON.stringify(evidence));
	const stdout = new PassThrough();
	let text = '';
	stdout.on('data', (part: Buffer) => (text += part.toString()));
	const context = {
		words: [],
		flags: {from, ...flags},
		signal: new AbortController().signal,
		environment: {},
		stdout,
		stdin: new PassThrough(),
		stderr: new PassThrough(),
	};
	const code = await run(context as unknown as Parameters<typeof run>[0]);
	return {code, text};
}

test.each([
	['2.4.0', /newer than .* not known for 2\.4/u],
	['', /could not be read/u],
])('diff recommends nothing for Cilium %j: the strategy has to be named', async (version, why) => {
	const evidence = pathlessEvidence(version);
	await expect(diff(evidence)).rejects.toMatchObject({
		name: 'UsageError',
		message: expect.stringMatching(why) as string,
		hint: expect.stringContaining('--strategy') as string,
	});
});

test('with the strategy named it shows the change, and on a known Cilium nothing is asked for', async () => {
	expect(await diff(pathlessEvidence('2.4.0'), {strategy: 'portmap'})).toMatchObject({
		code: 1,
		text: expect.stringContaining('+cni-chaining-mode: portmap') as string,
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
