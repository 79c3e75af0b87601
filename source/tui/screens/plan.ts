import type {Strategy} from '../../diagnosis/strategy.ts';
import type {Step as PlanStep} from '../../repair/plan/plan.ts';
import {changeLines} from '../change-lines.ts';
import {editedText} from '../edited-text.ts';
import {textWidth} from '../layout.ts';
import {cutLine, lineText, span, type Line} from '../line.ts';
import {changeRows} from '../model.ts';
import {binaryLines} from '../repair/binary-lines.ts';
import {doubtLines, hanging, points, problemLines, refusalLines, warningLines} from '../repair/page-parts.ts';
import {stepGroups, titleOfAll} from '../repair/step-groups.ts';
import type {Extra, PreparedRepair, Repair} from '../repair/values.ts';
import {anew, ask, follow, isNothing, isRunning, preparedOf, problemFor, repairOf, wizardTrail} from '../repair/wizard.ts';
import type {Step, View} from '../state.ts';
import {cut, pad, widthOf} from '../text-width.ts';
import type {Signs} from '../theme.ts';
import {countText, heading, labelled, paragraph, timeText} from '../writing.ts';
import {severitySign, severityTone} from './finding.ts';
import {push, undoKey, type At, type ScreenDefinition, type Seen} from './screen.ts';
import {defineText, type Scrolled} from './text-screen.tsx';

type Here = Scrolled<'plan'> & {
	/** Key of the row under the cursor; null: the one that matters most now. */
	readonly row: string | null;
	/** Rows that are unfolded. */
	readonly open: readonly string[];
	/** The source that is being typed; null: none is. */
	readonly text: string | null;
};

/** A line that the cursor can stand on, what Enter does there, and what the footer says of that. */
type Row = {
	readonly key: string;
	readonly lines: readonly Line[];
	readonly word: string;
	readonly act: (at: At<Here>) => Step | undefined;
};

/** What stands between the rows. */
type Block = Row | {readonly lines: readonly Line[]};

/** First page of the wizard: what would be done, and all that can be chosen. Everything is chosen already, so Enter goes on. */
export const plan: ScreenDefinition<'plan', Here> = defineText({
	name: 'plan',
	title: 'the repair',
	isApart: true,
	opener: {
		keys: ['F'],
		label: 'repair: shows the plan first, and asks',
		footer: {word: 'fix', rank: 4},
		act({state, view, about}) {
			if (!view.canRepair) return undefined;
			if (isRunning(repairOf(view))) return {state: anew(state, {name: 'run', offset: follow})};
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
		undoKey(({view}) => repairOf(view)?.unfinished),
	],
	isTyping: ({text}) => text !== null,
	typed({screen, state}, key) {
		if (key === 'escape') return {state: {...state, screen: {...screen, text: null}}};
		if (key === 'enter') {
			const source = (screen.text ?? '').trim();
			const next: Here = {...screen, text: null, row: 'go', offset: follow};
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
function chosen(at: At<Here>, by: number): Here {
	const rows = rowsOf(at);
	const index = rows.findIndex(({key}) => key === rowOf(at)?.key);
	const next = rows[Math.max(0, Math.min(index + by, rows.length - 1))];
	return {...at.screen, row: next?.key ?? null, offset: follow};
}

const rowsOf = (at: Seen<Here>): readonly Row[] => blocksOf(at).filter(block => 'key' in block);

/** The row under the cursor; before anybody moved that is what goes on, or what has to be chosen first. */
function rowOf(at: Seen<Here>): Row | undefined {
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

const last = new WeakMap<View['model'], {screen: Here; columns: number; blocks: readonly Block[]}>();

/** The page, made once: keys, footer and body ask for it, and the plan of a large cluster is long. */
function blocksOf({screen, view}: Seen<Here>): readonly Block[] {
	const hit = last.get(view.model);
	if (hit?.screen === screen && hit.columns === view.columns) return hit.blocks;
	const blocks = newBlocks({screen, view});
	last.set(view.model, {screen, columns: view.columns, blocks});
	return blocks;
}

function newBlocks({screen, view}: Seen<Here>): readonly Block[] {
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

const tryAgain = (act: Parameters<typeof ask>[0]): Row => ({
	key: 'go',
	lines: [[span('  Try again', 'strong')]],
	word: 'try again',
	act: ({state}) => ({state, intent: ask(act)}),
});

/** Whether it can be gone on with, and what is in the way. */
function headBlocks(repair: Repair, {model, signs}: View, width: number): readonly Block[] {
	const {chosen: choice, unfinished} = repair;
	const cause = model.findings.find(({finding}) => finding.severity !== 'info')?.finding;
	const causeLines: readonly Line[] =
		cause === undefined
			? []
			: hanging(severitySign(cause.severity, signs), `${cause.code}  ${cause.title}`, width, 2, severityTone(cause.severity));
	if (isNothing(repair)) {
		const rest = cause === undefined ? [] : [...paragraph('What is left is not repaired here:', width, 2, 'muted'), ...causeLines];
		return [{lines: [...paragraph('Nothing to repair', width, 2, 'good'), ...rest]}];
	}

	const above = unfinished === null ? [{lines: causeLines}] : [];
	if (choice === null) return [...above, {lines: missingLines(repair, width, signs)}];
	const problem = problemFor(repair, 'prepare', choice.source);
	if (problem !== null)
		return [
			...above,
			{lines: problemLines(problem, width, signs)},
			tryAgain({do: 'prepare', strategy: choice.strategy, source: choice.source}),
		];
	const prepared = preparedOf(repair);
	if (prepared === null)
		return [
			...above,
			{
				lines: paragraph(
					model.snapshot.phase === null ? 'not checked' : 'checking rights, sources and what the API server says',
					width,
					2,
					'muted',
				),
			},
		];
	const {plan: ready} = prepared;
	if (ready.refusals.length > 0) return [...above, {lines: refusalLines(ready.refusals, width, signs, 2)}];
	// An unfinished run is gone on with also where nothing is left to do: its end is written then.
	if (ready.steps.length === 0 && unfinished === null) return [...above, {lines: paragraph('Nothing to repair', width, 2, 'good')}];
	const what = ready.summary === '' ? 'only the last steps of the run are left' : ready.summary;
	return [
		...above,
		{
			key: 'go',
			lines: paragraph(`${unfinished === null ? 'Repair' : 'Resume'}  ${what}`, width, 2, 'strong'),
			word: 'go on',
			act: ({state}) => ({state: push(state, {name: 'name', offset: follow, text: null, isWrong: false})}),
		},
		...(repair.marked === '' ? [] : [{lines: paragraph(repair.marked, width, 2, 'accent')}]),
	];
}

/** A source that is missing is said before the plan. */
function missingLines({plans}: Repair, width: number, signs: Signs): readonly Line[] {
	const steps = plans?.portmap.steps.filter(({node, binaries}) => node !== '' && binaries.length > 0) ?? [];
	const what =
		steps.length === 0
			? 'The DaemonSet carries portmap along.'
			: `${countText(steps.length, 'node has', 'nodes have')} no working portmap.`;
	return hanging(signs.doubtful, `${what} Choose where to get it:`, width, 2, 'doubtful');
}

function unfinishedLines(
	{id, outcome, strategy, startedAt, by, done, total}: NonNullable<Repair['unfinished']>,
	width: number,
	signs: Signs,
): readonly Line[] {
	const when = timeText(Date.parse(startedAt) / 1000);
	return [
		...hanging(
			signs.doubtful,
			`The run ${id} is unfinished (${outcome}): ${strategy}, ${done} of ${countText(total, 'step')} done`,
			width,
			2,
			'doubtful',
		),
		...paragraph(`begun ${when} by ${by}. Resume it, or roll it back (b); nothing else is begun before that.`, width, 4),
	];
}

const about: Readonly<Record<Strategy, string>> = {portmap: 'the portmap plugin, chained behind Cilium', native: "Cilium's own eBPF"};

function strategyBlocks({plans, chosen: choice}: Repair, width: number, signs: Signs): readonly Block[] {
	const rows = (['portmap', 'native'] as const).map((strategy): Row => {
		const option = plans?.[strategy].options.find(each => each.strategy === strategy);
		const refusals = plans?.[strategy].refusals ?? [];
		const isTaken = (choice?.strategy ?? 'portmap') === strategy;
		const isPossible = refusals.length === 0;
		const says = isPossible
			? `${option?.recommended === true ? 'recommended: ' : ''}${option?.reason || about[strategy]}`
			: 'not possible here';
		return {
			key: `strategy ${strategy}`,
			lines: [
				...labelled(`    ${radio(isTaken, signs)} ${pad(strategy, 7)}`, says, width, {
					labelTone: isTaken ? 'accent' : 'plain',
					tone: isPossible ? 'plain' : 'bad',
				}),
				...(isTaken || !isPossible ? refusalLines(refusals, width, signs, 8) : []),
			],
			word: 'choose',
			act: ({state}) => (isPossible && !isTaken ? {state, intent: ask({do: 'choose', strategy})} : undefined),
		};
	});
	return [{lines: heading('  Strategy')}, ...rows];
}

const radio = (isTaken: boolean, {chosen: sign}: Signs): string => `(${isTaken ? sign : ' '})`;

/** Where the binary comes from: asked only where a node lacks it. */
function sourceBlocks({text}: Here, repair: Repair, width: number, signs: Signs): readonly Block[] {
	const {plans, offers, chosen: choice} = repair;
	const strategy = choice?.strategy ?? 'portmap';
	if (plans?.[strategy].steps.some(({binaries}) => binaries.length > 0) !== true) return [];
	const isOther = choice !== null && choice.source !== '' && offers.every(({source}) => source !== choice.source);
	const labelWidth = Math.min(Math.floor(width / 2), Math.max(16, ...offers.map(({source}) => widthOf(source))));
	const line = (label: string, isTaken: boolean, says: string): Line => [
		span(`    ${radio(isTaken, signs)} ${pad(cut(label, labelWidth, signs.cut), labelWidth)}`, isTaken ? 'accent' : 'plain'),
		span(`  ${cut(says, Math.max(0, width - labelWidth - 10), signs.cut)}`, 'muted'),
	];
	const other: Row = {
		key: 'source another',
		lines:
			text === null
				? [line(isOther ? (choice?.source ?? '') : 'another', isOther, forms)]
				: [[span('  portmap from  ', 'accent'), span(text, 'strong'), span('_', 'selected')], [span(`  ${forms}`, 'muted')]],
		word: 'type it',
		act: ({screen, state}) => ({
			state: {...state, screen: {...screen, text: isOther ? (choice?.source ?? '') : '', row: 'source another', offset: follow}},
		}),
	};
	return [
		{lines: heading('  portmap from')},
		...offers.map(({source, says}): Row => ({
			key: `source ${source}`,
			lines: [line(source, choice?.source === source, says)],
			word: 'choose',
			act: ({state}) => (choice?.source === source ? undefined : {state, intent: ask({do: 'choose', source})}),
		})),
		other,
		...(preparedOf(repair)?.binaries ?? []).map(binary => ({
			lines: binaryLines(binary, width - 6, signs).map(each => [span('      '), ...each]),
		})),
	];
}

const forms = 'FILE, node:NAME, image:REF, release:VERSION or https://…; several with commas';

const mostNames = 5;

function extraBlocks({extras}: Repair, width: number): readonly Block[] {
	if (extras.length === 0) return [];
	const namesOf = ({names}: Extra): string =>
		names.length === 0
			? ''
			: `: ${names.slice(0, mostNames).join(', ')}${names.length > mostNames ? ` and ${names.length - mostNames} more` : ''}`;
	return [
		{lines: heading('  Options')},
		...extras.map((extra): Row => ({
			key: `extra ${extra.what}`,
			lines: labelled(`    [${extra.isOn ? 'x' : ' '}]`, `${extra.says}${namesOf(extra)}`, width, {
				labelTone: extra.isOn ? 'accent' : 'plain',
			}),
			word: extra.isOn ? 'take out' : 'take in',
			act: ({state}) => ({state, intent: ask({do: 'toggle', what: extra.what})}),
		})),
	];
}

function preparedBlocks(
	{open}: Here,
	{plan: ready, binaries, doubts, serverSays, strategy}: PreparedRepair,
	width: number,
	signs: Signs,
): readonly Block[] {
	const warnings = [...ready.warnings, ...binaries.flatMap(binary => binary.warnings)];
	const costs = ready.options.find(option => option.strategy === strategy)?.costs ?? [];
	const changes = changeRows(ready.steps.flatMap(({preview}) => preview.changes));
	const section = (title: string, texts: readonly string[]): readonly Block[] =>
		texts.length === 0 ? [] : [{lines: [...heading(`  ${title}`), ...points(texts, width, signs, 2)]}];
	return [
		...(warnings.length === 0 ? [] : [{lines: [...heading('  Warnings'), ...warningLines(warnings, width, signs, 2)]}]),
		{lines: doubtLines(doubts, width, signs)},
		{lines: heading('  Steps, in this order')},
		...stepGroups(ready.steps).map((steps, index): Row => stepRow(steps, index + 1, open, width)),
		...(changes.length === 0 ? [] : [{lines: heading('  Changes')}]),
		...changes.map(({change, nodes}) => ({
			lines: [
				...(nodes.length > 1 ? paragraph(`the same on ${countText(nodes.length, 'node')}`, width, 2, 'muted') : []),
				...changeLines(change, width - 2, signs).map((line): Line => [span('  '), ...line]),
			],
		})),
		...section('Side effects', costs),
		...section('What the API server says', serverSays),
		...section(
			'Skipped',
			ready.skipped.map(({node, reason}) => `${node}: ${reason}`),
		),
		...section('Still to do', ready.remaining),
	];
}

/** Nodes with the same step are named up to so many. */
const mostNamed = 8;

function stepRow(steps: readonly PlanStep[], number: number, open: readonly string[], width: number): Row {
	const [first] = steps;
	const key = `step ${first?.id ?? ''}`;
	const isOpen = open.includes(key);
	const named = steps.slice(0, mostNamed);
	const detail = (label: string, text: string): readonly Line[] =>
		text === '' ? [] : labelled(label, text, width, {indent: 7, labelWidth: 7});
	const inside =
		first === undefined || !isOpen
			? []
			: [
					...named.flatMap(({preview}) => paragraph(preview.text, width, 7)),
					...(steps.length > named.length ? paragraph(`and the same on ${steps.length - named.length} more`, width, 7, 'muted') : []),
					...detail('touches', first.blastRadius),
					...detail('then', first.checkAfter),
					...detail('undo', first.undo),
				];
	return {
		key,
		lines: [...labelled(`    ${pad(`${number}`, 2)}`, titleOfAll(steps), width, {labelTone: 'accent'}), ...inside],
		word: isOpen ? 'fold' : 'unfold',
		act: ({screen, state}) => ({
			state: {...state, screen: {...screen, row: key, open: isOpen ? open.filter(each => each !== key) : [...open, key], offset: follow}},
		}),
	};
}
