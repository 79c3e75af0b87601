import * as fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {Proof} from '../../source/proof/proof.ts';
import {makePlan} from '../../source/repair/plan/make-plan.ts';
import type {Strategy} from '../../source/diagnosis/strategy.ts';
import type {Plan} from '../../source/repair/plan/plan.ts';
import {footerLine} from '../../source/tui/components/footer-line.ts';
import {lineText, lineWidth} from '../../source/tui/line.ts';
import {createModelBuilder} from '../../source/tui/model.ts';
import {placed} from '../../source/tui/placed.ts';
import {isRepairScreen} from '../../source/tui/repair/screens.ts';
import type {PastRun, Repair, RunEnding, RunProgress} from '../../source/tui/repair/values.ts';
import {press} from '../../source/tui/press.ts';
import {bindingsOf, definitionOf, screens} from '../../source/tui/screens/index.ts';
import type {Document} from '../../source/tui/writing.ts';
import {initialState, type Intent, type State, type View} from '../../source/tui/state.ts';
import {createTheme} from '../../source/tui/theme.ts';
import {pathlessEvidence} from '../diagnosis/scenes.ts';
import {diagnosis, hostPort, snapshotWith, storySnapshot} from './fixtures.ts';

const {signs} = createTheme({colour: false, unicode: true});
const evidence = pathlessEvidence();
const planOf = (strategy: Strategy, sources: readonly string[] = []): Plan => makePlan(evidence, diagnose(evidence), {strategy, sources});

const repair = (parts: Partial<Repair> = {}): Repair => ({
	problem: null,
	clusterName: 'nks-prod',
	isDemo: false,
	plans: {portmap: planOf('portmap'), native: planOf('native')},
	extras: [],
	offers: [
		{source: 'node:node-9', says: 'has run there'},
		{source: 'release:1.9.1', says: 'the official archive'},
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
	source: '/tmp/portmap',
	undo: [{title: 'set cni-chaining-mode=portmap', says: 'puts the old values back'}],
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
			title: `put portmap on ${node}`,
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
	log: [{at: 0, text: 'done: put portmap on node-1'}],
	isStopping: false,
	end: null,
	...parts,
});

function viewOf(values: Repair | null, parts: Partial<View> = {}): View {
	const model = createModelBuilder()(snapshotWith({...storySnapshot(), repair: values}));
	return {model, columns: 80, rows: 24, failure: [], signs, canSave: true, canRepair: true, now: 9000, ...parts};
}

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

function documentOf({screen}: State, view: View): Document {
	const document = definitionOf(screen).document?.({screen, view});
	if (document === undefined) throw new Error(`${screen.name} is no page`);
	return document;
}

/** The page as text, without the breaks of lines. */
function linesOf({state}: Pick<Typed, 'state'>, view: View): string[] {
	const {lines, foot = []} = documentOf(state, view);
	return [...lines, ...foot].map(lineText);
}

const shown = (typed: Pick<Typed, 'state'>, view: View): string => linesOf(typed, view).join(' ').replaceAll(/\s+/gu, ' ');

const footer = (state: State, view: View): string => lineText(footerLine(state, view, view.columns, signs)).trim();
const letters = (text: string): string[] => Array.from(text);

describe('the way through the pages', () => {
	it('begins with the cause on F, from any screen, and asks the cluster', () => {
		const view = viewOf(repair());
		for (const before of [[], ['enter'], ['p'], ['tab', 'enter']]) {
			const typed = type([...before, 'F'], view);
			expect(typed.state.screen.name).toBe('repairCause');
			expect(typed.intents.at(-1)).toEqual({kind: 'repair', act: {do: 'open'}});
			expect(shown(typed, view)).toContain('kube-proxy-replacement: disabled');
		}
	});

	it('offers nothing where there is no cluster behind the screens', () => {
		const view = viewOf(null, {canRepair: false});
		expect(type(['F', 'u'], view)).toEqual({state: initialState, intents: []});
		expect(footer(initialState, view)).not.toContain('fix');
	});

	it('goes from way to binary to changes to confirmation, and back by Esc without changing anything', () => {
		const ready = viewOf(repair({prepared: prepared()}));
		const names = ['F', 'enter', 'enter', 'enter', 'enter'].map(
			(_, index, keys) => type(keys.slice(0, index + 1), ready).state.screen.name,
		);
		expect(names).toEqual(['repairCause', 'repairWay', 'repairBinary', 'repairPreview', 'repairConfirm']);
		const {state, intents} = type(['F', 'enter', 'enter', 'enter', 'enter', 'escape', 'escape', 'escape', 'escape', 'escape'], ready);
		expect(state.screen.name).toBe('overview');
		expect(intents).toEqual([{kind: 'repair', act: {do: 'open'}}]);
	});

	it('waits on the first page until the cluster has answered', () => {
		const view = viewOf(repair({plans: null}));
		expect(type(['F', 'enter', 'enter'], view).state.screen.name).toBe('repairCause');
	});

	it('says where there is nothing to do', () => {
		const nothing = {...planOf('portmap'), steps: [], refusals: []};
		const view = viewOf(repair({plans: {portmap: nothing, native: nothing}}));
		const typed = type(['F', 'enter'], view);
		expect(typed.state.screen.name).toBe('repairCause');
		expect(shown(typed, view)).toContain('Nothing to do');
	});

	it('asks for no binary where none is missing', () => {
		const view = viewOf(repair());
		const {state, intents} = type(['F', 'enter', 'down', 'enter'], view);
		expect(state.screen).toMatchObject({name: 'repairPreview', strategy: 'native'});
		expect(intents.at(-1)).toEqual({kind: 'repair', act: {do: 'prepare', strategy: 'native', source: ''}});
	});

	it('never stacks up, never leaves the lines of the screen, and fits every width, whatever is typed', () => {
		const keys = [
			...new Set(screens.flatMap(screen => bindingsOf(screen).flatMap(binding => binding.keys))),
			'F',
			'enter',
			'enter',
			'x',
			'backspace',
			...letters('nks-prod'),
		];
		const values = [
			repair(),
			repair({prepared: prepared()}),
			repair({unfinished: past(), runs: [past(), past({id: 'b'})]}),
			repair({run: run()}),
			repair({run: run({end: ending()}), before: {diagnosis: diagnosis(), proof: null}}),
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
					const view = viewOf(value, {columns, rows});
					const {state} = type(typed, view);
					const names = [...state.behind, state.screen].map(({name}) => name);
					expect(new Set(names).size).toBe(names.length);
					if (!isRepairScreen(state.screen)) return;
					const document = documentOf(state, view);
					expect(Math.max(0, ...document.lines.map(lineWidth))).toBeLessThanOrEqual(columns - 4);
					const {offset, height} = placed(document, state.screen.offset, rows);
					expect(offset).toBeGreaterThanOrEqual(0);
					expect(height).toBeGreaterThan(0);
				},
			),
			{numRuns: 200},
		);
	});
});

describe('the way', () => {
	it('stands on the recommended one, with cost and reason', () => {
		const view = viewOf(repair());
		const page = shown(type(['F', 'enter'], view), view);
		expect(page).toMatch(/› portmap ✓ possible · recommended/u);
		expect(page).toContain('one binary more on every node');
	});

	it('cannot be gone where it is refused, and says why', () => {
		const refused = {...planOf('native'), steps: [], refusals: [{code: 'X1', message: 'the kernel is too old', hint: 'Choose portmap.'}]};
		const view = viewOf(repair({plans: {portmap: planOf('portmap'), native: refused}}));
		const typed = type(['F', 'enter', 'down', 'enter'], view);
		expect(typed.state.screen.name).toBe('repairWay');
		expect(shown(typed, view)).toContain('✗ X1: the kernel is too old Choose portmap.');
		expect(footer(typed.state, view)).not.toContain('this way');
	});

	it('can be had without nodes that are down, and with bare pods, where the person says so', () => {
		const extras = [{what: 'leaveOut' as const, names: ['node-7'], isOn: false}];
		const view = viewOf(repair({extras}));
		const typed = type(['F', 'enter', 'a', 'x'], view);
		expect(typed.intents.slice(1)).toEqual([{kind: 'repair', act: {do: 'toggle', what: 'leaveOut'}}]);
		expect(shown(typed, view)).toMatch(/x – leave out what is down.*: node-7/u);
		expect(shown(typed, viewOf(repair({extras: [{...extras[0]!, isOn: true}]})))).toContain('x ✓ leave out');
		expect(footer(typed.state, view)).toContain('x leave out');
		expect(footer(typed.state, viewOf(repair()))).not.toContain('x leave out');
	});

	it('says so where neither is possible', () => {
		const refusals = [{code: 'HP18', message: 'GKE runs Cilium here', hint: 'Change it there.'}];
		const refused = {...planOf('native'), steps: [], refusals};
		const view = viewOf(repair({plans: {portmap: refused, native: refused}}));
		expect(shown(type(['F', 'enter'], view), view)).toContain('Neither way is possible here');
	});
});

describe('the source of the binary', () => {
	const view = viewOf(repair());
	const at = type(['F', 'enter', 'enter'], view).state;

	it('is proposed, chosen with the arrows, or typed, letters being no commands', () => {
		expect(shown({state: at}, view)).toContain('portmap from node:node-9_');
		expect(shown(type(['down'], view, at), view)).toContain('portmap from release:1.9.1_');
		const typed = type(letters('/q/j?b'), view, at);
		expect(shown(typed, view)).toContain('portmap from /q/j?b_');
		expect(typed.intents).toEqual([]);
	});

	it('is checked before it is gone on with', () => {
		const {state, intents} = type(['ctrl+u', ...letters('/tmp/portmap'), 'enter'], view, at);
		expect(intents).toEqual([{kind: 'repair', act: {do: 'prepare', strategy: 'portmap', source: '/tmp/portmap'}}]);
		expect(state.screen.name).toBe('repairBinary');
		const checked = viewOf(repair({prepared: prepared('/tmp/portmap')}));
		expect(shown({state}, checked)).toContain('✓ portmap 1.6.2 amd64 · 4.1 MB · for 3 nodes');
		expect(shown({state}, checked)).toContain('! portmap 1.6.2: CVE-2025-67499');
		expect(type(['enter'], checked, state).state.screen.name).toBe('repairPreview');
	});

	it('lines up what is offered, however long a name is', () => {
		const offers = [
			{source: 'node:nks-pool-a-0003-with-a-long-name', says: 'has run on it'},
			{source: 'release:1.9.1', says: 'comes from afar'},
		];
		const lines = linesOf({state: at}, viewOf(repair({offers})));
		const starts = offers.map(({says}) => lines.find(line => line.includes(says))?.indexOf(says));
		expect(starts[0]).toBeGreaterThan(0);
		expect(starts[1]).toBe(starts[0]);
	});

	it('says whom a binary is for that no node lacks', () => {
		const of = prepared('node:node-9');
		const carried = of === null ? null : {...of, binaries: of.binaries.map(binary => ({...binary, nodes: 0}))};
		expect(shown({state: at}, viewOf(repair({prepared: carried})))).toContain('for the DaemonSet');
	});

	it('has to be checked again when another is typed', () => {
		const checked = viewOf(repair({prepared: prepared()}));
		expect(type(['backspace', '8', 'enter'], checked, at).intents).toEqual([
			{kind: 'repair', act: {do: 'prepare', strategy: 'portmap', source: 'node:node-8'}},
		]);
	});

	it('tells why one cannot be used', () => {
		const failed = viewOf(
			repair({
				problem: {of: 'prepare', source: 'node:node-9', message: 'README.md is not a program for Linux', hint: 'Name the binary itself.'},
			}),
		);
		expect(shown({state: at}, failed)).toContain('✗ README.md is not a program for Linux Name the binary itself.');
	});
});

describe('the preview', () => {
	const view = viewOf(repair({prepared: prepared()}));
	const at = type(['F', 'enter', 'enter', 'enter'], view);

	it('shows warnings first, then every step with what it touches and how it is undone, then what is left', () => {
		const page = shown(at, view);
		const places = [
			'Before you say yes',
			'CVE-2025-67499',
			'Steps, in this order',
			'touches',
			'undo',
			'+cni-chaining-mode: portmap',
			'the server accepts',
			'Left for you',
		];
		const found = places.map(text => page.indexOf(text));
		expect(found).not.toContain(-1);
		expect(found).toEqual([...found].sort((a, b) => a - b));
	});

	it('names nodes that get the same in one step', () => {
		expect(shown(at, view)).toContain('put portmap on 3 nodes');
	});

	it('goes on to nothing where the plan is refused or could not be checked', () => {
		const plan = {...planOf('portmap'), steps: [], refusals: [{code: '', message: 'node-3 does not answer', hint: ''}]};
		const refused = viewOf(repair({prepared: {...prepared()!, plan}}));
		expect(type(['enter'], refused, at.state).state.screen.name).toBe('repairPreview');
		expect(shown(at, refused)).toContain('node-3 does not answer');
		const failed = viewOf(
			repair({problem: {of: 'prepare', source: 'node:node-9', message: 'you may not: patch configmaps', hint: 'Ask for it.'}}),
		);
		expect(type(['enter'], failed, at.state).intents.at(-1)).toMatchObject({kind: 'repair', act: {do: 'prepare'}});
	});
});

describe('the confirmation', () => {
	const view = viewOf(repair({prepared: prepared()}));
	const at = type(['F', 'enter', 'enter', 'enter', 'enter'], view).state;

	it('runs nothing on one key', () => {
		for (const key of ['enter', 'y', ' ', 'F', 'right']) expect(type([key], view, at).intents).toEqual([]);
	});

	it('runs nothing on another name', () => {
		const typed = type([...letters('nks-pro'), 'enter'], view, at);
		expect(typed.intents).toEqual([]);
		expect(shown(typed, view)).toContain('That is another name; nothing was changed');
	});

	it('runs on the whole name, and Esc leads back to the overview only', () => {
		const {state, intents} = type([...letters('nks-prod'), 'enter'], view, at);
		expect(intents).toEqual([{kind: 'repair', act: {do: 'run'}}]);
		expect(state.screen.name).toBe('repairRun');
		expect(state.behind.map(({name}) => name)).toEqual(['overview']);
	});

	it('has the name of the demo standing there', () => {
		const demo = viewOf(repair({prepared: prepared(), isDemo: true}));
		expect(type(['enter'], demo, at).intents).toEqual([{kind: 'repair', act: {do: 'run'}}]);
	});
});

describe('a run', () => {
	const view = viewOf(repair({run: run()}));
	const at = type(['F'], view).state;

	it('shows each step with sign, word and time, and the newest of the log', () => {
		const page = shown({state: at}, view);
		expect(at.screen.name).toBe('repairRun');
		expect(page).toContain('2 of 4 steps · 9.0 s');
		expect(page).toMatch(/✓ done put portmap on 2 nodes 1\.2 s/u);
		expect(page).toMatch(/› running set cni-chaining-mode=portmap 5\.0 s the server is asked/u);
		expect(page).toContain('· waiting restart cilium');
		expect(page).toContain('Log');
	});

	it.each([['escape'], ['q'], ['ctrl+c']])('asks on %s before it stops, and only y stops it', key => {
		const asked = type([key], view, at);
		expect(asked.intents).toEqual([]);
		expect(footer(asked.state, view)).toMatch(/stop after this act\? y stop +n go on/u);
		expect(type(['n'], view, asked.state).intents).toEqual([]);
		expect(type(['y'], view, asked.state).intents).toEqual([{kind: 'repair', act: {do: 'stop'}}]);
	});

	it('stops on a second Ctrl-C, and lets go after that', () => {
		const twice = type(['ctrl+c', 'ctrl+c'], view, at);
		expect(twice.intents).toEqual([{kind: 'repair', act: {do: 'stop'}}]);
		const stopping = viewOf(repair({run: run({isStopping: true})}));
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
		const failed = viewOf(repair({run: run({end})}));
		expect(shown({state: at}, failed)).toContain('✗ node-2: not enough room Make room.');
		expect(footer(at, failed)).toContain('b roll back');
		const undo = type(['b'], failed, at);
		expect(undo.state.screen.name).toBe('repairUndo');
		expect(undo.intents).toEqual([{kind: 'repair', act: {do: 'weigh', run: past().id}}]);
		// Nothing is agreed to before what the journal asks for was looked at.
		expect(shown(undo, failed)).toContain('looking at what its journal asks for');
		expect(type(['enter'], failed, undo.state).intents).toEqual([]);
		const weighed = viewOf(repair({run: run({end}), doubts: {run: past().id, items: []}}));
		expect(shown(undo, weighed)).toContain('puts the old values back');
		expect(type(['enter'], weighed, undo.state).intents).toEqual([{kind: 'repair', act: {do: 'undo', run: past().id}}]);
	});

	it('of somebody else is rolled back only after its cluster was named', () => {
		const unfinished = viewOf(repair({unfinished: past(), doubts: {run: past().id, items: []}}));
		const cause = type(['F'], unfinished);
		expect(shown(cause, unfinished)).toContain('is unfinished (failed)');
		const undo = type(['b', 'enter'], unfinished, cause.state);
		expect(undo.intents).toEqual([{kind: 'repair', act: {do: 'weigh', run: past().id}}]);
		expect(type([...letters('nks-prod'), 'enter'], unfinished, undo.state).intents).toEqual([
			{kind: 'repair', act: {do: 'undo', run: past().id}},
		]);
	});

	it('that is unfinished is gone on with in the same way and from the same source', () => {
		const unfinished = viewOf(repair({unfinished: past()}));
		expect(type(['F', 'enter'], unfinished).state.screen).toMatchObject({name: 'repairBinary', strategy: 'portmap'});
		expect(shown(type(['F', 'enter'], unfinished), unfinished)).toContain('portmap from /tmp/portmap_');
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
	const at = type(['enter'], viewOf(repair({run: run({end: ending()})})), type(['F'], viewOf(repair({run: run()}))).state).state;
	const page = (values: Repair): string => {
		const model = createModelBuilder()(snapshotWith({...storySnapshot(), diagnosis: is, repair: values}));
		return shown({state: at}, {...viewOf(null), model});
	};

	it('compares rules where no connection could be made, and does not say that anything answers', () => {
		const text = page(repair({run: run({end: ending()}), before: {diagnosis: was, proof: null}}));
		expect(text).toContain('✓ 1 of 1 hostPort is wired; before none were');
		expect(text).toMatch(/✗ unwired ✓ wired :8080 → 80\/TCP default\/web-new/u);
		expect(text).not.toContain('answer');
		expect(text).toContain('cni.chainingMode=portmap');
	});

	it('believes connections more than rules', () => {
		const before = {diagnosis: was, proof: proofOf('web-6f7d9c-x2x4k', false)};
		expect(page(repair({run: run({end: ending({proof: proofOf('web-new', true)})}), before}))).toMatch(/✗ refused ✓ answers/u);
		const bad = page(repair({run: run({end: ending({proof: proofOf('web-new', false)})}), before}));
		expect(bad).toContain('✗ 0 of 1 hostPort');
	});

	it('leads to the overview, with nothing behind it', () => {
		const view = viewOf(repair({run: run({end: ending()})}));
		const {state} = type(['enter'], view, at);
		expect([state.screen.name, state.behind]).toEqual(['overview', []]);
	});
});

describe('the list of runs', () => {
	it('shows each with its outcome, and rolls back the one under the cursor', () => {
		const view = viewOf(repair({runs: [past({id: 'new', outcome: 'rolled-back', undo: []}), past({id: 'old', outcome: 'done'})]}));
		const list = type(['u'], view);
		expect(list.intents).toEqual([{kind: 'repair', act: {do: 'listRuns'}}]);
		expect(shown(list, view)).toMatch(/new portmap rolled-back 3\/9 .* old portmap done/u);
		expect(type(['b'], view, list.state).state.screen.name).toBe('runs');
		expect(type(['down', 'b'], view, list.state).state.screen).toMatchObject({name: 'repairUndo', run: 'old'});
	});

	it('names journals that cannot be read, also where there are no others', () => {
		const damaged = [
			{name: 'hostport-run-x', message: 'the journal hostport-run-x is not one of ours', hint: 'Nothing of it is carried out.'},
		];
		for (const runs of [[], [past()]]) {
			const view = viewOf(repair({runs, damaged}));
			expect(shown(type(['u'], view), view)).toMatch(/✗ the journal hostport-run-x is not one of ours Nothing of it is carried out\./u);
		}
	});

	it('shows whole what nothing here vouches for, before the name is typed', () => {
		const items = [{says: 'the pod default/bare is gone', shown: 'kind: Pod\nspec:\n  hostPID: true\n'}];
		const view = viewOf(repair({runs: [past({outcome: 'done'})], doubts: {run: past().id, items}}), {rows: 60});
		const undo = type(['u', 'b'], view);
		expect(shown(undo, view)).toMatch(/Asked for once you go on .*the pod default\/bare is gone kind: Pod spec: hostPID: true/u);
	});
});
