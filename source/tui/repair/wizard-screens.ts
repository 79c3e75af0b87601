import {choiceRows} from '../../choices.ts';
import {askToStop} from '../screens/common-keys.ts';
import {push, type At, type Binding, type ScreenDefinition} from '../screens/screen.ts';
import {defineText} from '../screens/text-screen.tsx';
import {initialState, type State, type Step} from '../state.ts';
import type {Move} from '../list.ts';
import type {Screen} from '../screens/index.ts';
import type {RepairScreen} from './pages.ts';
import {repairDocument} from './repair-document.ts';
import {isTypingScreen} from './screens.ts';
import {canRollBack, chosen, goOn, goOnWord, openRepair, openRuns, rollBack, toggle, typed, type Turn} from './turns.ts';

const enter: Binding = {
	keys: ['enter'],
	label: 'go on to the next page',
	footer: {word: 'go on', rank: 2},
	word: ({screen, view}) => goOnWord(screen, view),
	act: ({screen, state, view}) => (goOnWord(screen, view) === '' ? undefined : turned(state, goOn(screen, view))),
};

const undo: Binding = {
	keys: ['b'],
	label: 'roll back a run; asks first',
	footer: {word: 'roll back', rank: 3},
	act: ({screen, state, view}) => (canRollBack(screen, view) ? turned(state, rollBack(screen, view)) : undefined),
};

/** Moves as every text does; said in the footer where that is what the page is for. */
const moved = ({state, screen, view, about}: At, move: Move): Step | undefined => {
	const own = wizardScreens.find(({name}) => name === screen.name);
	return own && {state: (own as ScreenDefinition).move({state, screen, view, about}, move)};
};

const choose: Binding = {
	keys: ['down'],
	label: 'choose',
	footer: {word: 'choose', rank: 5, keyWord: ({moves}) => (moves === 'j/k' ? 'up/down' : moves)},
	act: at => moved(at, 'down'),
};

/** The keys of the choices that it offers. */
const extras: readonly Binding[] = choiceRows.flatMap(({name, wizard}) => {
	if (wizard === undefined) return [];
	const {key, label, word} = wizard;
	return {
		keys: [key],
		label,
		footer: {word, rank: 4},
		act({screen, state, view}) {
			const turn = toggle(screen, view, name);
			return turn.intent === undefined ? undefined : turned(state, turn);
		},
	};
});

const stop: Binding = {
	keys: ['escape', 'left', 'h'],
	label: 'stop the run; asks first',
	footer: {word: 'stop', rank: 2},
	act: at => askToStop(at),
};

type Page = ScreenDefinition<RepairScreen['name'], RepairScreen>;

/** A page of the wizard: one text, its keys, and what is typed in it. */
function page(name: RepairScreen['name'], keys: readonly Binding[], opener?: Binding): Page {
	return defineText<RepairScreen['name'], RepairScreen>({
		name,
		title: 'the repair',
		isApart: true,
		keys,
		...(opener !== undefined && {opener}),
		...(typingPages.has(name) && {
			typed({screen, state, view}: At<RepairScreen>, key: string) {
				const turn = isTypingScreen(screen) ? typed(screen, key, view) : undefined;
				return turn && turned(state, turn);
			},
		}),
		// Only a run has something on it that moves by itself, and its log stays below the rows in sight.
		moving: ({now, rows}) => (name === 'repairRun' ? [now, rows] : []),
		choose: ({screen, view}, move) => chosen(screen, move, view),
		write: repairDocument,
	});
}

const typingPages: ReadonlySet<string> = new Set(['repairBinary', 'repairConfirm', 'repairUndo']);

export const wizardScreens: readonly Page[] = [
	page('repairCause', [enter, undo], {
		keys: ['F'],
		label: 'repair, step by step; it asks first',
		footer: {word: 'fix', rank: 4},
		act: ({state, view}) => (view.canRepair ? turned(state, openRepair(view)) : undefined),
	}),
	page('repairWay', [choose, enter, ...extras]),
	page('repairBinary', [choose, enter]),
	page('repairPreview', [
		{
			keys: ['pageDown', ' '],
			label: 'a page down',
			footer: {word: 'more', rank: 6, keyWord: () => 'space'},
			act: at => moved(at, 'pageDown'),
		},
		enter,
	]),
	page('repairConfirm', [enter]),
	page('repairRun', [stop, enter, undo]),
	page('repairProof', [enter, undo]),
	page('repairUndo', [enter]),
	page('runs', [undo], {
		keys: ['u'],
		label: 'past runs of the repair, and undoing them',
		footer: {word: 'runs', rank: 11},
		act: ({state, view}) => (view.canRepair ? turned(state, openRuns(view)) : undefined),
	}),
];

function turned(state: State, {screen, how, intent}: Turn): Step {
	const anew = (to: Screen): State => ({
		...state,
		screen: to,
		behind: to.name === 'overview' ? [] : [state.behind[0] ?? initialState.screen],
	});
	const next = screen === undefined ? state : how === 'onTop' ? push(state, screen) : how === 'anew' ? anew(screen) : {...state, screen};
	return {state: next, ...(intent !== undefined && {intent})};
}
