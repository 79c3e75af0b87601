import {mkdtempSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {PassThrough} from 'node:stream';
import {afterAll, beforeAll, expect, it} from 'vitest';
import {saveEvidence} from '../../source/evidence/evidence-file.ts';
import {healthyPortmapEvidence} from '../diagnosis/scenes.ts';
import {runHere} from '../support/program.ts';

// A saved file of a healthy cluster: node-1 to node-3, pods in default and observability.
const folder = mkdtempSync(path.join(os.tmpdir(), 'hostport-'));
const from = path.join(folder, 'evidence.json');
beforeAll(async () => saveEvidence(from, healthyPortmapEvidence(), {stdout: new PassThrough(), signal: AbortSignal.timeout(30_000)}));
afterAll(() => rmSync(folder, {recursive: true}));

async function ran(words: readonly string[]): Promise<{code: number | null; err: string}> {
	const {code, errors} = await runHere([...words, '--from', from]);
	return {code, err: errors};
}

it.each([
	['a node that the file does not hold', ['node-11'], 'node not found in', 'Similar names: node-1'],
	['one of two nodes', ['node-1', 'nod-2'], 'node not found in', 'Similar names: node-2'],
	['a node that is like none', ['x'], 'node not found in', 'Choose one of: node-1, node-2, node-3'],
] as const)('%s is not looked at, as on a cluster', async (_what, words, what, near) => {
	for (const command of ['check', 'diff']) {
		const {code, err} = await ran([command, ...words]);
		expect({command, code}).toEqual({command, code: 2});
		expect(err).toContain(what);
		expect(err).toContain(near);
	}
});

it.each([
	['a namespace of which the file holds nothing', ['-n', 'defalt'], 'whether the namespace defalt exists', 'Similar names: default'],
] as const)('%s cannot be asked for, which is said and is not well', async (_what, words, what, near) => {
	for (const command of ['check', 'diff']) {
		const {code, err} = await ran([command, ...words]);
		expect({command, code}).toEqual({command, code: 3});
		expect(err).toContain(`could not read ${what}`);
		expect(err).toContain(near);
	}
});

it.each([
	['a node', ['node-1']],
	['a namespace', ['-n', 'default']],
	['everything', []],
	['all namespaces, whatever else is said', ['-n', 'nowhere', '-A']],
] as const)('healthy twin: %s that is there', async (_what, words) => {
	for (const command of ['check', 'diff']) expect(await ran([command, ...words])).toEqual({code: 0, err: ''});
});

it.each([
	['explain', ['HP001b'], 'there is no code HP001b; did you mean HP01b'],
	['manifest', ['daemonst'], 'there is no manifest "daemonst"; did you mean daemonset?'],
	['demo', ['explain', 'HP02'], 'explain needs no cluster'],
	['check', ['--no-redact'], '--no-redact changes only what --save writes'],
	['demo', ['chek'], 'demo cannot run "chek"; did you mean check?'],
] as const)('%s of words that are wrong names what was meant', async (name, words, says) => {
	const {code, errors} = await runHere([name, ...words]);
	expect(code).toBe(2);
	expect(errors).toContain(says);
});
