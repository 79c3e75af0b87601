import type {Move} from '../list.ts';
import {isRunning, repairOf} from '../repair/wizard.ts';
import {initialState, type Step, type Written} from '../state.ts';
import type {At, Binding, ScreenDefinition} from './screen.ts';

const moves: ReadonlyArray<readonly [move: Move, keys: readonly string[], label: string]> = [
	['up', ['up', 'k'], 'up'],
	['down', ['down', 'j'], 'down'],
	['pageUp', ['pageUp', 'ctrl+b'], 'a page up'],
	['pageDown', ['pageDown', 'ctrl+f', ' '], 'a page down'],
	['top', ['g', 'home'], 'to the first line'],
	['bottom', ['G', 'end'], 'to the last line'],
];

/** Keys that every screen has, behind its own. @param help the key that opens the help, on all screens but itself */
export function commonKeys({name, move, rows, isApart, copied}: ScreenDefinition, help: readonly Binding[]): readonly Binding[] {
	return [
		...moves.map(([way, keys, label]): Binding => ({keys, label, act: at => ({state: move(at, way)})})),
		...(rows === undefined ? [] : listKeys(rows)),
		...(isApart ? [] : [refresh]),
		copy(copied),
		written('w', 'evidence', 'write the evidence to a file', 'hostport-evidence.json'),
		written('W', 'report', 'write what was found to a file, as Markdown', 'hostport-report.md'),
		suspend,
		...help,
		name === 'overview' ? clear(rows) : back(rows),
		quit,
	];
}

type Rows = NonNullable<ScreenDefinition['rows']>;

const listKeys = (rows: Rows): readonly Binding[] => [
	{
		keys: ['/'],
		label: 'filter the rows (every word must occur)',
		footer: {word: 'filter', rank: 6},
		act: at =>
			hasRows(at, rows) ? {state: {...at.state, screen: rows.with(at.screen, rows.of(at).list), prompt: {kind: 'filter'}}} : undefined,
	},
	{
		keys: ['s'],
		label: 'sort by the next column',
		footer: {word: 'sort', rank: 9},
		act: at => sorted(at, rows, 'next'),
	},
	{keys: ['S'], label: 'reverse the order', act: at => sorted(at, rows, 'reverse')},
];

/** Whether there is something to filter or to sort. */
function hasRows(at: At, rows: Rows): boolean {
	const {list, rows: shown} = rows.of(at);
	return shown.length > 0 || list.filter !== '';
}

function sorted(at: At, rows: Rows, how: 'next' | 'reverse'): Step | undefined {
	if (!hasRows(at, rows)) return undefined;
	const {state, screen, view} = at;
	const {list, sort, nextSort} = rows.of({screen, view});
	const order = how === 'next' ? {sort: nextSort, isReversed: false} : {sort, isReversed: !list.isReversed};
	// The cursor goes to the top: what is first in the new order is what was asked for.
	return {state: {...state, screen: rows.with(screen, {...list, ...order, selected: null, index: 0, offset: 0})}};
}

const refresh: Binding = {
	keys: ['r'],
	label: 'ask the cluster again',
	footer: {word: 'refresh', rank: 10},
	act: ({state}) => ({state, intent: {kind: 'refresh'}}),
};

const written = (key: string, what: Written, label: string, proposal: string): Binding => ({
	keys: [key],
	label,
	act: ({state, view: {canSave, model}}) =>
		canSave && model.snapshot.diagnosis !== null ? {state: {...state, prompt: {kind: 'save', what, text: proposal}}} : undefined,
});

const copy = (copied: ScreenDefinition['copied']): Binding => ({
	keys: ['y'],
	label: 'copy what is under the cursor',
	footer: {word: 'copy', rank: 12},
	act(at) {
		const what = copied?.(at) ?? '';
		return what === '' ? undefined : {state: at.state, intent: {kind: 'copy', what}};
	},
});

const suspend: Binding = {
	keys: ['ctrl+z'],
	label: 'suspend; fg brings it back. Not during a run',
	act: ({state, view}) => (isRunning(repairOf(view)) ? undefined : {state, intent: {kind: 'suspend'}}),
};

/** Without its filter where it has one. */
function unfiltered({state, screen, view}: At, rows: Rows | undefined): Step | undefined {
	const list = rows?.of({screen, view}).list;
	return rows === undefined || list === undefined || list.filter === ''
		? undefined
		: {state: {...state, screen: rows.with(screen, {...list, filter: ''})}};
}

const clear = (rows: Rows | undefined): Binding => ({
	keys: ['escape'],
	label: 'clear the filter',
	act: at => unfiltered(at, rows),
});

const back = (rows: Rows | undefined): Binding => ({
	keys: ['escape', 'left', 'h'],
	label: 'go back; clear the filter',
	footer: {word: 'back', rank: 2},
	act(at) {
		const {state} = at;
		return (
			unfiltered(at, rows) ?? {state: {...state, screen: state.behind.at(-1) ?? initialState.screen, behind: state.behind.slice(0, -1)}}
		);
	},
});

const quit: Binding = {
	keys: ['q', 'ctrl+c'],
	label: 'quit',
	footer: {word: 'quit', rank: 1},
	act: at => askToStop(at) ?? {state: at.state, intent: {kind: 'quit'}},
};

/** Whoever leaves while a run goes on is asked first; after that, quitting waits for the act under way. */
export function askToStop({state, view}: Pick<At, 'state' | 'view'>): Step | undefined {
	const repair = repairOf(view);
	if (!isRunning(repair) || repair?.run?.isStopping === true) return undefined;
	const intent = {kind: 'repair', act: {do: 'stop'}} as const;
	if (state.prompt !== null) return {state: {...state, prompt: null}, intent};
	return {
		state: {
			...state,
			prompt: {kind: 'ask', question: 'stop after this action?', yes: 'stop', no: 'go on  what is done stays in the journal', intent},
		},
	};
}
