import {Box} from 'ink';
import {useContext, type ReactNode} from 'react';
import {Prose} from '../components/prose.tsx';
import {Told} from '../components/told.tsx';
import {TypedText} from '../components/typed-text.tsx';
import {editedText} from '../edited-text.ts';
import {SightContext} from '../page.ts';
import {Binary} from '../repair/binary.tsx';
import {extraRows, otherSource, sourceForms, sourceRows, strategyRows} from '../repair/plan-choices.tsx';
import {PlanHead, goRow, tryAgain} from '../repair/plan-head.tsx';
import {PlanRow, PlanRows, type PlanScreen, type Row} from '../repair/plan-rows.tsx';
import {PreparedPlan, endRow, stepRows} from '../repair/plan-steps.tsx';
import type {Repair} from '../repair/values.ts';
import {withScreen, ask, follow, isNothing, isRunning, preparedOf, problemFor, repairOf, wizardTrail} from '../repair/wizard.ts';
import type {Signs} from '../theme.ts';
import {definePage} from './page-screen.tsx';
import {push, rollbackKey, type At, type ScreenDefinition, type Seen} from './screen.ts';

/** First page of the wizard: what would be done, and all that can be chosen. Everything is chosen already, so Enter goes on. */
export const plan: ScreenDefinition<'plan', PlanScreen> = definePage({
	name: 'plan',
	title: 'the plan of a repair',
	isApart: true,
	opener: {
		keys: ['F'],
		label: 'repair: shows the plan first, and asks',
		footer: {word: 'fix', rank: 4},
		act({state, view, about}) {
			if (!view.canRepair) return undefined;
			if (isRunning(repairOf(view))) return {state: withScreen(state, {name: 'run', offset: follow})};
			const first = {name: 'plan', offset: follow, row: null, open: [], text: null} as const;
			return {state: push(state, first), intent: ask({do: 'open', marked: about.marked ?? []})};
		},
	},
	keys: [
		{
			keys: ['down'],
			label: 'to the next line that can be chosen',
			footer: {word: 'choose', rank: 5, keyWord: ({moves}) => (moves === 'j/k' ? 'up/down' : moves)},
			act: at => (rowsOf(at).length < 2 ? undefined : {state: {...at.state, screen: chosen(at, 1)}}),
		},
		{
			keys: ['enter'],
			label: 'go on, choose, or unfold a step',
			footer: {word: '', rank: 1},
			word: at => rowOf(at)?.word ?? '',
			act: at => rowOf(at)?.act(at),
		},
		{
			keys: [' '],
			label: 'choose, or unfold a step',
			act: at => (rowOf(at)?.key === 'go' ? undefined : rowOf(at)?.act(at)),
		},
		rollbackKey(({view}) => repairOf(view)?.unfinished),
	],
	isTyping: ({text}) => text !== null,
	typed({screen, state}, key) {
		if (key === 'escape') return {state: {...state, screen: {...screen, text: null}}};
		if (key === 'enter') {
			const source = (screen.text ?? '').trim();
			const next: PlanScreen = {...screen, text: null, row: 'go', offset: follow};
			return source === '' ? {state: {...state, screen: next}} : {state: {...state, screen: next}, intent: ask({do: 'choose', source})};
		}

		return key === 'ctrl+c'
			? undefined
			: {state: {...state, screen: {...screen, text: editedText(screen.text ?? '', key), offset: follow}}};
	},
	choose: (at, move) => (move === 'up' ? chosen(at, -1) : move === 'down' ? chosen(at, 1) : undefined),
	titled: () => wizardTrail('plan'),
	Page(at) {
		const {screen, view} = at;
		const repair = repairOf(view);
		const problem = repair && problemFor(repair, 'open');
		const current = screen.text === null ? rowOf(at)?.key : undefined;
		if (problem !== null)
			return (
				<>
					<Told {...problem} />
					<PlanRow row={openAgain} current={current} />
				</>
			);
		if (!repair?.plans) return <Prose tone="muted">reading runs and planning</Prose>;
		const rows = partsOf(screen, repair, view.signs);
		const prepared = preparedOf(repair);
		return (
			<>
				<PlanHead repair={repair} model={view.model} current={current} />
				<PlanRows title="Strategy" rows={rows.strategies} current={current} />
				<PlanRows title="portmap from" rows={rows.sources} current={current} />
				{screen.text !== null && <TypedSource>{screen.text}</TypedSource>}
				{rows.sources.length > 0 && prepared?.binaries.map((binary, index) => <Binary key={index} {...binary} />)}
				<PlanRows title="Options" rows={rows.extras} current={current} />
				{prepared?.plan.refusals.length === 0 && <PreparedPlan prepared={prepared} steps={rows.steps} current={current} />}
			</>
		);
	},
});

const openAgain = tryAgain({do: 'open', marked: []});

/** Where the row stood that is typed in. */
function TypedSource({children}: {readonly children: string}): ReactNode {
	const {focus} = useContext(SightContext);
	return (
		<Box ref={focus} flexDirection="column" flexShrink={0}>
			<TypedText label="  portmap from">{children}</TypedText>
			<Prose indent={2} tone="muted">
				{sourceForms}
			</Prose>
		</Box>
	);
}

/** The rows that the cursor can stand on, by the part of the page that they are in. */
function partsOf(
	{open, text}: PlanScreen,
	repair: Repair,
	signs: Signs,
): Readonly<Record<'strategies' | 'sources' | 'extras' | 'steps', readonly Row[]>> {
	const plan = preparedOf(repair)?.plan;
	const isFree = !isNothing(repair);
	return {
		strategies: isFree ? strategyRows(repair, signs) : [],
		sources: isFree ? sourceRows(repair, signs).filter(({key}) => key !== otherSource || text === null) : [],
		extras: extraRows(repair),
		steps: plan === undefined || plan.refusals.length > 0 ? [] : stepRows(plan, open),
	};
}

function rowsOf({screen, view}: Seen<PlanScreen>): readonly Row[] {
	const repair = repairOf(view);
	if (repair !== null && problemFor(repair, 'open') !== null) return [openAgain];
	if (!repair?.plans) return [];
	const {strategies, sources, extras, steps} = partsOf(screen, repair, view.signs);
	const first = goRow(repair);
	return [...(first === undefined ? [] : [first]), ...strategies, ...sources, ...extras, ...steps, ...(steps.length === 0 ? [] : [endRow])];
}

/** The row under the cursor; before anybody moved that is what goes on, or what has to be chosen first. */
function rowOf(at: Seen<PlanScreen>): Row | undefined {
	const rows = rowsOf(at);
	return (
		rows.find(({key}) => key === at.screen.row) ??
		rows.find(({key}) => key === 'go') ??
		rows.find(({key}) => key.startsWith('source')) ??
		rows[0]
	);
}

/** The cursor moves to the row before or behind. */
function chosen(at: At<PlanScreen>, by: number): PlanScreen {
	const rows = rowsOf(at);
	const index = rows.findIndex(({key}) => key === rowOf(at)?.key);
	const next = rows[Math.max(0, Math.min(index + by, rows.length - 1))];
	return {...at.screen, row: next?.key ?? null, offset: follow};
}
