import {mkdtemp, readdir, readFile, rm, stat, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import * as fc from 'fast-check';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {UsageError} from '../../source/errors.ts';
import {clusterEvidence} from '../../source/evidence/cluster-evidence.ts';
import {loadEvidence, saveEvidence} from '../../source/evidence/evidence-file.ts';
import type {Evidence} from '../../source/evidence/evidence.ts';
import {printableOnOneLine} from '../../source/foreign-text.ts';
import {node, observation} from '../diagnosis/builders.ts';
import {fakeCluster} from './fake-cluster.ts';
import {clusterObjects} from './objects.ts';

const {signal} = new AbortController();
const where = {stdout: process.stdout, signal};

let folder: string;
let evidence: Evidence;
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'hostport-evidence-'));
	const question = {nodes: [], selector: undefined, namespace: undefined, version: '1', signal: new AbortController().signal};
	({evidence} = await clusterEvidence(fakeCluster({objects: clusterObjects(['node-1'])}), question));
});
afterAll(async () => rm(folder, {recursive: true, force: true}));

test('what is saved comes back the same, whatever text is in it', async () => {
	const file = join(folder, 'round');
	const text = fc.string({unit: 'grapheme', maxLength: 40}).map(value => printableOnOneLine(value));
	const part = fc.record({server: text, kubernetes: text, otherDaemonSets: fc.array(text), collectedBy: text});
	const gaps = fc.array(fc.record({what: text, reason: text, hint: text}), {maxLength: 5});
	await fc.assert(
		fc.asyncProperty(part, gaps, async (changed, found) => {
			const whole = {...evidence, ...changed, gaps: found};
			await saveEvidence(file, whole, where);
			expect(await loadEvidence(file, signal)).toEqual(whole);
		}),
		{numRuns: 30},
	);
});

test('the file is for its owner only, and nothing else is left beside it', async () => {
	const own = await mkdtemp(join(folder, 'own-'));
	const file = join(own, 'evidence.json');
	await writeFile(file, 'older', {mode: 0o644});
	await saveEvidence(file, evidence, where);
	expect(((await stat(file)).mode & 0o777).toString(8)).toBe('600');
	expect(await readdir(own)).toEqual(['evidence.json']);
});

test('where it cannot be written, the older file stays and one line says so', async () => {
	await expect(saveEvidence(join(folder, 'no', 'such', 'folder'), evidence, where)).rejects.toBeInstanceOf(UsageError);
	await expect(saveEvidence(folder, evidence, where)).rejects.toThrow(/cannot be written/u);
	expect((await readdir(folder)).filter(name => name.endsWith('.tmp'))).toEqual([]);
});

test('fields that an earlier version did not have get their defaults, unknown ones are dropped', async () => {
	const file = join(folder, 'earlier');
	const {apiVersion, kind, collectedAt, collectedBy, server, kubernetes} = evidence;
	const earlier = {apiVersion, kind, collectedAt, collectedBy, server, kubernetes, cilium: null, nodes: [], pods: [], later: true};
	await writeFile(file, JSON.stringify(earlier));
	expect(await loadEvidence(file, signal)).toEqual({
		...earlier,
		later: undefined,
		redacted: false,
		namespace: '',
		otherDaemonSets: [],
		portmapKeepers: [],
		kubeProxyMode: '',
		events: [],
		services: [],
		networkPolicies: [],
		clientProbes: null,
		gaps: [],
	});
});

test.each([
	['pods in all namespaces', 'pods'],
	['Cilium agent pods in all namespaces', 'agents'],
	['DaemonSets in kube-system', 'daemonsets'],
	['nodes', 'nodes'],
	['services', 'services'],
	['events of pods', 'events'],
	['ConfigMap kube-system/cilium-config', 'cilium-config'],
	['kinds of cilium.io/v2', 'node-configs'],
	['server version', undefined],
])('a gap that an earlier build called “%s” is of %s', async (what, of) => {
	const file = join(folder, 'gap');
	await writeFile(file, JSON.stringify({...evidence, gaps: [{what, reason: 'forbidden', hint: ''}]}));
	expect((await loadEvidence(file, signal)).gaps[0]?.of).toBe(of);
});

test('a listing that an earlier build could not read whole is partial', async () => {
	const file = join(folder, 'cut');
	const seen = observation({binaryFolder: {host: '/opt/cni/bin', files: []}, errors: ['CNI binary folder: more than 200 files']});
	await saveEvidence(
		file,
		{...evidence, nodes: [node('node-1', '10.0.0.1', seen), node('node-2', '10.0.0.2', {...seen, errors: []})]},
		where,
	);
	expect((await loadEvidence(file, signal)).nodes.map(each => each.observation?.binaryFolder?.partial)).toEqual([true, undefined]);
});

test.each([
	['UTF-8 with a byte order mark', (text: string) => Buffer.from(`\uFEFF${text}`)],
	['UTF-16, as Windows PowerShell writes it', (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le')],
	['a code block of Markdown', (text: string) => Buffer.from(`\n\`\`\`json\n${text}\n\`\`\`\n`)],
	[
		'what a terminal shows of it',
		(text: string) => Buffer.from(`$ kubectl hostport check --save -\r\nWarning: reader pod not created\r\n${text}$ `),
	],
	['line ends of Windows', (text: string) => Buffer.from(text.replaceAll('\n', '\r\n'))],
])('%s is read as well', async (_, written) => {
	const file = join(folder, 'windows');
	await saveEvidence(file, evidence, where);
	const read = await loadEvidence(file, signal);
	await writeFile(file, written(await readFile(file, 'utf8')));
	expect(await loadEvidence(file, signal)).toEqual(read);
});

test.each([
	['it is not JSON', 'kind: Evidence'],
	['it is empty', ' \n'],
	['it is cut off: its end is missing', '{"apiVersion": "hostport.dev/v1", "kind": "Evid'],
	['has no kind', '{}'],
	['has no kind', '[1]'],
	['has no kind', 'null'],
	['v1 Pod', '{"apiVersion": "v1", "kind": "Pod"}'],
	['hostport.dev/v1 Diagnosis', '{"apiVersion": "hostport.dev/v1", "kind": "Diagnosis"}'],
	['hostport.dev/v9', '{"apiVersion": "hostport.dev/v9", "kind": "Evidence"}'],
	['collectedAt is missing, or not what is expected there', '{"apiVersion": "hostport.dev/v1", "kind": "Evidence", "nodes": 1}'],
])('what is not evidence is refused in one line: %s', async (words, content) => {
	const file = join(folder, 'wrong');
	await writeFile(file, content);
	const error = await loadEvidence(file, signal).catch((thrown: unknown) => thrown);
	expect(error).toBeInstanceOf(UsageError);
	expect((error as UsageError).message).toContain(words);
	expect((error as UsageError).message).not.toContain('\n');
});

test('any bytes are evidence or a usage error', async () => {
	const file = join(folder, 'any');
	const whole = JSON.stringify(evidence);
	const cut = fc.nat({max: whole.length}).map(end => Buffer.from(whole.slice(0, end)));
	await fc.assert(
		fc.asyncProperty(fc.oneof(fc.uint8Array({maxLength: 200}), cut), async bytes => {
			await writeFile(file, bytes);
			const result = await loadEvidence(file, signal).catch((thrown: unknown) => thrown);
			expect(result instanceof UsageError || (result as Evidence).kind === 'Evidence').toBe(true);
		}),
		{numRuns: 60},
	);
});

test('a file that is missing or a folder is named', async () => {
	await expect(loadEvidence(join(folder, 'missing'), signal)).rejects.toThrow(/missing cannot be read/u);
	await expect(loadEvidence(folder, signal)).rejects.toBeInstanceOf(UsageError);
	expect(await readFile(join(folder, 'earlier'), 'utf8')).toContain('later');
});
