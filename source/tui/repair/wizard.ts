import type {Screen} from '../screens/index.ts';
import type {Intent, State, View} from '../state.ts';
import type {Trail} from '../components/tabs.tsx';
import type {Doubted, Repair, RepairAct} from './values.ts';

/** Stands for the line that matters now: the cursor, what is typed, the step that runs. Scrolling replaces it. */
export const follow = -1;

/** The pages of the wizard, in order. */
const pages = ['plan', 'name', 'run'] as const;

/** Where a page stands among those of the wizard. */
export function wizardTrail(page: (typeof pages)[number]): Trail {
	return {title: 'Repair', words: pages, current: pages.indexOf(page)};
}

/** What the wizard shows; null where there is none. */
export const repairOf = ({model}: View): Repair | null => model.snapshot.repair;

/** Whether a run is under way. */
export const isRunning = (repair: Repair | null): boolean => repair?.run?.end === null;

/** The intent that asks the wizard for an act. */
export const ask = (act: RepairAct): Intent => ({kind: 'repair', act});

/** A screen as the first behind the overview: there is no way back to the pages before it. */
export function withScreen(state: State, screen: Screen): State {
	const home = state.behind[0] ?? state.screen;
	return screen.name === home.name ? {...state, screen: home, behind: []} : {...state, screen, behind: [home]};
}

/** Whether there is nothing that a repair could change. */
export const isNothing = ({plans, unfinished}: Pick<Repair, 'plans' | 'unfinished'>): boolean =>
	unfinished === null &&
	plans !== null &&
	[plans.portmap, plans.native].every(({steps, refusals}) => steps.length === 0 && refusals.length === 0);

/** A run that can be undone, wherever it is known from. */
export function pastRun(id: string, {unfinished, run, runs}: Repair): Repair['unfinished'] {
	return [run?.end?.past ?? null, unfinished, ...(runs ?? [])].find(past => past?.id === id) ?? null;
}

/** What keeps a page from going on: a problem of what that page has asked for, and of nothing else. */
export function problemFor({problem}: Repair, of: RepairAct['do'], source = ''): Repair['problem'] {
	return problem?.of === of && problem.source === source ? problem : null;
}

/** What was prepared, where it is what is chosen. */
export function preparedOf({prepared, chosen}: Repair): Repair['prepared'] {
	return prepared !== null && prepared.strategy === chosen?.strategy && prepared.source === chosen.source ? prepared : null;
}

/** What undoing a run takes from its journal though nothing here vouches for it; null until that was looked at. */
export const doubtsOf = (run: string, {doubts}: Repair): readonly Doubted[] | null => (doubts?.run === run ? doubts.items : null);
