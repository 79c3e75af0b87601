import {editedText} from '../edited-text.ts';
import {textWidth} from '../layout.ts';
import {cutLine, lineText, span, type Line} from '../line.ts';
import {extraBlocks, sourceBlocks, strategyBlocks} from '../repair/plan-choices.ts';
import {headBlocks, tryAgain, unfinishedLines} from '../repair/plan-head.ts';
import type {Block, PlanScreen, Row} from '../repair/plan-rows.ts';
import {preparedBlocks} from '../repair/plan-steps.ts';
import {problemLines} from '../repair/page-parts.ts';
import {withScreen, ask, follow, isNothing, isRunning, preparedOf, problemFor, repairOf, wizardTrail} from '../repair/wizard.ts';
import type {View} from '../state.ts';
import {pad} from '../text-width.ts';
import type {Signs} from '../theme.ts';
import {paragraph} from '../writing.ts';
import {push, rollbackKey, type At, type ScreenDefinition, type Seen} from './screen.ts';
import {defineText} from './text-screen.tsx';

/** First page of the wizard: what would be done, and all that can be chosen. Everything is chosen already, so Enter goes on. */
export const plan: ScreenDefinition<'plan', PlanScreen> = defineText({
	name: 'plan',
	title: 'the repair',
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
			footer: {word: '', rank: 2},
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
	write(at) {
		const {screen, view} = at;
		const all = blocksOf(at);
		const current = rowOf(at)?.key;
		const width = textWidth(view.columns);
		const lines: Line[] = [];
		let focus = 0;
		for (const block of all) {
			const isCurrent = 'key' in block && block.key === current && screen.text === null;
			lines.push(...(isCurrent ? marked(block.lines, width, view.signs) : block.lines));
			if ('key' in block && block.key === current) focus = lines.length - 1;
		}

		return {title: 'Repair', trail: wizardTrail('plan'), lines: lines.map(line => cutLine(line, width, view.signs.cut)), focus};
	},
});

/** The cursor moves to the row before or behind. */
function chosen(at: At<PlanScreen>, by: number): PlanScreen {
	const rows = rowsOf(at);
	const index = rows.findIndex(({key}) => key === rowOf(at)?.key);
	const next = rows[Math.max(0, Math.min(index + by, rows.length - 1))];
	return {...at.screen, row: next?.key ?? null, offset: follow};
}

const rowsOf = (at: Seen<PlanScreen>): readonly Row[] => blocksOf(at).filter(block => 'key' in block);

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

/** The cursor stands right before the first line of its row. */
function marked([first = [], ...others]: readonly Line[], width: number, {cursor}: Signs): readonly Line[] {
	const text = lineText(first);
	const place = Math.max(0, text.length - text.trimStart().length - 2);
	return [[span(pad(`${text.slice(0, place)}${cursor} ${text.slice(place + 2)}`, width), 'selected')], ...others];
}

const last = new WeakMap<View['model'], {screen: PlanScreen; columns: number; blocks: readonly Block[]}>();

/** The page, made once: keys, footer and body ask for it, and the plan of a large cluster is long. */
function blocksOf({screen, view}: Seen<PlanScreen>): readonly Block[] {
	const hit = last.get(view.model);
	if (hit?.screen === screen && hit.columns === view.columns) return hit.blocks;
	const blocks = newBlocks({screen, view});
	last.set(view.model, {screen, columns: view.columns, blocks});
	return blocks;
}

function newBlocks({screen, view}: Seen<PlanScreen>): readonly Block[] {
	const repair = repairOf(view);
	const {signs, columns} = view;
	const width = textWidth(columns);
	if (repair === null) return [{lines: paragraph('reading runs and planning', width, 0, 'muted')}];
	const opening = problemFor(repair, 'open');
	if (opening !== null) return [{lines: problemLines(opening, width, signs)}, tryAgain({do: 'open', marked: []})];
	if (repair.plans === null) return [{lines: paragraph('reading runs and planning', width, 0, 'muted')}];
	const prepared = preparedOf(repair);
	const {unfinished} = repair;
	return [
		...(unfinished === null ? [] : [{lines: unfinishedLines(unfinished, width, signs)}]),
		...headBlocks(repair, view, width),
		...(isNothing(repair)
			? []
			: [...(unfinished === null ? strategyBlocks(repair, width, signs) : []), ...sourceBlocks(screen, repair, width, signs)]),
		...extraBlocks(repair, width),
		...(prepared === null || prepared.plan.refusals.length > 0 ? [] : preparedBlocks(screen, prepared, width, signs)),
	];
}
