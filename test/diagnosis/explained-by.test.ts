import {describe, expect, it} from 'vitest';
import {explainedBy, type Explaining} from '../../source/diagnosis/explained-by.ts';

const web = 'default/web:8080/TCP';
const dns = 'default/dns:5353/UDP';
const finding = (code: string, parts: Partial<Explaining> = {}): Explaining => ({
	code,
	severity: 'warning',
	nodes: ['node-1'],
	hostPorts: [web, dns],
	title: code,
	...parts,
});
const places = {
	'same-node': {from: 'same-node', via: 'node-1'},
	'other-node': {from: 'other-node', via: 'node-2'},
	pod: {from: 'pod', via: 'node-1'},
	'pod elsewhere': {from: 'pod', via: 'node-2'},
	'pod-itself': {from: 'pod-itself', via: 'node-1'},
	client: {from: 'client', via: ''},
} as const;
type Place = keyof typeof places;
const all = Object.keys(places) as Place[];
const failed = (place: Place, error: string, hostPort = web) => ({hostPort, node: 'node-1', error, ...places[place]});

describe('what a finding explains', () => {
	it.each<[string, string, string, readonly Place[]]>([
		// Code, error, hostPort, places whose failure it explains.
		['HP10', 'refused', web, all],
		['HP15', 'refused', web, all],
		['HP15', 'timed out', web, all],
		['HP20', 'refused', web, all],
		['HP11', 'timed out', web, all.filter(place => place !== 'same-node')],
		['HP11', 'refused', web, []],
		['HP11', 'no answer', dns, all.filter(place => place !== 'same-node')],
		['HP12', 'timed out', web, all],
		['HP12', 'refused', web, []],
		['HP12', 'no answer', dns, all],
		['HP13', 'timed out', web, ['other-node', 'pod elsewhere', 'client']],
		['HP13', 'unreachable', web, ['other-node', 'pod elsewhere', 'client']],
		['HP13', 'refused', web, ['other-node', 'pod elsewhere', 'client']],
		['HP29', 'timed out', web, []],
		['HP16', 'no answer', dns, all],
		['HP16', 'timed out', web, []],
		['HP06', 'refused', web, []],
		['HP18', 'refused', web, []],
		['HP22', 'refused', web, []],
		['HP25', 'refused', web, []],
		// A cause that is not known here yet, such as one of a later version.
		['HP99', 'refused', web, all],
	])('%s explains «%s» of %s from %j', (code, error, hostPort, wanted) => {
		const explained = all.filter(place => explainedBy(failed(place, error, hostPort), [finding(code)])?.code === code);
		expect(explained).toEqual(wanted);
	});

	it('is nothing of another hostPort, and nothing that is no more than information but for what is possible', () => {
		const asked = failed('other-node', 'timed out');
		expect(explainedBy(asked, [finding('HP10', {hostPorts: ['default/other:8080/TCP'], severity: 'error'})])).toBeUndefined();
		expect(explainedBy(asked, [finding('HP07', {severity: 'info'})])).toBeUndefined();
		// What HP20 tells as information is meant, and concerns the node itself or others alone: no failure of now.
		expect(explainedBy(asked, [finding('HP20', {severity: 'info'})])).toBeUndefined();
		for (const code of ['HP11', 'HP13']) expect(explainedBy(asked, [finding(code, {severity: 'info'})])?.code).toBe(code);
	});

	it('is an error of the whole node where none names the hostPort, and of no other node', () => {
		const asked = failed('other-node', 'refused');
		const ofNode = finding('HP24', {severity: 'error', hostPorts: []});
		expect(explainedBy(asked, [ofNode])?.code).toBe('HP24');
		expect(explainedBy(asked, [ofNode, finding('HP10')])?.code).toBe('HP10');
		expect(explainedBy(asked, [{...ofNode, nodes: ['node-2']}])).toBeUndefined();
		expect(explainedBy(asked, [{...ofNode, severity: 'warning'}])).toBeUndefined();
		// It names hostPorts, and this is none of them.
		expect(explainedBy(asked, [{...ofNode, hostPorts: ['default/other:1/TCP']}])).toBeUndefined();
	});

	it.each(['HP01', 'HP01b', 'HP03', 'HP04', 'HP10', 'HP19'])(
		'is not %s where another place gets an answer, for then something carries it',
		code => {
			const asked = failed('other-node', 'timed out');
			expect(explainedBy(asked, [finding(code), finding('HP11')], true)?.code).toBe('HP11');
			expect(explainedBy(asked, [finding(code), finding('HP11')], false)?.code).toBe(code);
		},
	);

	it('is the first that fits, for they come worst first', () => {
		const asked = failed('client', 'timed out');
		expect(explainedBy(asked, [finding('HP06'), finding('HP10'), finding('HP11')])?.code).toBe('HP10');
	});
});
