import {describe, expect, it} from 'vitest';
import {outcomeOf, type FailOn} from '../../source/session/outcome.ts';
import type {Diagnosis, Finding} from '../../source/diagnosis/diagnosis.ts';
import type {Evidence} from '../../source/evidence/evidence.ts';

const finding = (severity: Finding['severity']): Finding => ({
	code: 'HP01',
	severity,
	nodes: ['node-1'],
	hostPorts: [],
	title: '',
	because: [],
	remedy: '',
	repairable: true,
});

const outcome = (options: {
	severities?: Array<Finding['severity']>;
	verdict?: 'ok' | 'unknown' | 'skipped' | 'broken';
	/** Cilium's version. */
	cilium?: string;
	gaps?: number;
	/** Whether the node that was asked showed its CNI files; it was not asked where this is absent. */
	showsFiles?: boolean;
	/** Why the node was skipped. */
	skipped?: string;
	isReady?: boolean;
	failOn?: FailOn;
}) =>
	outcomeOf(
		{
			diagnosis: {
				cluster: {cilium: {version: options.cilium ?? '1.20.2'}},
				findings: (options.severities ?? []).map(severity => finding(severity)),
				nodes: [{name: 'node-1', verdict: options.verdict ?? 'ok'}],
			} as unknown as Diagnosis,
			evidence: {
				gaps: Array.from({length: options.gaps ?? 0}, () => ({what: '', reason: '', hint: ''})),
				nodes: [
					{
						name: 'node-1',
						skipped: options.skipped ?? '',
						ready: options.isReady ?? true,
						os: 'linux',
						labels: {},
						taints: [],
						observation: options.showsFiles === undefined ? null : {configurationFolder: options.showsFiles ? {} : null},
					},
				],
			} as unknown as Evidence,
		},
		options.failOn,
	);

describe('the exit code of a diagnosis', () => {
	it('is 0 where nothing is wrong and everything was seen', () => expect(outcome({})).toBe(0));
	it('is 1 where a fault is proved', () => expect(outcome({severities: ['error']})).toBe(1));
	it('is 1 also where a fault is proved and a node could not be asked', () =>
		expect(outcome({severities: ['error'], verdict: 'unknown'})).toBe(1));
	it('is 0 where there is only a warning', () => expect(outcome({severities: ['warning', 'info']})).toBe(0));
	it('is 3 where a fault was seen on a Cilium that is not known', () => {
		expect(outcome({severities: ['warning'], verdict: 'broken', cilium: '2.4.0'})).toBe(3);
		expect(outcome({severities: ['warning'], cilium: '2.4.0'})).toBe(0);
	});
	it('is 3 where what ails a node is not proved, because its CNI files were not seen', () => {
		expect(outcome({severities: ['warning'], verdict: 'broken', showsFiles: false})).toBe(3);
		expect(outcome({severities: ['warning'], verdict: 'broken', showsFiles: true})).toBe(0);
		expect(outcome({severities: ['error'], verdict: 'broken', showsFiles: false})).toBe(1);
		expect(outcome({severities: ['error'], verdict: 'broken', showsFiles: false, failOn: 'never'})).toBe(0);
		expect(outcome({showsFiles: false})).toBe(0);
	});
	it('is 3 where a node could not be asked', () => expect(outcome({severities: ['warning'], verdict: 'unknown'})).toBe(3));
	it('is 3 where a node is down', () =>
		expect(outcome({verdict: 'skipped', skipped: 'not Ready: Kubelet stopped posting node status.', isReady: false})).toBe(3));
	it('is 3 where the API server refused a list', () => expect(outcome({gaps: 1})).toBe(3));
	it.each([
		['error', ['warning'], 0],
		['error', ['warning', 'error'], 1],
		['warning', ['info'], 0],
		['warning', ['warning'], 1],
		['warning', ['error'], 1],
		['never', ['error', 'warning'], 0],
	] as const)('with --fail-on=%s is of %s: %i', (failOn, severities, code) =>
		expect(outcome({failOn, severities: [...severities]})).toBe(code),
	);
	it('is 3 with --fail-on=never where something could not be looked at', () =>
		expect(outcome({failOn: 'never', severities: ['error'], gaps: 1})).toBe(3));
	it.each(['Windows node', 'virtual kubelet', 'Fargate node'])('is 0 where a node was skipped for its kind: %s', skipped =>
		expect(outcome({verdict: 'skipped', skipped})).toBe(0),
	);
});
