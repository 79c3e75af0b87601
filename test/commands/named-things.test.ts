import {mkdtempSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {PassThrough} from 'node:stream';
import {text} from 'node:stream/consumers';
import {afterAll, beforeAll, expect, it} from 'vitest';
import {run as check} from '../../source/commands/check.ts';
import type {CommandContext} from '../../source/commands/command.ts';
import {commands} from '../../source/commands/index.ts';
import {run as diff} from '../../source/commands/diff.ts';
import {saveEvidence} from '../../source/evidence/evidence-file.ts';
import {healthyPortmapEvidence} from '../diagnosis/scenes.ts';

// A saved file of a healthy cluster: node-1 to node-3, pods in default and observability.
const folder = mkdtempSync(path.join(os.tmpdir(), 'hostport-'));
const from = path.join(folder, 'evidence.json');
beforeAll(async () => saveEvidence(from, healthyPortmapEvidence(), {stdout: new PassThrough(), signal: AbortSignal.timeout(30_000)}));
afterAll(() => rmSync(folder, {recursive: true}));

async function ran(run: typeof check, words: readonly string[], flags: CommandContext['flags']): Promise<{code: number; err: string}> {
	const [stdout, stderr] = [new PassThrough().resume(), new PassThrough()];
	const context = {
		words,
		flags: {from, ...flags},
		signal: AbortSignal.timeout(90_000),
		environment: {},
		stdout,
		stderr,
		stdin: process.stdin,
	};
	const [code, err] = await Promise.all([run(context as unknown as CommandContext).finally(() => stderr.end()), text(stderr)]);
	return {code, err};
}

it.each([
	['a node that the file does not hold', ['node-11'], {}, 'whether the node node-11 exists', 'Near: node-1'],
	['one of two nodes', ['node-1', 'nod-2'], {}, 'whether the node nod-2 exists', 'Near: node-2'],
	['a namespace of which the file holds nothing', [], {namespace: 'defalt'}, 'whether the namespace defalt exists', 'Near: default'],
] as const)('%s cannot be asked for, which is said and is not well', async (_what, words, flags, what, near) => {
	for (const run of [check, diff]) {
		const {code, err} = await ran(run, words, flags);
		expect({run: run === check ? 'check' : 'diff', code}).toEqual({run: run === check ? 'check' : 'diff', code: 3});
		expect(err).toContain(`could not read ${what}`);
		expect(err).toContain(near);
	}
});

it.each([
	['a node', ['node-1'], {}],
	['a namespace', [], {namespace: 'default'}],
	['everything', [], {}],
	['all namespaces, whatever else is said', [], {namespace: 'nowhere', 'all-namespaces': true}],
] as const)('healthy twin: %s that is there', async (_what, words, flags) => {
	for (const run of [check, diff]) expect(await ran(run, words, flags)).toEqual({code: 0, err: ''});
});

it.each([
	['explain', ['HP2'], 'there is no code HP2; did you mean HP02'],
	['manifest', ['daemonst'], 'there is no manifest "daemonst"; did you mean daemonset?'],
	['demo', ['chek'], 'demo cannot run "chek"; did you mean check?'],
] as const)('%s of a mistyped word names the one that was meant', async (name, words, says) => {
	const command = commands.find(each => each.name === name);
	const {run} = (await command?.load()) ?? {};
	await expect((async () => run?.({words, flags: {}} as unknown as CommandContext))()).rejects.toThrow(says);
});
