import type {Step as PlanStep} from '../../repair/plan/plan.ts';
import {changeLines} from '../change-lines.ts';
import {span, type Line} from '../line.ts';
import {changeRows} from '../model.ts';
import {pad} from '../text-width.ts';
import type {Signs} from '../theme.ts';
import {countText, heading, labelled, paragraph} from '../writing.ts';
import {goOn} from './plan-head.ts';
import {doubtLines, points, warningLines} from './page-parts.ts';
import type {Block, PlanScreen, Row} from './plan-rows.ts';
import {stepGroups, titleOfAll} from './step-groups.ts';
import type {PreparedRepair} from './values.ts';
import {follow} from './wizard.ts';

/** What would be done, in order, with what has to be known before yes is said. */
export function preparedBlocks(
	{open}: PlanScreen,
	{plan: ready, binaries, doubts, serverSays}: PreparedRepair,
	width: number,
	signs: Signs,
): readonly Block[] {
	const warnings = [...ready.warnings, ...binaries.flatMap(binary => binary.warnings)];
	const changes = changeRows(ready.steps.flatMap(({preview}) => preview.changes));
	const section = (title: string, texts: readonly string[]): readonly Block[] =>
		texts.length === 0 ? [] : [{lines: [...heading(`  ${title}`), ...points(texts, width, signs, 2)]}];
	return [
		...(warnings.length === 0 ? [] : [{lines: [...heading('  Warnings'), ...warningLines(warnings, width, signs, 2)]}]),
		{lines: doubtLines(doubts, width, signs)},
		...(ready.steps.length === 0 ? [] : [{lines: heading('  Steps, in this order')}]),
		...stepGroups(ready.steps).map((steps, index): Row => stepRow(steps, index + 1, open, width)),
		...(changes.length === 0 ? [] : [{lines: heading('  Changes')}]),
		...changes.map(({change, nodes}) => ({
			lines: [
				...(nodes.length > 1 ? paragraph(`the same on ${countText(nodes.length, 'node')}`, width, 2, 'muted') : []),
				...changeLines(change, width - 2, signs).map((line): Line => [span('  '), ...line]),
			],
		})),
		...section('Side effects', ready.sideEffects),
		...section('What the API server says', serverSays),
		...section(
			'Skipped',
			ready.skipped.map(({node, reason}) => `${node}: ${reason}`),
		),
		...section('Still to do', ready.remaining),
		// Who has read to the end goes on from there.
		...(ready.steps.length === 0 ? [] : [{lines: [[]]}, goOn('end', paragraph('Go on: type the name of the cluster', width, 2, 'strong'))]),
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
