import * as fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {Proof} from '../../source/proof/proof.ts';
import {makePlan} from '../../source/repair/plan/make-plan.ts';
import type {Strategy} from '../../source/diagnosis/strategy.ts';
import type {Plan} from '../../source/repair/plan/plan.ts';
import {footerOf} from './footer.tsx';
import {bodyHeight, ruleLines} from '../../source/tui/layout.ts';
import {createModelBuilder} from '../../source/tui/model.ts';
import type {PastRun, Repair, RunEnding, RunProgress} from '../../source/tui/repair/values.ts';
import {press} from '../../source/tui/press.ts';
import {bindingsOf, screens} from '../../source/tui/screens/index.ts';
import {initialState, type Intent, type State, type View} from '../../source/tui/state.ts';
import {widthOf} from '../../source/tui/text-width.ts';
import {healthyPortmapEvidence, pathlessEvidence} from '../diagnosis/scenes.ts';
import {diagnosis, drawnLines, hostPort, snapshotWith, storySnapshot, viewWith} from './fixtures.ts';

const evidence = pathlessEvidence();
const planOf = (strategy: Strategy, sources: readonly string[] = []): Plan => makePlan(evidence, diagnose(evidence), {strategy, sources});

const repair = (parts: Partial<Repair> = {}): Repair => ({
	problem: null,
	clusterName: 'nks-prod',
	plans: {portmap: planOf('portmap'), native: planOf('native')},
	chosen: {strategy: 'portmap', source: 'node:node-9'},
	marked: '',
	extras: [],
	offers: [
		{source: 'node:node-9', says: 'has run there', isNear: true},
		{source: 'release:1.9.1', says: 'the official archive', isNear: false},
	],
	unfinished: null,
	prepared: null,
	run: null,
	before: null,
	runs: null,
	damaged: [],
	doubts: null,
	...parts,
});

const prepared = (source = 'node:node-9'): Repair['prepared'] => ({
	strategy: 'portmap',
	source,
	plan: planOf('portmap', [source]),
	binaries: [
		{
			architecture: 'amd64',
			version: '1.6.2',
			sha256: 'ab'.repeat(32),
			size: 4_100_000,
			origin: 'node node-9',
			nodes: 3,
			warnings: [{message: 'portmap 1.6.2: CVE-2025-67499', hint: 'Use 1.9.1.'}],
		},
	],
	serverSays: ['the server accepts: set cni-chaining-mode=portmap'],
	doubts: [],
});

const past = (parts: Partial<PastRun> = {}): PastRun => ({
	id: '20240207-020000-a1b2',
	strategy: 'portmap',
	outcome: 'failed',
	startedAt: '2024-02-07T02:00:00Z',
	by: 'kim@bastion',
	done: 3,
	total: 9,
	steps: [],
	changes: [],
	source: '/tmp/portmap',
	undo: [{title: 'set cni-chaining-mode=portmap', says: 'restores the old values'}],
	isOwn: false,
	...parts,
});

const ending = (parts: Partial<RunEnding> = {}): RunEnding => ({
	outcome: 'done',
	seconds: 12,
	message: '',
	hint: '',
	lines: ['Run 20240207-020000-a1b2 is done.'],
	remaining: ['Commit this: cni.chainingMode=portmap'],
	proof: null,
	connections: '16 of 16 connections work',
	past: past({outcome: 'done', isOwn: true}),
	...parts,
});

const run = (parts: Partial<RunProgress> = {}): RunProgress => ({
	kind: 'repair',
	id: '20240207-020000-a1b2',
	since: 0,
	steps: [
		...['node-1', 'node-2'].map(node => ({
			id: `binary/${node}`,
			kind: 'put-binary',
			title: `install portmap on ${node}`,
			node,
			state: 'done' as const,
			says: '',
			since: 1,
			seconds: 1.2,
		})),
		{
			id: 'configmap',
			kind: 'patch-configmap',
			title: 'set cni-chaining-mode=portmap',
			node: '',
			state: 'started',
			says: 'the server is asked',
			since: 4000,
			seconds: 0,
		},
		{id: 'agents', kind: 'roll-agents', title: 'restart cilium', node: '', state: 'pending', says: '', since: 0, seconds: 0},
	],
	log: [{at: 0, text: 'done: install portmap on node-1'}],
	asked: [],
	answered: [],
	isStopping: false,
	end: null,
	...parts,
});

const viewOfRepair = (values: Repair | null, parts: Partial<View> = {}): View =>
	viewWith({...storySnapshot(), repair: values}, {now: 9000, ...parts});

type Typed = {readonly state: State; readonly intents: readonly Intent[]};

function type(keys: readonly string[], view: View, from: State = initialState): Typed {
	let state = from;
	const intents: Intent[] = [];
	for (const key of keys) {
		const step = press(state, key, view);
		state = step.state;
		if (step.intent !== undefined) intents.push(step.intent);
	}

	return {state, intents};
}

/** The page whole, on a terminal that is high enough for it. */
const linesOf = ({state}: Pick<Typed, 'state'>, view: View): readonly string[] => drawnLines(state, {...view, rows: 300});

/** The page as text, without the breaks of lines. */
const shown = (typed: Pick<Typed, 'state'>, view: View): string => linesOf(typed, view).join(' ').replaceAll(/\s+/gu, ' ');

const footer = (state: State, view: View): string => footerOf(state, view).trim();
const letters = (text: string): string[] => Array.from(text);

describe('the way through the pages', () => {
	it('begins with the plan on F, from any screen, and asks the cluster', () => {
		const view = viewOfRepair(repair({prepared: prepared()}));
		for (const before of [[], ['enter'], ['p'], ['tab', 'enter']]) {
			const typed = type([...before, 'F'], view);
			expect(typed.state.screen.name).toBe('plan');
			expect(typed.intents.at(-1)).toEqual({kind: 'repair', act: {do: 'open', marked: []}});
			expect(shown(typed, view)).toContain('HP01 hostPort is switched off');
		}
	});

	it('takes along the nodes that are marked on the overview', () => {
		const view = viewOfRepair(repair());
		expect(type([' ', 'j', ' ', 'F'], view).intents).toEqual([{kind: 'repair', act: {do: 'open', marked: ['node-1', 'node-2']}}]);
		expect(type([' ', ' ', 'F'], view).intents).toEqual([{kind: 'repair', act: {do: 'open', marked: []}}]);
		const marked = viewOfRepair(repair({prepared: prepared(), marked: 'node-2 goes first, as marked'}));
		expect(shown(type(['F'], marked), marked)).toContain('node-2 goes first, as marked');
	});

	it('offers nothing where there is no cluster behind the screens', () => {
		const view = viewOfRepair(null, {canRepair: false});
		expect(type(['F', 'u'], view)).toEqual({state: initialState, intents: []});
		expect(footer(initialState, view)).not.toContain('fix');
	});

	it('goes from plan to name, and back by Esc without changing anything', () => {
		const ready = viewOfRepair(repair({prepared: prepared()}));
		const names = ['F', 'enter'].map((_, index, keys) => type(keys.slice(0, index + 1), ready).state.screen.name);
		expect(names).toEqual(['plan', 'name']);
		const {state, intents} = type(['F', 'enter', 'escape', 'escape'], ready);
		expect(state.screen.name).toBe('overview');
		expect(intents).toEqual([{kind: 'repair', act: {do: 'open', marked: []}}]);
	});

	it('waits on the first page until the cluster has answered and all was checked', () => {
		for (const values of [repair({plans: null, chosen: null}), repair()]) {
			const view = viewOfRepair(values);
			const typed = type(['F', 'enter', 'enter'], view);
			expect(typed.state.screen.name).toBe('plan');
			expect(typed.intents).toHaveLength(1);
			expect(footer(typed.state, view)).not.toContain('go on');
		}
	});

	it('says where there is nothing to repair', () => {
		const nothing = {...planOf('portmap'), steps: [], refusals: []};
		const view = viewOfRepair(repair({plans: {portmap: nothing, native: nothing}, chosen: {strategy: 'portmap', source: ''}}));
		const typed = type(['F', 'enter'], view);
		expect(typed.state.screen.name).toBe('plan');
		expect(shown(typed, view)).toContain('Nothing to repair');
	});

	it('never stacks up, never leaves the lines of the screen, and fits every width, whatever is typed', () => {
		const all = screens.flatMap(screen => bindingsOf(screen).flatMap(binding => binding.keys));
		const keys = [...new Set(all), 'F', 'enter', 'enter', 'x', 'backspace', ...letters('nks-prod')];
		const values = [
			repair(),
			repair({prepared: prepared()}),
			repair({chosen: null}),
			repair({unfinished: past(), runs: [past(), past({id: 'b'})]}),
			repair({run: run()}),
			repair({run: run({end: ending()}), before: diagnosis()}),
			repair({problem: {of: 'open', source: '', message: 'no', hint: 'yes'}}),
			null,
		];
		fc.assert(
			fc.property(
				fc.array(fc.constantFrom(...keys), {maxLength: 25}),
				fc.constantFrom(...values),
				fc.constantFrom(40, 80, 120),
				fc.integer({min: 10, max: 50}),
				(typed, value, columns, rows) => {
					const view = viewOfRepair(value, {columns, rows});
					const {state} = type(typed, view);
					const names = [...state.behind, state.screen].map(({name}) => name);
					expect(new Set(names).size).toBe(names.length);
					if (!['plan', 'name', 'run', 'undo', 'runs'].includes(state.screen.name) || !('offset' in state.screen)) return;
					const lines = drawnLines(state, view);
					expect(lines).toHaveLength(bodyHeight(rows) + ruleLines);
					expect(Math.max(...lines.map(line => widthOf(line.trimEnd())))).toBeLessThanOrEqual(columns);
				},
			),
			{numRuns: 200},
		);
	});
});

describe('the plan', () => {
	const view = viewOfRepair(repair({prepared: prepared()}), {rows: 200});
	const at = type(['F'], view);
	/** The page with the cursor on the line that begins so. */
	const on = (text: string, values: View = view): State => {
		let {state} = type(['F'], values);
		for (let moves = 0; moves < 40; moves += 1) {
			if (linesOf({state}, values).some(line => line.trimStart().startsWith(`› ${text}`))) return state;
			({state} = type(['down'], values, state));
		}

		throw new Error(`no line that can be chosen begins with ${text}`);
	};

	it('is there whole: what is done, what can be chosen, warnings, steps, changes once, what is left', () => {
		const page = shown(at, view);
		const places = [
			'› Repair portmap: installs portmap on 3 nodes',
			'(•) portmap recommended',
			'( ) native',
			'(•) node:node-9',
			'( ) release:1.9.1',
			'Warnings',
			'CVE-2025-67499',
			'Steps, in this order',
			'install portmap on 3 nodes',
			'Changes',
			'+cni-chaining-mode: portmap',
			'Side effects',
			'the server accepts',
			'Still to do',
		];
		const found = places.map(text => page.indexOf(text));
		expect(found).not.toContain(-1);
		expect(found).toEqual([...found].sort((a, b) => a - b));
		expect(page.match(/\+cni-chaining-mode: portmap/gu)).toHaveLength(1);
		expect(page).not.toContain('affects  ');
		expect(page).not.toContain('the keys have the new values');
	});

	it('says what a step affects and how it is undone where it is unfolded', () => {
		const state = on('2');
		expect(footer(state, view)).toContain('enter unfold');
		const unfolded = type(['enter'], view, state);
		expect(shown(unfolded, view)).toContain('the keys have the new values');
		expect(footer(unfolded.state, view)).toContain('enter fold');
		expect(shown(type(['enter'], view, unfolded.state), view)).not.toContain('the keys have the new values');
	});

	it('shows what is and what has to be side by side where there is room', () => {
		const wide = viewOfRepair(repair({prepared: prepared()}), {columns: 160});
		expect(linesOf(type(['F'], wide), wide).some(line => /kube-proxy-replacement: disabled +│ +kube-proxy-replacement/u.test(line))).toBe(
			true,
		);
	});

	it('takes another strategy or source where the person chooses one', () => {
		expect(type(['enter'], view, on('( ) native')).intents).toEqual([{kind: 'repair', act: {do: 'choose', strategy: 'native'}}]);
		expect(type([' '], view, on('( ) release')).intents).toEqual([{kind: 'repair', act: {do: 'choose', source: 'release:1.9.1'}}]);
		expect(type(['enter'], view, on('(•) node:node-9')).intents).toEqual([]);
	});

	it('takes a source that is typed, letters being no commands', () => {
		const typed = type(['enter', ...letters('/q/j?b')], view, on('( ) another'));
		expect(shown(typed, view)).toContain('portmap from /q/j?b_');
		expect(typed.intents).toEqual([]);
		expect(type(['enter'], view, typed.state).intents).toEqual([{kind: 'repair', act: {do: 'choose', source: '/q/j?b'}}]);
		expect(type(['escape'], view, typed.state).state.screen).toMatchObject({name: 'plan', text: null});
	});

	it('says before the plan that a source is missing, with the cursor where one is chosen', () => {
		const missing = viewOfRepair(repair({chosen: null, offers: [{source: 'release:1.9.1', says: 'the official archive', isNear: false}]}));
		const typed = type(['F'], missing);
		expect(shown(typed, missing)).toMatch(/3 nodes have no working portmap\. Choose where to get it: .*› \( \) release:1\.9\.1/u);
		expect(type(['enter'], missing, typed.state).intents).toEqual([{kind: 'repair', act: {do: 'choose', source: 'release:1.9.1'}}]);
	});

	it('says what was found in the binary, and for whom it is', () => {
		expect(shown(at, view)).toContain('✓ portmap 1.6.2 amd64 · 4.1 MB · for 3 nodes');
		const of = prepared()!;
		const carried = viewOfRepair(repair({prepared: {...of, binaries: of.binaries.map(binary => ({...binary, nodes: 0}))}}));
		expect(shown(type(['F'], carried), carried)).toContain('for the DaemonSet');
	});

	it('lines up what is offered, however long a name is', () => {
		const offers = [
			{source: 'node:nks-pool-a-0003-with-a-long-name', says: 'has run on it', isNear: true},
			{source: 'release:1.9.1', says: 'comes from afar', isNear: false},
		];
		const values = viewOfRepair(repair({offers}));
		const lines = linesOf(type(['F'], values), values);
		const starts = offers.map(({says}) => lines.find(line => line.includes(says))?.indexOf(says));
		expect(starts[0]).toBeGreaterThan(0);
		expect(starts[1]).toBe(starts[0]);
	});

	it('does not choose what is refused, and says why', () => {
		const refused = {...planOf('native'), steps: [], refusals: [{code: 'X1', message: 'the kernel is too old', hint: 'Choose portmap.'}]};
		const values = viewOfRepair(repair({prepared: prepared(), plans: {portmap: planOf('portmap'), native: refused}}));
		expect(shown(type(['F'], values), values)).toContain('✗ X1: the kernel is too old Choose portmap.');
		expect(type(['enter'], values, on('( ) native', values)).intents).toEqual([]);
	});

	it('goes on to nothing where it is refused or could not be checked, and tells why', () => {
		const plan = {...planOf('portmap'), steps: [], refusals: [{code: '', message: 'node-3 does not answer', hint: ''}]};
		const refused = viewOfRepair(repair({prepared: {...prepared()!, plan}}));
		expect(type(['F', 'enter'], refused).state.screen.name).toBe('plan');
		expect(shown(at, refused)).toContain('node-3 does not answer');
		const failed = viewOfRepair(
			repair({
				problem: {of: 'prepare', source: 'node:node-9', message: 'README.md is not a Linux program', hint: 'Name the binary itself.'},
			}),
		);
		expect(shown(at, failed)).toContain('✗ README.md is not a Linux program Name the binary itself.');
		expect(type(['enter'], failed, at.state).intents).toEqual([
			{kind: 'repair', act: {do: 'prepare', strategy: 'portmap', source: 'node:node-9'}},
		]);
	});

	it('goes on from its end too, where whoever has read it stands', () => {
		const values = viewOfRepair(repair({prepared: prepared()}));
		const end = on('Go on', values);
		expect(shown({state: end}, values)).toContain('› Go on: type the name of the cluster');
		expect(type(['enter'], values, end).state.screen.name).toBe('name');
		expect(type(['down'], values, end).state.screen).toEqual(end.screen);
	});

	it('has nothing but what may be chosen where the strategy needs no change', () => {
		const evidence = healthyPortmapEvidence();
		const plans = {
			portmap: makePlan(evidence, diagnose(evidence), {strategy: 'portmap'}),
			native: makePlan(evidence, diagnose(evidence), {strategy: 'native'}),
		};
		expect(plans.native.steps.length).toBeGreaterThan(0);
		const ready = {...prepared()!, plan: plans.portmap, binaries: [], serverSays: []};
		const values = viewOfRepair(repair({plans, prepared: ready, extras: [], offers: []}));
		const page = shown(type(['F'], values), values);
		expect(page).toMatch(/Nothing to repair.*Strategy.*portmap needs no change.*native/u);
		expect(page).not.toMatch(/Steps|Side effects|Warnings|Still to do|Go on|recommended/u);
	});

	it('takes options in and out, each with a box', () => {
		const extras = [{what: 'leaveOut' as const, says: 'Skip unreachable nodes', names: ['node-7'], isOn: false}];
		const values = viewOfRepair(repair({extras, prepared: prepared()}));
		const state = on('[ ]', values);
		expect(shown({state}, values)).toContain('[ ] Skip unreachable nodes: node-7');
		expect(type([' '], values, state).intents).toEqual([{kind: 'repair', act: {do: 'toggle', what: 'leaveOut'}}]);
		const taken = viewOfRepair(repair({extras: [{...extras[0]!, isOn: true}]}));
		expect(shown(type(['F'], taken), taken)).toContain('[x] Skip unreachable nodes');
	});

	it('names an unfinished run first, which is resumed or rolled back and nothing else', () => {
		const unfinished = viewOfRepair(
			repair({unfinished: past(), prepared: prepared('/tmp/portmap'), chosen: {strategy: 'portmap', source: '/tmp/portmap'}}),
		);
		const typed = type(['F'], unfinished);
		const page = shown(typed, unfinished);
		expect(page).toMatch(/The run 20240207-020000-a1b2 is unfinished \(failed\): portmap, 3 of 9 steps done/u);
		expect(page).toContain('Resume');
		expect(page).not.toContain('( ) native');
		expect(type(['b'], unfinished, typed.state).state.screen.name).toBe('undo');
	});
});

describe('the name', () => {
	const view = viewOfRepair(repair({prepared: prepared()}));
	const at = type(['F', 'enter'], view).state;

	it('runs nothing on one key', () => {
		for (const key of ['enter', 'y', ' ', 'F', 'right']) expect(type([key], view, at).intents).toEqual([]);
	});

	it('runs nothing on another name', () => {
		const typed = type([...letters('nks-pro'), 'enter'], view, at);
		expect(typed.intents).toEqual([]);
		expect(shown(typed, view)).toContain('The name does not match; nothing was changed');
	});

	it('runs on the whole name, and Esc leads back to the overview only', () => {
		const {state, intents} = type([...letters('nks-prod'), 'enter'], view, at);
		expect(intents).toEqual([{kind: 'repair', act: {do: 'run'}}]);
		expect(state.screen.name).toBe('run');
		expect(state.behind.map(({name}) => name)).toEqual(['overview']);
	});
});

describe('a run', () => {
	const view = viewOfRepair(repair({run: run()}));
	const at = type(['F'], view).state;

	it('shows each step with sign, word and time, and the newest of the log', () => {
		const page = shown({state: at}, view);
		expect(at.screen.name).toBe('run');
		expect(page).toContain('2 of 4 steps · 9.0 s');
		expect(page).toMatch(/✓ done install portmap on 2 nodes 1\.2 s/u);
		expect(page).toMatch(/› running set cni-chaining-mode=portmap 5\.0 s the server is asked/u);
		expect(page).toContain('· waiting restart cilium');
		expect(page).toContain('Log');
	});

	it('has each line of its log whole, in as many lines as there are for it', () => {
		const text = `done: ${'restart the pod of observability/otel-collector '.repeat(3)}to the end`;
		const long = viewOfRepair(
			repair({
				run: run({
					log: [
						{at: 0, text: 'first'},
						{at: 0, text},
					],
				}),
			}),
		);
		const lines = drawnLines(at, long);
		expect(lines.join(' ').replaceAll(/\s+/gu, ' ')).toContain(text);
		expect(lines.slice(-4).join(' ')).toMatch(/first.*to the end/u);
	});

	it('is not suspended: its lock would run out', () => {
		expect(type(['ctrl+z'], view, at).intents).toEqual([]);
	});

	it.each([['escape'], ['q'], ['ctrl+c']])('asks on %s before it stops, and only y stops it', key => {
		const asked = type([key], view, at);
		expect(asked.intents).toEqual([]);
		expect(footer(asked.state, view)).toMatch(/stop after this action\? y stop +n go on/u);
		expect(type(['n'], view, asked.state).intents).toEqual([]);
		expect(type(['y'], view, asked.state).intents).toEqual([{kind: 'repair', act: {do: 'stop'}}]);
	});

	it('stops on a second Ctrl-C, and lets go after that', () => {
		const twice = type(['ctrl+c', 'ctrl+c'], view, at);
		expect(twice.intents).toEqual([{kind: 'repair', act: {do: 'stop'}}]);
		const stopping = viewOfRepair(repair({run: run({isStopping: true})}));
		expect(type(['ctrl+c'], stopping, twice.state).intents).toEqual([{kind: 'quit'}]);
	});

	it('that failed explains itself and offers the way back', () => {
		const end = ending({
			outcome: 'failed',
			message: 'node-2: not enough room',
			hint: 'Make room.',
			lines: ['Run x stopped.'],
			past: past({isOwn: true}),
		});
		const failed = viewOfRepair(repair({run: run({end})}));
		expect(shown({state: at}, failed)).toContain('✗ node-2: not enough room Make room.');
		expect(footer(at, failed)).toContain('b roll back');
		const undo = type(['b'], failed, at);
		expect(undo.state.screen.name).toBe('undo');
		expect(undo.intents).toEqual([{kind: 'repair', act: {do: 'weigh', run: past().id}}]);
		// Nothing is agreed to before what the journal asks for was looked at.
		expect(shown(undo, failed)).toContain('reading its journal');
		expect(type(['enter'], failed, undo.state).intents).toEqual([]);
		const weighed = viewOfRepair(repair({run: run({end}), doubts: {run: past().id, items: []}}));
		expect(shown(undo, weighed)).toContain('restores the old values');
		expect(type(['enter'], weighed, undo.state).intents).toEqual([{kind: 'repair', act: {do: 'undo', run: past().id}}]);
	});

	it('of somebody else is rolled back only after its cluster was named', () => {
		const unfinished = viewOfRepair(repair({unfinished: past(), doubts: {run: past().id, items: []}}));
		const page = type(['F'], unfinished);
		const undo = type(['b', 'enter'], unfinished, page.state);
		expect(undo.intents).toEqual([{kind: 'repair', act: {do: 'weigh', run: past().id}}]);
		expect(type([...letters('nks-prod'), 'enter'], unfinished, undo.state).intents).toEqual([
			{kind: 'repair', act: {do: 'undo', run: past().id}},
		]);
	});

	it('shows each hostPort as it answers, green once every connection to it has', () => {
		const question = {hostPort: 'default/web:8080/TCP', node: 'node-1', via: 'node-1', address: '10.0.0.1', by: ''};
		const asked = [
			{...question, from: 'same-node' as const},
			{...question, from: 'other-node' as const},
		];
		const answer = (from: 'same-node' | 'other-node', ok = true) => ({
			...question,
			from,
			ok,
			milliseconds: 0.4,
			error: ok ? ('' as const) : ('refused' as const),
			verdict: ok ? ('works' as const) : ('fails' as const),
			note: '',
			expected: 'answer' as const,
			finding: '',
		});
		const page = (answered: RunProgress['answered']): string => {
			const values = viewOfRepair(repair({run: run({asked, answered}), before: diagnosis()}));
			return shown({state: at}, values);
		};
		expect(page([])).toMatch(/hostPorts 0 of 1 answer .*· 0 of 2 :8080\/TCP default\/web/u);
		expect(page([answer('same-node')])).toContain('· 1 of 2');
		expect(page([answer('same-node'), answer('other-node')])).toMatch(/hostPorts 1 of 1 answer .*✓ answers :8080\/TCP/u);
		expect(page([answer('same-node'), answer('other-node', false)])).toMatch(/0 of 1 answer .*✗ refused :8080\/TCP/u);
	});
});

describe('the proof', () => {
	const is = diagnosis({hostPorts: [hostPort({pod: 'web-new', node: 'node-3', state: 'wired'})]});
	const was = diagnosis({hostPorts: [hostPort()]});
	const proofOf = (pod: string, ok: boolean): Proof => ({
		apiVersion: 'hostport.dev/v1',
		kind: 'Proof',
		generatedAt: '',
		pods: [],
		unasked: [],
		skipped: [],
		results: [
			{
				hostPort: `default/${pod}:8080/TCP`,
				node: 'node-3',
				from: 'same-node',
				via: 'node-3',
				address: '10.0.0.3',
				ok,
				milliseconds: 0.4,
				error: ok ? '' : 'refused',
				verdict: ok ? 'works' : 'fails',
				note: '',
				by: '',
				expected: 'answer',
				finding: '',
			},
		],
	});
	const at = type(['F'], viewOfRepair(repair({run: run()}))).state;
	const page = (values: Repair): string => {
		const model = createModelBuilder()(snapshotWith({...storySnapshot(), diagnosis: is, repair: values}));
		return shown({state: at}, {...viewOfRepair(null), model});
	};

	it('has no ✓ where nothing was connected to, and says so', () => {
		const text = page(repair({run: run({end: ending()}), before: was}));
		expect(text).toContain('✗ no hostPort was connected to afterwards; before nothing was tried');
		expect(text).toMatch(/✗ not mapped \? not tried :8080 → 80\/TCP default\/web-new/u);
		expect(text).toContain('cni.chainingMode=portmap');
	});

	it('names what was skipped', () => {
		const proof = {...proofOf('web-new', true), skipped: ['this machine: not asked']};
		const text = page(repair({run: run({end: ending({proof})}), before: was}));
		expect(text).toMatch(/16 of 16 connections work.*not tried: this machine: not asked/u);
	});

	it.each<[Array<Proof['results'][number]['verdict']>, string]>([
		[['works', 'works', 'not served'], '✓'],
		[['works', 'fails', 'not proven'], '✗'],
		[['works', 'not proven'], '?'],
	])('marks how many connections work, in the words of the log: %j', (verdicts, sign) => {
		const proof = proofOf('web-new', true);
		const results = verdicts.flatMap(verdict => proof.results.map(each => ({...each, verdict})));
		expect(page(repair({run: run({end: ending({proof: {...proof, results}})}), before: was}))).toContain(
			`${sign} 16 of 16 connections work`,
		);
	});

	it('believes connections more than rules', () => {
		const before = diagnosis({hostPorts: [hostPort({answers: [{from: 'node-2', address: '10.0.0.1', ok: false, error: 'refused'}]})]});
		expect(page(repair({run: run({end: ending({proof: proofOf('web-new', true)})}), before}))).toMatch(/✗ refused ✓ answers/u);
		const bad = page(repair({run: run({end: ending({proof: proofOf('web-new', false)})}), before}));
		expect(bad).toContain('✗ 0 of 1 hostPort answer; before none did');
	});

	it('compares what was tried both times, and says of how many that is', () => {
		const answers = [{from: 'node-2', address: '10.0.0.1', ok: true, error: ''}];
		const before = diagnosis({
			hostPorts: [hostPort({answers}), hostPort({pod: 'untried', node: 'node-9', owner: ''}), hostPort({pod: 'gone', owner: '', answers})],
		});
		const after = diagnosis({hostPorts: [...is.hostPorts, hostPort({pod: 'untried', node: 'node-9', owner: '', state: 'wired'})]});
		const both = [...proofOf('web-new', true).results, ...proofOf('untried', true).results];
		const values = repair({run: run({end: ending({proof: {...proofOf('web-new', true), results: both}})}), before});
		const model = createModelBuilder()(snapshotWith({...storySnapshot(), diagnosis: after, repair: values}));
		expect(shown({state: at}, {...viewOfRepair(null), model})).toContain('2 of 2 hostPorts answer; before 1 of the 1 tried then did');
	});

	it('leads to the overview, with nothing behind it', () => {
		const view = viewOfRepair(repair({run: run({end: ending()})}));
		const {state} = type(['enter'], view, at);
		expect([state.screen.name, state.behind]).toEqual(['overview', []]);
	});
});

describe('the list of runs', () => {
	it('shows each with its outcome, and rolls back the one under the cursor', () => {
		const steps = (states: ReadonlyArray<'done' | 'undone' | 'left'>): PastRun['steps'] =>
			states.map((state, index) => ({...run().steps[0]!, id: `${index}`, state}));
		const back = past({id: 'new', outcome: 'rolled-back', steps: steps(['undone', 'undone', 'left']), undo: []});
		const view = viewOfRepair(repair({runs: [back, past({id: 'old', outcome: 'done', steps: steps(['done', 'done'])})]}));
		const list = type(['u'], view);
		expect(list.intents).toEqual([{kind: 'repair', act: {do: 'listRuns'}}]);
		expect(shown(list, view)).toMatch(/new portmap rolled-back 2 undone, 1 kept .* old portmap done 2\/2/u);
		expect(type(['b'], view, list.state).state.screen.name).toBe('runs');
		expect(type(['down', 'b'], view, list.state).state.screen).toMatchObject({name: 'undo', run: 'old'});
	});

	it('can be filtered and sorted, the newest first before that', () => {
		const at = (id: string, startedAt: string, outcome: PastRun['outcome']): PastRun => past({id, startedAt, outcome});
		const all = [
			at('a', '2024-02-06T00:00:00Z', 'done'),
			at('b', '2024-02-07T00:00:00Z', 'failed'),
			at('c', '2024-02-05T00:00:00Z', 'done'),
		];
		const view = viewOfRepair(repair({runs: all}), {columns: 120});
		const ids = (keys: readonly string[]): string[] =>
			linesOf(type(['u', ...keys], view), view)
				.slice(2)
				.map(line => line.slice(2, 3))
				.filter(id => id.trim() !== '');
		expect(ids([])).toEqual(['b', 'a', 'c']);
		expect(ids(['S'])).toEqual(['c', 'a', 'b']);
		expect(ids(['/', ...letters('done'), 'enter'])).toEqual(['a', 'c']);
		expect(ids(['/', ...letters('done'), 'escape'])).toEqual(['b', 'a', 'c']);
		expect(linesOf(type(['u', '/', 'x'], view), view).join('\n')).toContain('no run matches the filter');
	});

	it('opens a run: its steps, and what it changed', () => {
		const steps = run().steps.map(step => ({...step, state: 'done' as const}));
		const view = viewOfRepair(repair({runs: [past({id: 'new', outcome: 'done', steps, done: 4, total: 4})]}));
		const opened = type(['u', 'enter'], view);
		expect(opened.state.screen).toMatchObject({name: 'pastRun', run: 'new'});
		expect(shown(opened, view)).toMatch(/portmap done 4 of 4 steps .*✓ done install portmap on 2 nodes/u);
		expect(type(['b'], view, opened.state).state.screen).toMatchObject({name: 'undo', run: 'new'});
	});

	it('names journals that cannot be read, also where there are no others', () => {
		const damaged = [
			{name: 'hostport-run-x', message: 'the journal hostport-run-x is not one of ours', hint: 'Nothing in it is carried out.'},
		];
		for (const runs of [[], [past()]]) {
			const view = viewOfRepair(repair({runs, damaged}));
			expect(shown(type(['u'], view), view)).toMatch(/✗ the journal hostport-run-x is not one of ours Nothing in it is carried out\./u);
		}
	});

	it('shows whole what nothing here vouches for, before the name is typed', () => {
		const items = [{says: 'the pod default/bare is gone', shown: 'kind: Pod\nspec:\n  hostPID: true\n'}];
		const view = viewOfRepair(repair({runs: [past({outcome: 'done'})], doubts: {run: past().id, items}}), {rows: 60});
		const undo = type(['u', 'b'], view);
		expect(shown(undo, view)).toMatch(/Questions before it starts .*the pod default\/bare is gone kind: Pod spec: hostPID: true/u);
	});
});
