import type {Strategy} from '../../diagnosis/strategy.ts';
import {editedText} from '../edited-text.ts';
import type {Screen} from '../screens/index.ts';
import {initialState, type Intent, type View} from '../state.ts';
import {follow, type RepairScreen, type TypingScreen} from './pages.ts';
import {doubtsOf, isRunning, needsBinary, pastRun, preparedFor, problemFor, repairOf, strategyOf, typedText} from './screens.ts';
import type {Extra, Repair, RepairAct} from './values.ts';

/** What a key does on a page: another screen in place of this one, on top of it, or as the first after the overview. */
export type Turn = {readonly screen?: Screen; readonly how?: 'instead' | 'onTop' | 'anew'; readonly intent?: Intent};

const stay: Turn = {};
const ask = (act: RepairAct): Intent => ({kind: 'repair', act});

/** Opens the wizard, or the run that goes on. */
export function openRepair(view: View): Turn {
	if (!view.canRepair) return stay;
	if (isRunning(repairOf(view))) return {screen: {name: 'repairRun', offset: follow}, how: 'anew'};
	return {screen: {name: 'repairCause', offset: 0}, how: 'onTop', intent: ask({do: 'open'})};
}

export function openRuns(view: View): Turn {
	return view.canRepair ? {screen: {name: 'runs', offset: follow, row: 0}, how: 'onTop', intent: ask({do: 'listRuns'})} : stay;
}

/** What Enter means on a page, in one word for the footer; empty where it means nothing now. */
export function goOnWord(screen: Screen, view: View): string {
	const repair = repairOf(view);
	if (repair === null) return '';
	switch (screen.name) {
		case 'repairCause':
			if (view.model.snapshot.phase !== null) return '';
			if (problemFor(repair, 'open') !== null) return 'try again';
			if (repair.unfinished !== null) return 'go on with it';
			return repair.plans === null || isNothingToDo(repair) ? '' : 'choose the way';
		case 'repairWay':
			return repair.plans !== null && repair.plans[strategyOf(screen, repair)].refusals.length === 0 ? 'this way' : '';
		case 'repairBinary':
			if (preparedFor(repair, screen.strategy, typedText(screen, repair).trim()) !== null) return 'see the changes';
			// Once something was checked, nothing but the connections of before can be under way, and these another check ends.
			return (view.model.snapshot.phase !== null && repair.prepared === null) || typedText(screen, repair).trim() === '' ? '' : 'check it';
		case 'repairPreview':
			if (problemFor(repair, 'prepare', screen.source) !== null) return 'try again';
			return canBeginWith(repair, preparedFor(repair, screen.strategy, screen.source)) ? 'go on' : '';
		case 'repairConfirm':
			return 'repair';
		case 'repairUndo':
			if (problemFor(repair, 'weigh', screen.run) !== null) return 'try again';
			return (pastRun(screen.run, repair)?.undo.length ?? 0) > 0 && doubtsOf(screen.run, repair) !== null ? 'roll back' : '';
		case 'repairRun':
			if (repair.run === null || repair.run.end === null) return '';
			return repair.run.end.outcome === 'done' || repair.run.end.outcome === 'rolled-back' ? 'see the proof' : 'see what works';
		case 'repairProof':
			return 'overview';
		default:
			return '';
	}
}

/** An unfinished run is gone on with also where nothing is left to do: its end is written then. */
const canBeginWith = ({unfinished}: Repair, prepared: Repair['prepared']): boolean =>
	prepared !== null && prepared.plan.refusals.length === 0 && (prepared.plan.steps.length > 0 || unfinished !== null);

/** Enter. */
export function goOn(screen: Screen, view: View): Turn {
	const repair = repairOf(view);
	if (repair === null || goOnWord(screen, view) === '') return stay;
	switch (screen.name) {
		case 'repairCause': {
			if (problemFor(repair, 'open') !== null) return {intent: ask({do: 'open'})};
			const {unfinished} = repair;
			return unfinished === null
				? {screen: {name: 'repairWay', offset: follow, strategy: null}, how: 'onTop'}
				: afterWay(unfinished.strategy, repair);
		}

		case 'repairWay':
			return afterWay(strategyOf(screen, repair), repair);
		case 'repairBinary': {
			const source = typedText(screen, repair).trim();
			return preparedFor(repair, screen.strategy, source) === null
				? {
						screen: {...screen, text: source, offset: follow},
						how: 'instead',
						intent: ask({do: 'prepare', strategy: screen.strategy, source}),
					}
				: {screen: {name: 'repairPreview', offset: 0, strategy: screen.strategy, source}, how: 'onTop'};
		}

		case 'repairPreview':
			return problemFor(repair, 'prepare', screen.source) === null
				? {screen: {name: 'repairConfirm', offset: follow, text: null, isWrong: false}, how: 'onTop'}
				: {intent: ask({do: 'prepare', strategy: screen.strategy, source: screen.source})};
		case 'repairConfirm':
			return confirmed(screen, repair, {do: 'run'});
		case 'repairUndo':
			if (problemFor(repair, 'weigh', screen.run) !== null) return {intent: ask({do: 'weigh', run: screen.run})};
			return confirmed(screen, repair, {do: 'undo', run: screen.run});
		case 'repairRun':
			return {screen: {name: 'repairProof', offset: 0}, how: 'anew'};
		default:
			return {screen: initialState.screen, how: 'anew'};
	}
}

/** The binary's source is asked for only where a node lacks it. */
function afterWay(strategy: Strategy, repair: Repair): Turn {
	return needsBinary(repair, strategy)
		? {screen: {name: 'repairBinary', offset: follow, strategy, text: null}, how: 'onTop'}
		: {screen: {name: 'repairPreview', offset: 0, strategy, source: ''}, how: 'onTop', intent: ask({do: 'prepare', strategy, source: ''})};
}

/** Only the whole name counts: yes is typed too easily in the wrong window. */
function confirmed(screen: TypingScreen, repair: Repair, act: RepairAct): Turn {
	if (typedText(screen, repair).trim() === repair.clusterName)
		return {screen: {name: 'repairRun', offset: follow}, how: 'anew', intent: ask(act)};
	return screen.name === 'repairBinary' ? stay : {screen: {...screen, isWrong: true, offset: follow}, how: 'instead'};
}

/** Takes an extra into the choice where there is one. */
export function toggle(screen: Screen, view: View, what: Extra['what']): Turn {
	return hasExtra(screen, view, what) ? {intent: ask({do: 'toggle', what})} : stay;
}

export function hasExtra(screen: Screen, view: View, what: Extra['what']): boolean {
	return screen.name === 'repairWay' && repairOf(view)?.extras.some(extra => extra.what === what) === true;
}

/** The run that `b` would roll back here; undefined where it means nothing. */
function runToUndo(screen: Screen, view: View): string | undefined {
	const repair = repairOf(view);
	if (repair === null) return undefined;
	const past =
		screen.name === 'repairCause'
			? repair.unfinished
			: screen.name === 'repairRun' || screen.name === 'repairProof'
				? (repair.run?.end?.past ?? null)
				: screen.name === 'runs'
					? (repair.runs?.[screen.row] ?? null)
					: null;
	return past !== null && past.undo.length > 0 ? past.id : undefined;
}

export const canRollBack = (screen: Screen, view: View): boolean => runToUndo(screen, view) !== undefined;

export function rollBack(screen: Screen, view: View): Turn {
	const run = runToUndo(screen, view);
	return run === undefined
		? stay
		: {
				screen: {name: 'repairUndo', offset: 0, run, text: null, isWrong: false},
				how: 'onTop',
				intent: ask({do: 'weigh', run}),
			};
}

/** A letter on a page where letters are text; undefined where the key is none. */
export function typed(screen: TypingScreen, key: string, view: View): Turn | undefined {
	if (key === 'left' || key === 'right') return stay;
	// A proposal gives way to the first letter typed; other keys work on it.
	const isProposal = screen.text === null && Array.from(key).length === 1;
	if (Array.from(key).length !== 1 && !['backspace', 'ctrl+u', 'ctrl+w'].includes(key)) return undefined;
	const next = editedText(isProposal ? '' : typedText(screen, repairOf(view)), key);
	const isWrong = 'isWrong' in screen ? {isWrong: false} : {};
	return {screen: {...screen, ...isWrong, text: next, offset: follow}, how: 'instead'};
}

/** Moves the cursor of a page that has one; undefined where the key scrolls. */
export function chosen(screen: RepairScreen, move: string, view: View): RepairScreen | undefined {
	const repair = repairOf(view);
	const by = move === 'up' ? -1 : move === 'down' ? 1 : 0;
	if (repair === null || by === 0) return undefined;
	if (screen.name === 'repairWay') return {...screen, offset: follow, strategy: by < 0 ? 'portmap' : 'native'};
	if (screen.name === 'runs') return {...screen, offset: follow, row: within(screen.row + by, repair.runs?.length ?? 0)};
	if (screen.name !== 'repairBinary' || repair.offers.length === 0) return undefined;
	const at = repair.offers.findIndex(({source}) => source === typedText(screen, repair));
	const next = repair.offers[at === -1 ? (by > 0 ? 0 : repair.offers.length - 1) : within(at + by, repair.offers.length)];
	return {...screen, offset: follow, text: next?.source ?? ''};
}

const within = (index: number, count: number): number => Math.max(0, Math.min(index, count - 1));

export const isNothingToDo = ({plans, unfinished}: Repair): boolean =>
	unfinished === null &&
	plans !== null &&
	[plans.portmap, plans.native].every(({steps, refusals}) => steps.length === 0 && refusals.length === 0);
