import {countText, heading, labelled, paragraph, type Document} from '../writing.ts';
import {margin} from '../layout.ts';
import {span, type Line} from '../line.ts';
import type {Signs} from '../theme.ts';
import {doubtLines, problemLines, typingLine} from './page-parts.ts';
import {summaryOfPlan} from './preview-page.ts';
import type {RepairScreen} from './pages.ts';
import {doubtsOf, pastRun, problemFor, typedText} from './screens.ts';
import type {Repair} from './values.ts';

type Confirming = Extract<RepairScreen, {isWrong: boolean}>;

/** Fifth page: what is about to happen, and the name of the cluster to be typed. */
export function confirmPage(screen: Confirming, repair: Repair, width: number, signs: Signs): Omit<Document, 'title'> {
	const plan = repair.prepared?.plan;
	const warnings = (plan?.warnings.length ?? 0) + (repair.prepared?.binaries.flatMap(binary => binary.warnings).length ?? 0);
	const what = plan === undefined ? [] : paragraph(summaryOfPlan(plan), width, 0, 'strong');
	return asking(
		[
			...what,
			...labelled('on', plan?.server ?? '', width, {labelWidth: 8}),
			...labelled('warnings', warnings === 0 ? 'none' : `${countText(warnings, 'warning')}; esc shows them again`, width, {
				tone: warnings === 0 ? 'plain' : 'doubtful',
			}),
			...labelled('undo', 'b on the next pages, or kubectl hostport rollback, also from another machine', width, {labelWidth: 8}),
		],
		screen,
		repair,
		width,
		signs,
	);
}

/** The same for undoing a run: what goes back, in which order. */
export function undoPage(
	screen: Extract<Confirming, {name: 'repairUndo'}>,
	repair: Repair,
	width: number,
	signs: Signs,
): Omit<Document, 'title'> {
	const past = pastRun(screen.run, repair);
	if (past === null || past.undo.length === 0) return {lines: paragraph('There is nothing to undo.', width, 0, 'muted')};
	const problem = problemFor(repair, 'weigh', past.id);
	if (problem !== null) return {lines: problemLines(problem, width, signs)};
	const doubts = doubtsOf(screen.run, repair);
	if (doubts === null) return {lines: paragraph('looking at what its journal asks for', width, 0, 'muted')};
	return asking(
		[
			...paragraph(`The run ${past.id} (${past.strategy}) was begun by ${past.by}; it is ${past.outcome}.`, width),
			...heading('Undone, in this order'),
			...past.undo.flatMap(({title, says}, index) => [
				...labelled(`${index + 1}`, title, width, {labelWidth: 2, tone: 'strong', labelTone: 'accent'}),
				...paragraph(says, width, 4, 'muted'),
			]),
			...doubtLines(doubts, width, signs),
		],
		screen,
		repair,
		width,
		signs,
	);
}

/** The line to type in stays in sight, however long the list above it is. */
function asking(above: readonly Line[], screen: Confirming, repair: Repair, width: number, signs: Signs): Omit<Document, 'title'> {
	const name = `Type the name of the cluster to go on: ${repair.clusterName}`;
	const lines = [
		...paragraph(screen.isWrong ? `That is another name; nothing was changed. ${name}` : name, width, 0, screen.isWrong ? 'bad' : 'plain'),
		typingLine(signs.cursor, typedText(screen, repair), width, signs),
	];
	return {lines: above, foot: [[], ...lines.map(line => [span(' '.repeat(margin)), ...line]), []]};
}
