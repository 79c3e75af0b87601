import type {Strategy} from '../../diagnosis/strategy.ts';
import type {Screen} from '../screens/index.ts';
import type {View} from '../state.ts';
import {besidePages, repairPages, type RepairScreen, type TypingScreen} from './pages.ts';
import type {Doubted, Repair, RepairAct, SourceOffer} from './values.ts';

const names: ReadonlySet<string> = new Set([...repairPages, ...besidePages]);

export const isRepairScreen = (screen: Screen): screen is RepairScreen => names.has(screen.name);

/** Pages on which letters are text. */
export const isTypingScreen = (screen: Screen): screen is TypingScreen => 'text' in screen;

export const repairOf = ({model}: View): Repair | null => model.snapshot.repair;

/** The way under the cursor: the recommended one, as long as nobody moved. */
export function strategyOf(screen: Extract<RepairScreen, {name: 'repairWay'}>, {plans}: Repair): Strategy {
	if (screen.strategy !== null) return screen.strategy;
	return plans?.portmap.options.find(({recommended}) => recommended)?.strategy ?? 'portmap';
}

/** What stands in the line that is typed in. */
export function typedText(screen: TypingScreen, repair: Repair | null): string {
	if (screen.text !== null || repair === null) return screen.text ?? '';
	if (screen.name === 'repairBinary') return repair.unfinished?.source || (repair.offers.find(isNear)?.source ?? '');
	const isKnown = repair.isDemo || (screen.name === 'repairUndo' && pastRun(screen.run, repair)?.isOwn === true);
	return isKnown ? repair.clusterName : '';
}

/** A source that no network has to be asked for is proposed by itself. */
const isNear = ({source}: SourceOffer): boolean => !/^(release:|https:)/u.test(source);

/** A run that can be undone, wherever it is known from. */
export function pastRun(id: string, {unfinished, run, runs}: Repair): Repair['unfinished'] {
	return [run?.end?.past ?? null, unfinished, ...(runs ?? [])].find(past => past?.id === id) ?? null;
}

/** Whether what was prepared is what the page is about. */
export function preparedFor(repair: Repair | null, strategy: Strategy, source: string): Repair['prepared'] {
	const prepared = repair?.prepared ?? null;
	return prepared?.strategy === strategy && prepared.source === source ? prepared : null;
}

/** What keeps a page from going on: a problem of what that page has asked for, and of nothing else. */
export function problemFor({problem}: Repair, of: RepairAct['do'], source = ''): Repair['problem'] {
	return problem?.of === of && problem.source === source ? problem : null;
}

/** What undoing a run takes from its journal though nothing here vouches for it; null until that was looked at. */
export const doubtsOf = (run: string, {doubts}: Repair): readonly Doubted[] | null => (doubts?.run === run ? doubts.items : null);

export const needsBinary = ({plans}: Repair, strategy: Strategy): boolean =>
	plans?.[strategy].steps.some(({binaries}) => binaries.length > 0) === true;

export const isRunning = (repair: Repair | null): boolean => repair?.run?.end === null;
