import {expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import {binaryText, planText, refusalText} from '../../source/output/plan.ts';
import {makePlan} from '../../source/repair/plan/make-plan.ts';
import type {Choice, Plan, Step} from '../../source/repair/plan/plan.ts';
import {pathlessEvidence} from '../diagnosis/scenes.ts';

const evidence = pathlessEvidence();
const planOf = (choice: Partial<Choice> = {}): Plan =>
	makePlan(evidence, diagnose(evidence), {strategy: 'portmap', sources: ['/tmp/portmap'], ...choice});

test('a plan is told with every change, what it touches and how it is undone', () => {
	const plan = planOf();
	const text = planText(plan, {colour: false});
	for (const {title, blastRadius, undo} of plan.steps.slice(0, 8)) {
		expect(text).toContain(title);
		expect(text).toContain(`affects: ${blastRadius}`);
		expect(text).toContain(`undo: ${undo}`);
	}

	expect(text).toContain('+cni-chaining-mode: portmap');
	expect(text).not.toContain('\u001B');
	expect(planText(plan, {colour: true})).toContain('\u001B');
});

test('the other way is named where the chosen one is not possible, and only there', () => {
	const {options, ...plan} = planOf();
	const refused: Plan = {
		...plan,
		refusals: [{code: 'HP12', message: 'the host firewall is on', hint: 'Choose native.'}],
		options: options.map(option => ({...option, possible: option.strategy !== 'portmap'})),
	};
	expect(refusalText(refused)).toBe('HP12: the host firewall is on\n  Choose native.\nPossible here: --strategy native\n');
	const some = planOf({nodes: [evidence.nodes[0]?.name ?? '']});
	expect(some.refusals).not.toEqual([]);
	expect(refusalText(some)).not.toContain('Possible here');
});

const step = (parts: Partial<Step> = {}): Step => ({
	id: 'binary/node-1',
	kind: 'put-binary',
	title: 'Put portmap on node-1',
	node: 'node-1',
	preview: {text: 'puts it there', changes: []},
	checkBefore: '',
	checkAfter: '',
	undo: 'it stays',
	blastRadius: 'nothing',
	binaries: [],
	parameters: {},
	...parts,
});
const alike = (count: number, parts: (name: string) => Partial<Step> = name => ({node: name})): Step[] =>
	Array.from({length: count}, (_, index) =>
		step({id: `step-${index + 1}`, title: `Put portmap on node-${index + 1}`, ...parts(`node-${index + 1}`)}),
	);
const own = ({title, undo}: Step): string => `  ${title}\n      puts it there\n      affects: nothing\n      undo: ${undo}\n`;

test('a plan has the strategy with its reason, then its side effects, then what there is of warnings, steps, skipped nodes and what is still to do', () => {
	const [first, second] = [step(), step({kind: 'roll-agents', title: 'Restart the agents', node: ''})] as const;
	const bare = {...planOf(), sideEffects: [], warnings: [], skipped: [], remaining: [], steps: [first, second], options: []};
	expect(planText(bare, {colour: false})).toBe(`Strategy: portmap\n\nSteps\n${own(first)}${own(second)}`);
	const option = {possible: true, recommended: false, refusals: [], effects: [], reason: ''};
	const whole: Plan = {
		...bare,
		options: [
			{...option, strategy: 'native', effects: ['eBPF'], reason: 'not chosen'},
			{...option, strategy: 'portmap', effects: ['a limit'], reason: 'the kernel is old'},
		],
		sideEffects: ['agents restart', 'pods restart'],
		warnings: [{message: 'somebody else writes it', hint: 'Tell them.'}],
		skipped: [{node: 'node-9', reason: 'not Ready'}],
		remaining: ['restart default/web'],
	};
	expect(planText(whole, {colour: false})).toBe(
		`Strategy: portmap (recommended). the kernel is old\n\nSide effects\n  - agents restart\n  - pods restart\n\nWarnings\n  ! somebody else writes it\n    Tell them.\n\nSteps\n${own(first)}${own(second)}\nSkipped\n  node-9: not Ready\n\nStill to do\n  - restart default/web\n`,
	);
	expect(planText({...whole, options: whole.options.map(each => ({...each, reason: ''}))}, {colour: false})).toMatch(
		/^Strategy: portmap\n\nSide effects\n {2}- agents/u,
	);
});

test.each([
	[8, undefined],
	[9, '  … and the same 1 more times: node-9'],
	[28, /^ {2}… and the same 20 more times: node-9, .*, node-28$/mu],
	[29, /^ {2}… and the same 21 more times: node-9, .*, node-28, …$/mu],
] as const)('of %i steps of one kind eight are shown', (count, more) => {
	const steps = alike(count);
	const text = planText({...planOf(), steps}, {colour: false});
	for (const each of steps.slice(0, 8)) expect(text).toContain(own(each));
	expect(text.match(/affects: /gu)).toHaveLength(8);
	if (more === undefined) expect(text).not.toContain('and the same');
	else expect(text).toMatch(more);
});

test('a step that belongs to no node goes by its id where it is only named', () => {
	const steps = alike(10, () => ({node: ''}));
	expect(planText({...planOf(), steps}, {colour: false})).toContain('… and the same 2 more times: step-9, step-10\n');
});

test('of a step that is resumed by its journal nothing is said twice, and nothing empty', () => {
	const resumed = step({
		title: 'restart the agents',
		preview: {text: 'restart the agents', changes: []},
		blastRadius: '',
		undo: 'restarts them',
	});
	expect(planText({...planOf(), steps: [resumed]}, {colour: false})).toContain(
		'\nSteps\n  restart the agents\n      undo: restarts them\n',
	);
});

test('a change of a file stands below its step, indented as it is', () => {
	const change = {node: 'node-1', path: '/a', neededPath: '/a', current: ' x\n', needed: ' y\n'};
	const text = planText({...planOf(), steps: [step({preview: {text: 'puts it there', changes: [change]}})]}, {colour: false});
	expect(text).toContain(
		'      puts it there\n      --- node-1:/a\n      +++ node-1:/a\n      @@ -1,1 +1,1 @@\n      - x\n      + y\n      affects',
	);
});

test('a refusal without a code has none before it, and no other strategy is offered where none is possible', () => {
	const refused: Plan = {
		...planOf(),
		refusals: [{code: '', message: 'there is no such node', hint: 'See: kubectl get nodes'}],
		options: planOf().options.map(option => ({...option, possible: false})),
	};
	expect(refusalText(refused)).toBe('there is no such node\n  See: kubectl get nodes\n');
	expect(refusalText({...refused, options: []})).toBe('there is no such node\n  See: kubectl get nodes\n');
});

test('a binary is told with its version where it is known, and with what is to be known of it', () => {
	const portmap = {
		version: '1.9.1',
		architecture: 'amd64',
		origin: '/tmp/portmap',
		sha256: 'abc',
		cniVersion: '1.0.0',
		content: new Uint8Array(),
		isDynamic: false,
	};
	expect(binaryText({portmap, warnings: []})).toBe('portmap 1.9.1 for amd64 from /tmp/portmap, sha256 abc\n');
	const warnings = [
		{message: 'it is old', hint: 'Take 1.9.1.'},
		{message: 'it is dynamic', hint: ''},
	];
	expect(binaryText({portmap: {...portmap, version: ''}, warnings})).toBe(
		'portmap for amd64 from /tmp/portmap, sha256 abc\n! it is old\n  Take 1.9.1.\n! it is dynamic\n',
	);
});

test('in a terminal a plan is broken between words, and no line of a diff is', () => {
	const plan = planOf();
	const [whole, narrow] = [planText(plan, {colour: false}), planText(plan, {colour: false, width: 60})];
	const words = (text: string): readonly string[] => text.split(/\s+/u);
	expect(words(narrow)).toEqual(words(whole));
	const ofDiff = (text: string): readonly string[] => text.split('\n').filter(line => /^ {6}(?:[-+@]| {3,})/u.test(line));
	const long = narrow.split('\n').filter(line => line.length > 60);
	expect(ofDiff(narrow)).toEqual(expect.arrayContaining([...ofDiff(whole)]));
	expect(long.filter(line => !whole.split('\n').includes(line) && line.trim().includes(' '))).toEqual([]);
	expect(whole.split('\n').some(line => line.length > 60)).toBe(true);
	expect(narrow.split('\n').length).toBeGreaterThan(whole.split('\n').length);
});
