import {pressInAnswer} from './answer.ts';
import {actionFor, type Action} from './keymap.ts';
import {nextSort} from './columns.ts';
import {documentOf} from './documents/document-of.ts';
import {evidenceTabs} from './documents/evidence-document.ts';
import {hostPortColumns, hostPortSort, visibleHostPorts} from './host-port-table.ts';
import {tableHeight} from './layout.ts';
import {moveCursor, scroll, windowOf, type Move} from './list.ts';
import {nodeColumns, nodeSort, visibleNodes} from './node-table.ts';
import {overviewLayout} from './overview-layout.ts';
import {placed} from './placed.ts';
import {pressInPrompt} from './prompt.ts';
import {isRepairScreen, isRunning, isTypingScreen, repairOf} from './repair/screens.ts';
import {chosen, goOn, openRepair, openRuns, rollBack, toggle, typed, type Turn} from './repair/turns.ts';
import {initialState, type Making, type Screen, type State, type Step, type View} from './state.ts';

/** What one key does: the one reducer of the screens. Pure, so that keys typed ahead add up without a frame between them. */
export function press(state: State, key: string, view: View): Step {
	const {question} = view.model.snapshot;
	if (question !== null && key !== 'ctrl+c') return pressInAnswer(state, question, key);
	if (state.prompt !== null && key !== 'ctrl+c') return pressInPrompt(state, state.prompt, key, view);
	const turn = isTypingScreen(state.screen) ? typed(state.screen, key, view) : undefined;
	if (turn !== undefined) return turned(state, turn);
	const action = actionFor(state.screen.name, key);
	return action === undefined ? {state} : actions[action](state, view);
}

type Act = (state: State, view: View) => Step;

const moves =
	(move: Move): Act =>
	(state, view) => ({state: moved(state, move, view)});
const sorts =
	(how: 'next' | 'reverse'): Act =>
	(state, view) => ({state: sorted(state, how, view)});
const changes =
	(by: number): Act =>
	(state, view) => ({state: stepChange(state, by, view)});

const tabs =
	(by: number): Act =>
	state => ({state: stepTab(state, by)});

const actions: Readonly<Record<Action, Act>> = {
	up: moves('up'),
	down: moves('down'),
	pageUp: moves('pageUp'),
	pageDown: moves('pageDown'),
	top: moves('top'),
	bottom: moves('bottom'),
	open: (state, view) => ({state: openRow(state, view)}),
	back: (state, view) => askToStop(state, view) ?? {state: back(state)},
	switchFocus: state => ({state: {...state, focus: state.focus === 'nodes' ? 'findings' : 'nodes'}}),
	filter: state => ({state: {...state, focus: 'nodes', prompt: {kind: 'filter', list: listOf(state.screen) ?? 'nodes'}}}),
	sort: sorts('next'),
	reverse: sorts('reverse'),
	diff: (state, view) => ({state: push(state, {name: 'diff', change: changeOfRow(state, view), offset: 0})}),
	evidence: (state, view) => ({state: openEvidence(state, view)}),
	previousTab: tabs(-1),
	nextTab: tabs(1),
	previousChange: changes(-1),
	nextChange: changes(1),
	hostPorts: state => ({state: push(state, {name: 'hostPorts'})}),
	proof: state => ({state: push(state, {name: 'proof', offset: 0}), intent: {kind: 'verify', making: 'nothing'}}),
	proofByPods: (state, view) => ({state: canMake('pods', view) ? {...state, prompt: {kind: 'make', what: 'pods'}} : state}),
	proofByTestPod: (state, view) => ({state: canMake('test pod', view) ? {...state, prompt: {kind: 'make', what: 'test pod'}} : state}),
	help: state => ({state: push(state, {name: 'help', offset: 0})}),
	save: (state, view) => ({state: askForFile(state, view)}),
	refresh: state => ({state, intent: {kind: 'refresh'}}),
	repair: (state, view) => turned(state, openRepair(view)),
	runs: (state, view) => turned(state, openRuns(view)),
	goOn: (state, view) => turned(state, goOn(state.screen, view)),
	leaveOut: (state, view) => turned(state, toggle(state.screen, view, 'leaveOut')),
	barePods: (state, view) => turned(state, toggle(state.screen, view, 'barePods')),
	daemonSet: (state, view) => turned(state, toggle(state.screen, view, 'daemonSet')),
	rollBack: (state, view) => turned(state, rollBack(state.screen, view)),
	quit: (state, view) => askToStop(state, view) ?? {state, intent: {kind: 'quit'}},
};

/** Pods have something to connect to where there are hostPorts, a test pod is for where there are none. */
export function canMake(what: Exclude<Making, 'nothing'>, {model: {snapshot, hostPorts}, canRepair}: View): boolean {
	const isIdle = canRepair && snapshot.diagnosis !== null && snapshot.phase === null;
	return isIdle && (hostPorts.length === 0) === (what === 'test pod');
}

/** Opens a screen; one that is open already is not opened twice, so that Esc never goes in circles. */
function push(state: State, screen: Screen): State {
	const behind = [...state.behind, state.screen].filter(({name}) => name !== screen.name);
	return {...state, screen, behind};
}

function turned(state: State, {screen, how, intent}: Turn): Step {
	const next =
		screen === undefined
			? state
			: how === 'onTop'
				? push(state, screen)
				: {
						...state,
						screen,
						behind: how === 'anew' && screen.name !== 'overview' ? [initialState.screen] : how === 'anew' ? [] : state.behind,
					};
	return {state: next, ...(intent !== undefined && {intent})};
}

/** Whoever leaves while a run goes on is asked first; after that, quitting waits for the act under way. */
function askToStop(state: State, view: View): Step | undefined {
	const repair = repairOf(view);
	if (!isRunning(repair) || repair?.run?.isStopping === true) return undefined;
	if (state.prompt?.kind === 'stop') return {state: {...state, prompt: null}, intent: {kind: 'repair', act: {do: 'stop'}}};
	return {state: {...state, prompt: {kind: 'stop'}}};
}

function back(state: State): State {
	const list = listOf(state.screen);
	if (list !== undefined && state[list].filter !== '') return {...state, [list]: {...state[list], filter: ''}};
	const screen = state.behind.at(-1);
	return screen === undefined ? {...state, focus: 'nodes'} : {...state, screen, behind: state.behind.slice(0, -1)};
}

function moved(state: State, move: Move, view: View): State {
	const {screen} = state;
	const {model, rows} = view;
	if (screen.name === 'overview') {
		const {answer, table} = overviewLayout(view, state);
		return state.focus === 'findings'
			? {...state, findings: moveCursor(state.findings, model.findings, answer.length, move)}
			: {...state, nodes: moveCursor(state.nodes, visibleNodes(model.nodes, state.nodes), table.rows, move)};
	}

	if (screen.name === 'hostPorts') {
		const visible = visibleHostPorts(model.hostPorts, state.hostPorts);
		return {...state, hostPorts: moveCursor(state.hostPorts, visible, tableHeight(rows), move)};
	}

	const choice = isRepairScreen(screen) ? chosen(screen, move, view) : undefined;
	if (choice !== undefined) return {...state, screen: choice};
	const document = documentOf(screen, view);
	const {offset, height} = placed(document, screen.offset, rows);
	return {...state, screen: {...screen, offset: scroll(offset, document.lines.length, height, move)}};
}

/** The list of rows that a screen sorts and filters. */
function listOf({name}: Screen): 'nodes' | 'hostPorts' | undefined {
	return name === 'overview' ? 'nodes' : name === 'hostPorts' ? 'hostPorts' : undefined;
}

type Looked = {readonly node?: string; readonly finding?: string};

/** The row under the cursor of the list that has the keys. */
function rowUnderCursor(state: State, {model}: View): Looked {
	const screen = state.screen;
	if (screen.name === 'hostPorts') {
		const rows = visibleHostPorts(model.hostPorts, state.hostPorts);
		const row = rows[windowOf(state.hostPorts, rows, 1).cursor];
		return row === undefined ? {} : {node: row.port.node};
	}

	if (state.focus === 'findings') {
		const row = model.findings[windowOf(state.findings, model.findings, 1).cursor];
		return row === undefined ? {} : {finding: row.key};
	}

	const rows = visibleNodes(model.nodes, state.nodes);
	const row = rows[windowOf(state.nodes, rows, 1).cursor];
	return row === undefined ? {} : {node: row.name};
}

function openRow(state: State, view: View): State {
	const {node, finding} = rowUnderCursor(state, view);
	if (node !== undefined) return push(state, {name: 'node', node, offset: 0});
	return finding === undefined ? state : push(state, {name: 'finding', finding, offset: 0});
}

/** Of the node that is looked at, else of the first that the finding is about, else of the first of all. */
function openEvidence(state: State, view: View): State {
	const {screen} = state;
	const {model} = view;
	const row: Looked =
		screen.name === 'node' ? {node: screen.node} : screen.name === 'finding' ? {finding: screen.finding} : rowUnderCursor(state, view);
	const about = model.findings.find(({key}) => key === row.finding)?.finding.nodes[0];
	const node = row.node ?? about ?? visibleNodes(model.nodes, state.nodes)[0]?.name;
	return node === undefined ? state : push(state, {name: 'evidence', node, tab: 0, offset: 0});
}

function stepTab(state: State, by: number): State {
	const {screen} = state;
	if (screen.name !== 'evidence') return state;
	return {...state, screen: {...screen, tab: (screen.tab + by + evidenceTabs) % evidenceTabs, offset: 0}};
}

/** The first change of the nodes that are looked at, else the first of all. */
function changeOfRow(state: State, view: View): number {
	const {findings, changes} = view.model;
	const {screen} = state;
	const row: Looked =
		screen.name === 'node' ? {node: screen.node} : screen.name === 'finding' ? {finding: screen.finding} : rowUnderCursor(state, view);
	const nodes = row.node === undefined ? findings.find(({key}) => key === row.finding)?.finding.nodes : [row.node];
	return Math.max(
		0,
		changes.findIndex(change => change.nodes.some(node => nodes?.includes(node))),
	);
}

function stepChange(state: State, by: number, {model}: View): State {
	const screen = state.screen;
	if (screen.name !== 'diff') return state;
	const change = Math.max(0, Math.min(screen.change + by, model.changes.length - 1));
	return change === screen.change ? state : {...state, screen: {...screen, change, offset: 0}};
}

function sorted(state: State, how: 'next' | 'reverse', {model}: View): State {
	const list = listOf(state.screen);
	if (list === undefined) return state;
	const current = list === 'nodes' ? nodeSort(model.nodes, state.nodes) : hostPortSort(state.hostPorts);
	const next = list === 'nodes' ? nextSort(nodeColumns, current) : nextSort(hostPortColumns, current);
	const order = how === 'next' ? {sort: next, isReversed: false} : {sort: current, isReversed: !state[list].isReversed};
	// The cursor goes to the top: what is first in the new order is what was asked for.
	return {...state, [list]: {...state[list], ...order, selected: null, index: 0, offset: 0}};
}

function askForFile(state: State, {model, canSave}: View): State {
	return canSave && model.snapshot.evidence !== null ? {...state, prompt: {kind: 'save', text: 'hostport-evidence.json'}} : state;
}
