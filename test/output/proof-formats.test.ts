import {describe, expect, it} from 'vitest';
import {json} from '../../source/output/json.ts';
import {paint} from '../../source/output/paint.ts';
import {proofJunit} from '../../source/output/proof-junit.ts';
import {proofTable} from '../../source/output/proof-table.ts';
import {judged} from '../../source/proof/judge.ts';
import {summaryOf} from '../../source/proof/summary.ts';
import type {PodResult, Proof, UnjudgedResult} from '../../source/proof/proof.ts';

const web = 'default/web:8080/TCP';
const dns = 'default/dns:5353/UDP';
const result = (parts: Partial<UnjudgedResult> = {}): UnjudgedResult => ({
	hostPort: web,
	node: 'node-1',
	from: 'same-node',
	via: 'node-1',
	address: '10.88.0.11',
	ok: false,
	milliseconds: 0,
	error: 'refused',
	by: 'rule CNI-DN-1',
	expected: 'answer',
	because: '',
	...parts,
});
const places: ReadonlyArray<Partial<UnjudgedResult>> = [
	{},
	{from: 'other-node', via: 'node-2'},
	{from: 'pod', via: 'node-1'},
	{from: 'pod', via: 'node-2'},
	{from: 'client', via: ''},
];
const works = {ok: true, milliseconds: 0.4, error: ''};
const pod = (parts: Partial<PodResult> = {}): PodResult => ({hostPort: web, node: 'node-1', address: '10.0.0.5', ...works, ...parts});

const proofFormats = {table: proofTable, json: ({proof}: {readonly proof: Proof}) => json(proof), junit: proofJunit};

function shown(
	format: keyof typeof proofFormats,
	results: readonly UnjudgedResult[],
	parts: Partial<Proof> = {},
	layout: {readonly headers?: boolean; readonly colour?: boolean} = {},
): string {
	const proof: Proof = {
		apiVersion: 'hostport.dev/v1',
		kind: 'Proof',
		generatedAt: '2026-01-01T00:00:00Z',
		results: judged(results, parts.pods ?? []),
		pods: [],
		unasked: [],
		skipped: [],
		...parts,
	};
	return proofFormats[format]({proof, summary: summaryOf(proof), colour: false, ...layout});
}

describe('the table', () => {
	it('has a row for each address and a column for each place, and says once what all places say', () => {
		const table = shown(
			'table',
			places.map(place => result(place)),
			{pods: [pod()]},
		);
		const [heads = '', row = ''] = table.split('\n');
		expect(heads.split(/ {3,}/u)).toEqual([
			'HOSTPORT',
			'NODE',
			'ADDRESS',
			'POD ADDRESS',
			'SAME NODE',
			'OTHER NODE',
			'POD, SAME NODE',
			'POD, OTHER NODE',
			'THIS MACHINE',
		]);
		expect(row.split(/ {3,}/u)).toEqual([web, 'node-1', '10.88.0.11', 'ok 0.4 ms', ...places.map(() => 'refused')]);
		expect(table.match(/to 10\.88\.0\.11 .*/gu)).toEqual(['to 10.88.0.11 from every place   refused']);
		expect(table).toContain('0 of 5 connections work, 5 fail\n');
	});

	it('names the places where only some fail', () => {
		const results = places.map(place => result({...place, ...(place.from === 'pod' ? {} : works)}));
		expect(shown('table', results)).toContain('to 10.88.0.11 from a pod on node-1, a pod on node-2   refused');
	});

	it('shows what the pod answers in the family of each address', () => {
		const table = shown('table', [result(), result({address: 'fd00::11'})], {
			pods: [pod(), pod({address: 'fd00::5', ok: false, error: 'refused'})],
		});
		expect(table.split('\n').slice(1, 3)).toEqual([
			expect.stringMatching(/10\.88\.0\.11 +ok 0\.4 ms/u),
			expect.stringMatching(/fd00::11 +refused/u),
		]);
		expect(table).toContain('HP21: the application does not answer at its own address fd00::5');
		expect(table.match(/HP21/gu)).toHaveLength(1);
	});

	it('shows a place that is not served, and an answer that is not to come, apart from what fails', () => {
		const because = 'hostIP 127.0.0.1: meant for the loopback address alone';
		const unserved = {expected: 'no answer', because} as const;
		const table = shown('table', [result({...places[1], ...unserved}), result({...places[4], ...unserved, ...works})]);
		expect(table).not.toContain('Does not work');
		expect(table.split('\n')[1]).toMatch(/not served +ok 0\.4 ms/u);
		expect(table).toMatch(/Not served, by version, strategy or hostIP:\n .* from node-2 +refused +hostIP 127/u);
		expect(table).toMatch(/Unexpected answers:\n .* from this machine .*not private/u);
		expect(table).toContain('1 of 1 connections work, 1 more not served by design, 1 should not\n');
	});

	it('tells what was skipped, and from a pod itself', () => {
		const table = shown('table', [result({from: 'pod-itself'}), result(works)], {skipped: ['pods: nothing was asked']});
		expect(table).toContain('POD ITSELF');
		expect(table).toContain('from the pod itself   refused');
		expect(table).toContain('Skipped:\n  pods: nothing was asked');
	});

	it('says once by what rule hostPorts are carried, or why by none, for up to two of them by name', () => {
		const ports = (count: number, by: string) =>
			Array.from({length: count}, (_, index) => result({hostPort: `default/web:${8080 + index}/TCP`, by, ...works}));
		const carried = (...results: UnjudgedResult[][]): string => {
			const [, below = ''] = shown('table', results.flat()).split('by the diagnosis:\n');
			return below.slice(0, below.indexOf('\n\n'));
		};
		expect(carried(ports(1, 'rule A'))).toBe('  default/web:8080/TCP   rule A');
		expect(carried(ports(2, 'rule A'))).toBe('  default/web:8080/TCP, default/web:8081/TCP   rule A');
		expect(carried(ports(3, 'rule A'))).toBe('  default/web:8080/TCP and 2 more   rule A');
		const other = ports(1, 'no chain').map(each => ({...each, hostPort: dns}));
		expect(carried(ports(1, 'rule A'), other)).toBe('  default/web:8080/TCP   rule A\n  default/dns:5353/UDP   no chain');
		expect(shown('table', ports(2, ''))).not.toContain('by the diagnosis');
	});

	it('has sections only for what there is, an empty line between them, and a dash where a place was not asked', () => {
		expect(shown('table', [])).toBe(`${summaryOf({results: [], pods: [], unasked: [], skipped: []} as unknown as Proof)}\n`);
		const table = shown('table', [result(works), result({...works, hostPort: dns, from: 'client', via: ''})], {}, {headers: false});
		expect(table).toBe(
			`default/web:8080/TCP   node-1   10.88.0.11   -   ok 0.4 ms   -\ndefault/dns:5353/UDP   node-1   10.88.0.11   -   -           ok 0.4 ms\n\nWhat serves it, or why nothing does, by the diagnosis:\n  default/web:8080/TCP, default/dns:5353/UDP   rule CNI-DN-1\n\n2 of 2 connections work\n`,
		);
	});

	it('tells one place by its name where no other was asked, and colours why', () => {
		expect(shown('table', [result()])).toContain('to 10.88.0.11 from node-1   refused');
		const coloured = shown('table', [result(), result({...places[1], expected: 'no answer', because: 'by design'})], {}, {colour: true});
		expect(coloured).toContain(`${paint('Does not work:', 'bad', true)}\n`);
		expect(coloured).toContain(`from node-1   ${paint('refused', 'bad', true)}\n`);
		expect(coloured).toMatch(/from node-2 +refused +by design/u);
	});

	it('keeps what is not proven apart from what fails, and tells what was not asked', () => {
		const table = shown('table', [result({hostPort: dns, error: 'no answer'})], {unasked: ['node-3: down']});
		expect(table).toMatch(/Not proven:\n {2}default\/dns:5353\/UDP/u);
		expect(table).not.toContain('Does not work');
		expect(table).toContain('Not tried:\n  node-3: down');
	});

	it('tells once what was not asked for one reason, with the first of its names, and every other reason by itself', () => {
		const nodes = Array.from({length: 1000}, (_, index) => `node-${index}`);
		const unasked = [...nodes.map(node => `${node}: no bash: not here`), 'default/web:8080/TCP: SCTP', 'what has no reason'];
		expect(shown('table', [], {unasked, skipped: ['pods: none', 'pods: none']})).toContain(
			`Not tried:
  node-0, node-1, node-2 and 997 more: no bash: not here
  default/web:8080/TCP: SCTP
  what has no reason

Skipped:
  pods: none
`,
		);
	});
});

it('JUnit has a case for each connection, with the latency, the error’s word and the rule', () => {
	const xml = shown('junit', [result(works), result(places[1]), result({hostPort: dns, error: 'no answer'})], {
		unasked: ['node-3: "down" & out'],
	});
	expect(xml).toContain('tests="4" failures="1" skipped="2"');
	expect(xml).toContain(`<testcase classname="hostport.verify" name="${web} at 10.88.0.11 from node-1" time="0.0004"></testcase>`);
	expect(xml).toContain('<failure type="refused" message="refused: it answers only on its own node');
	expect(xml).toContain('>rule CNI-DN-1</failure>');
	expect(xml).toContain('<skipped message="no answer: UDP: no answer proves nothing');
	expect(xml).toContain('node-3: &quot;down&quot; &amp; out');
});

it('JUnit counts a place that is not served as no failure', () => {
	const xml = shown('junit', [result({...places[1], expected: 'no answer', because: 'by design'})]);
	expect(xml).toContain('tests="1" failures="0" skipped="0"');
});

it('JSON is the proof itself', () => {
	expect(JSON.parse(shown('json', [result(works)]))).toMatchObject({
		kind: 'Proof',
		results: [
			{hostPort: web, from: 'same-node', via: 'node-1', address: '10.88.0.11', ok: true, milliseconds: 0.4, error: '', by: 'rule CNI-DN-1'},
		],
	});
});
