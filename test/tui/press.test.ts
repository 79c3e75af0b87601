import * as fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {bodyHeight} from '../../source/tui/layout.ts';
import {overviewLayout} from '../../source/tui/overview-layout.ts';
import {windowOf} from '../../source/tui/list.ts';
import {visibleNodes} from '../../source/tui/node-table.ts';
import {point, press} from '../../source/tui/press.ts';
import {bindingsOf, screens, type Screen} from '../../source/tui/screens/index.ts';
import {initialState, type Intent, type State, type View} from '../../source/tui/state.ts';
import {pageText} from '../../source/tui/page-text.tsx';
import {undrawn} from '../../source/tui/page.ts';
import {changes, diagnosis, finding, judged, largeSnapshot, storySnapshot, textOfScreen, viewWith} from './fixtures.ts';

const story = viewWith(storySnapshot());

/** What a person typed, key by key, with nothing drawn in between. */
function type(keys: readonly string[], view = story, from: State = initialState): {state: State; intents: readonly Intent[]} {
	let state = from;
	const intents: Intent[] = [];
	for (const key of keys) {
		const step = press(state, key, view);
		state = step.state;
		if (step.intent !== undefined) intents.push(step.intent);
	}

	return {state, intents};
}

type OverviewScreen = Extract<Screen, {name: 'overview'}>;
const isOverview = (screen: Screen): screen is OverviewScreen => screen.name === 'overview';
/** The overview as it was left. */
const home = ({screen, behind}: State): OverviewScreen => [screen, ...behind].find(isOverview)!;
const nodes = (state: State): OverviewScreen['nodes'] => home(state).nodes;
const linesOf = (state: State, view: View): string[] => textOfScreen(state, view).split('\n');

const cursorOf = (state: State, view: View): string | undefined => {
	const rows = visibleNodes(view.model.nodes, nodes(state));
	return rows[windowOf(nodes(state), rows, 10).cursor]?.name;
};

describe('the cursor', () => {
	it('stops at both ends of the table', () => {
		expect(cursorOf(type(['k', 'k']).state, story)).toBe('node-1');
		expect(cursorOf(type(['j', 'j', 'j', 'j', 'j']).state, story)).toBe('node-3');
		expect(cursorOf(type(['G', 'g']).state, story)).toBe('node-1');
	});

	it('stays on its node when the order of the rows changes', () => {
		const {state} = type(['j']);
		expect(cursorOf(state, story)).toBe('node-2');
		const judgedAgain = viewWith({
			...storySnapshot(),
			diagnosis: diagnosis({nodes: [judged('node-1', 'ok'), judged('node-2', 'ok'), judged('node-3')]}),
		});
		expect(visibleNodes(judgedAgain.model.nodes, nodes(state))[0]?.name).toBe('node-3');
		expect(cursorOf(state, judgedAgain)).toBe('node-2');
	});

	it('keeps its place when its node is gone', () => {
		const {state} = type(['j', 'j']);
		const without = viewWith({diagnosis: diagnosis({nodes: [judged('node-1'), judged('node-2')]}), phase: null});
		expect(cursorOf(state, without)).toBe('node-2');
	});

	it('moves by what is in sight, so that a page keeps one line of the page before', () => {
		const large = viewWith(largeSnapshot(500));
		const {table} = overviewLayout(large, home(initialState));
		const rows = visibleNodes(large.model.nodes, nodes(initialState));
		expect(cursorOf(type(['pageDown'], large).state, large)).toBe(rows[table.rows - 1]?.name);
	});

	it('is always in sight, whatever is typed on whatever size', () => {
		const large = largeSnapshot(60);
		const key = fc.constantFrom('up', 'down', 'pageUp', 'pageDown', 'g', 'G', 's', 'S', 'tab', '/', 'o', 'k', 'escape', 'enter');
		fc.assert(
			fc.property(fc.array(key, {maxLength: 30}), fc.integer({min: 10, max: 60}), (keys, rows) => {
				const view = viewWith(large, {rows});
				const {state} = type(keys, view);
				const visible = visibleNodes(view.model.nodes, nodes(state));
				const height = overviewLayout(view, home(state)).table.rows;
				const {cursor, offset} = windowOf(nodes(state), visible, height);
				expect(cursor).toBeGreaterThanOrEqual(offset);
				expect(cursor).toBeLessThan(offset + height);
				expect(offset + height).toBeLessThanOrEqual(Math.max(height, visible.length));
			}),
			{numRuns: 60},
		);
	});
});

describe('the filter', () => {
	it('takes letters as text and not as commands, with every letter at once', () => {
		const {state, intents} = type(['/', 'q', '-', '2']);
		expect(nodes(state).filter).toBe('q-2');
		expect(intents).toEqual([]);
	});

	it.each([
		['node name', 'node-2', ['node-2']],
		['verdict', 'BROKEN', ['node-1', 'node-2', 'node-3']],
		['code', 'hp01', ['node-1', 'node-2', 'node-3']],
		['several words, each of which must occur', 'broken 3', ['node-3']],
		['nothing that is there', 'xyz', []],
	])('matches %s', (_, text, names) => {
		const {state} = type(['/', ...Array.from(text), 'enter']);
		expect(visibleNodes(story.model.nodes, nodes(state)).map(({name}) => name)).toEqual(names);
		expect(state.prompt).toBeNull();
	});

	it('is dropped by Esc while typing, and by Esc after it was kept', () => {
		expect(nodes(type(['/', 'x', 'escape']).state).filter).toBe('');
		expect(nodes(type(['/', 'x', 'enter', 'escape']).state).filter).toBe('');
	});

	it('can be corrected', () => {
		expect(nodes(type(['/', 'a', 'b', 'backspace']).state).filter).toBe('a');
		expect(nodes(type(['/', 'a', ' ', 'b', 'ctrl+w']).state).filter).toBe('a ');
		expect(nodes(type(['/', 'a', 'b', 'ctrl+u']).state).filter).toBe('');
	});

	it('opens the row it leaves when all of it was typed ahead', () => {
		expect(type(['/', '3', 'enter', 'enter']).state.screen).toEqual({name: 'node', node: 'node-3', offset: 0});
	});

	it('belongs to the list it was typed in', () => {
		const {state} = type(['p', '/', 'w', 'e', 'b', 'enter']);
		expect(state.screen).toMatchObject({name: 'hostPorts', list: {filter: 'web'}});
		expect(nodes(state).filter).toBe('');
	});
});

describe('sorting', () => {
	it('goes from column to column and comes round', () => {
		const sorts = new Set<string | null>();
		let {state} = type(['s']);
		const first = nodes(state).sort;
		do {
			sorts.add(nodes(state).sort);
			({state} = type(['s'], story, state));
		} while (nodes(state).sort !== first && sorts.size < 50);
		expect([...sorts]).toEqual(['node', 'cause', 'hostPorts', 'file', 'plugins', 'via', 'kernel', 'verdict']);
	});

	it('puts the worst first where nobody chose', () => {
		const mixed = viewWith({
			diagnosis: diagnosis({nodes: [judged('a', 'ok'), judged('b', 'unknown'), judged('c'), judged('d', 'degraded')]}),
			phase: null,
		});
		expect(visibleNodes(mixed.model.nodes, nodes(initialState)).map(({name}) => name)).toEqual(['c', 'd', 'b', 'a']);
	});

	it('reverses the order with the cursor on the new first row', () => {
		const {state} = type(['s', 'S', 'j', 'S', 'S']);
		expect(visibleNodes(story.model.nodes, nodes(state)).map(({name}) => name)).toEqual(['node-3', 'node-2', 'node-1']);
		expect(cursorOf(state, story)).toBe('node-3');
	});

	it('orders names with numbers as people do', () => {
		const many = viewWith({diagnosis: diagnosis({nodes: ['node-10', 'node-9', 'node-1'].map(name => judged(name, 'ok'))}), phase: null});
		expect(visibleNodes(many.model.nodes, nodes(initialState)).map(({name}) => name)).toEqual(['node-1', 'node-9', 'node-10']);
	});
});

describe('the screens', () => {
	it('open from each other and lead back the way they came', () => {
		const {state} = type(['enter', 'd', '?']);
		expect([...state.behind, state.screen].map(({name}) => name)).toEqual(['overview', 'node', 'diff', 'help']);
		expect(type(['escape', 'escape', 'escape', 'escape'], story, state).state.screen.name).toBe('overview');
	});

	it('never stack up', () => {
		const key = fc.constantFrom('enter', 'd', 'p', '?', 'f', 'escape', 'j');
		fc.assert(
			fc.property(fc.array(key, {maxLength: 40}), keys => {
				const {state} = type(keys);
				const names = [...state.behind, state.screen].map(({name}) => name);
				expect(new Set(names).size).toBe(names.length);
				expect(names).toContain('overview');
			}),
		);
	});

	it('open the finding under the cursor when the findings have the keys', () => {
		expect(type(['tab', 'j', 'enter']).state.screen).toEqual({name: 'finding', finding: 'HP15#0', offset: 0});
	});

	it('tell two findings of one code apart', () => {
		const twice = viewWith({diagnosis: diagnosis({findings: [finding(), finding({title: 'the other'})]}), phase: null});
		const {state} = type(['f', 'j', 'enter'], twice);
		expect(state.screen.name).toBe('finding');
		expect(linesOf(state, twice)).toContain('the other');
	});

	it('open the change of the node under the cursor, and go through the changes', () => {
		expect(type(['j', 'd']).state.screen).toEqual({name: 'diff', change: 0, offset: 0});
		expect(type(['d', ']']).state.screen).toMatchObject({change: 1});
		expect(type(['d', ']', ']', ']', '[']).state.screen).toMatchObject({change: 0});
	});

	it('open the first change from the overview, and from a node that of its own file', () => {
		const [config, own] = changes(['node-1', 'node-2']);
		const view = viewWith({
			...storySnapshot(),
			changes: [
				{...config!, node: '', path: 'cilium-config'},
				{...own!, node: 'node-2'},
			],
		});
		expect(type(['j', 'd'], view).state.screen).toMatchObject({name: 'diff', change: 0});
		expect(type(['j', 'enter', 'd'], view).state.screen).toMatchObject({name: 'diff', change: 1});
	});

	it('open nothing where there is nothing', () => {
		const empty = viewWith({phase: null});
		const {state} = type(['enter', 'tab', 'enter', 'p', 'enter', 'w'], empty);
		expect(state.screen.name).toBe('hostPorts');
		expect(state.prompt).toBeNull();
	});

	it('scroll no further than their text', () => {
		const drawn = {...story, page: {...undrawn, lines: linesOf(type(['enter']).state, story).length}};
		const {state} = type(['enter', 'G'], drawn);
		const {screen} = state;
		if (screen.name !== 'node') throw new Error(screen.name);
		expect(screen.offset).toBe(linesOf(state, story).length - bodyHeight(24));
		expect(type(['g'], drawn, state).state.screen).toMatchObject({offset: 0});
	});
});

describe('intents', () => {
	it('are handed out once per key, in the order of the keys', () => {
		expect(type(['r', 'j', 'r', 'q']).intents).toEqual([{kind: 'refresh'}, {kind: 'refresh'}, {kind: 'quit'}]);
	});

	it('quit on Ctrl-C even while something is typed', () => {
		expect(type(['/', 'a', 'ctrl+c']).intents).toEqual([{kind: 'quit'}]);
	});

	it('save to the name that was typed', () => {
		expect(type(['w', 'ctrl+u', 'a', '.', 'j', 'enter']).intents).toEqual([{kind: 'save', what: 'evidence', file: 'a.j'}]);
		expect(type(['w', 'enter']).intents).toEqual([{kind: 'save', what: 'evidence', file: 'hostport-evidence.json'}]);
		expect(type(['w', 'ctrl+u', 'enter']).intents).toEqual([]);
		expect(type(['w', 'escape']).intents).toEqual([]);
	});

	it('do not offer to save where the command cannot', () => {
		expect(type(['w'], {...story, canSave: false}).state.prompt).toBeNull();
	});

	it('follow every key of the table without a fault on every screen', () => {
		const keys = screens.flatMap(screen => bindingsOf(screen).flatMap(binding => binding.keys));
		fc.assert(
			fc.property(fc.array(fc.constantFrom(...keys, 'x', 'backspace', 'unknown'), {maxLength: 40}), typed => {
				expect(type(typed).state.screen).toBeDefined();
				expect(type(typed, viewWith({phase: null})).state.screen).toBeDefined();
			}),
			{numRuns: 50},
		);
	});
});

describe('the mouse', () => {
	const large = viewWith(largeSnapshot(500), {columns: 120, rows: 36});
	/** The line of the screen in which a row of the table stands, from 0. */
	const lineOf = (row: number): number => {
		const {answer} = overviewLayout(large, home(initialState));
		return 2 + 1 + answer.length + 1 + 2 + row;
	};

	it('chooses the row that is pressed, and opens it when it is pressed again', () => {
		const pressed = point(initialState, {does: 'press', column: 5, line: lineOf(3)}, large).state;
		const rows = visibleNodes(large.model.nodes, nodes(initialState));
		expect(cursorOf(pressed, large)).toBe(rows[3]?.name);
		expect(point(pressed, {does: 'press', column: 5, line: lineOf(3)}, large).state.screen).toEqual({
			name: 'node',
			node: rows[3]?.name,
			offset: 0,
		});
	});

	it('moves by the wheel, and does nothing beside the rows', () => {
		const rows = visibleNodes(large.model.nodes, nodes(initialState));
		const {state} = point(initialState, {does: 'wheelDown'}, large);
		expect(cursorOf(state, large)).toBe(rows[3]?.name);
		expect(cursorOf(point(state, {does: 'wheelUp'}, large).state, large)).toBe(rows[0]?.name);
		expect(point(initialState, {does: 'press', column: 5, line: 0}, large).state).toEqual(initialState);
	});

	it('does nothing while something is typed', () => {
		const {state} = type(['/'], large);
		expect(point(state, {does: 'wheelDown'}, large).state).toEqual(state);
	});
});

describe('copying', () => {
	it('hands over what is under the cursor: a node, a finding with its proof, a hostPort, a whole text', () => {
		expect(type(['j', 'y']).intents).toEqual([{kind: 'copy', what: 'node-2'}]);
		const [finding] = type(['tab', 'y']).intents;
		expect(finding?.kind === 'copy' && finding.what).toMatch(
			/^HP01: hostPort is switched off.*\nconfigmap kube-system\/cilium-config: kube-proxy/u,
		);
		expect(type(['p', 'y']).intents).toEqual([{kind: 'copy', what: 'observability/otel-collector-1:4317/TCP on node-1'}]);
		const [page] = type(['enter', 'y']).intents;
		expect(page?.kind === 'copy' && pageText(page.what)).toContain('CNI configuration /etc/cni/net.d');
	});
});

describe('the evidence', () => {
	it('begins with the CNI files of a node, and with the rules of a hostPort', () => {
		expect(type(['e']).state.screen).toMatchObject({name: 'evidence', tab: 0});
		expect(type(['p', 'enter', 'e']).state.screen).toMatchObject({name: 'evidence', tab: 1});
	});
});

describe('suspending', () => {
	it('is handed out, but not while a run goes on', () => {
		expect(type(['ctrl+z']).intents).toEqual([{kind: 'suspend'}]);
	});
});

describe('the report', () => {
	it('is written to the name that was typed', () => {
		expect(type(['W', 'enter']).intents).toEqual([{kind: 'save', what: 'report', file: 'hostport-report.md'}]);
	});
});

describe('a question', () => {
	const letters = (text: string): string[] => Array.from(text);
	const asked = (id = 1): View => viewWith({...storySnapshot(), question: {id, text: 'Passphrase for the key id:', isSecret: true}});

	it('has every key until it is answered, corrections included', () => {
		const {state, intents} = type([...letters('qr'), 'backspace', ...letters('wF'), 'ctrl+u', ...letters('open sesame'), 'enter'], asked());
		expect(intents).toEqual([{kind: 'answer', id: 1, text: 'open sesame'}]);
		expect(state).toEqual(initialState);
	});

	it('is given up by Esc, and Ctrl-C still quits', () => {
		expect(type([...letters('abc'), 'escape'], asked())).toEqual({state: initialState, intents: [{kind: 'answer', id: 1, text: null}]});
		expect(type([...letters('abc'), 'ctrl+c'], asked()).intents).toEqual([{kind: 'quit'}]);
	});

	it('is not answered with what was typed for the one before', () => {
		const {state} = type([...letters('first')], asked(1));
		expect(type([...letters('second'), 'enter'], asked(2), state).intents).toEqual([{kind: 'answer', id: 2, text: 'second'}]);
	});
});
