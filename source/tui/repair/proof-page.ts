import {countText, heading, labelled, paragraph, type Document} from '../writing.ts';
import {mappingText, stateText, stateTone} from '../host-port-table.ts';
import {span, type Line, type Span} from '../line.ts';
import type {View} from '../state.ts';
import {cut, cutMiddle, pad, widthOf} from '../text-width.ts';
import type {Signs} from '../theme.ts';
import {compare, works, type Answers, type Comparison} from './compare.ts';
import {points} from './page-parts.ts';
import {secondsText} from './run-page.ts';
import type {Repair, RunProgress} from './values.ts';

/** Rows are for people to read; the rest is counted. */
const mostRows = 500;

/** Last page: every hostPort as it was and as it is, and what nobody but the person can do. */
export function proofPage({run, before}: Repair, {model, signs}: View, width: number): Omit<Document, 'title'> {
	const {diagnosis, phase} = model.snapshot;
	const end = run?.end;
	if (end === undefined || end === null || run === null) return {lines: paragraph('No run has ended yet.', width, 0, 'muted')};
	const isFresh = phase === null && diagnosis !== null;
	const rows = before === null || !isFresh ? [] : compare(before, {diagnosis, proof: end.proof});
	return {
		lines: [
			...(isFresh ? headLines(rows, run, width, signs) : paragraph('looking at the cluster as it is now', width, 0, 'muted')),
			...(end.message === '' ? [] : [...paragraph(`${signs.bad} ${end.message}`, width, 0, 'bad'), ...paragraph(end.hint, width, 2)]),
			...(rows.length === 0 ? [] : [[], ...tableLines(rows.slice(0, mostRows), width, signs)]),
			...(rows.length > mostRows ? paragraph(`and ${rows.length - mostRows} more`, width, 0, 'muted') : []),
			...proofLines(end.proof, width, signs),
			...(end.remaining.length === 0 ? [] : [...heading('Left for you'), ...points(end.remaining, width, signs, 0)]),
			...heading('This run'),
			...labelled(run.id, end.outcome, width),
			...(end.past !== null && end.past.undo.length > 0
				? paragraph(`b rolls it back; so does kubectl hostport rollback ${run.id}, from any machine.`, width, 0, 'muted')
				: []),
		],
	};
}

/** Whether a hostPort answers is said only where connections were made; rules alone make it wired. */
function headLines(rows: readonly Comparison[], {kind, end}: RunProgress, width: number, signs: Signs): readonly Line[] {
	const now = rows.filter(({is}) => is !== null);
	if (now.length === 0) return paragraph('No pod has a hostPort.', width);
	const good = now.filter(works).length;
	const was = rows.filter(row => works({...row, is: row.was, isAnswers: row.wasAnswers})).length;
	const isProved = now.some(({isAnswers}) => isAnswers !== null);
	const verb = isProved ? (good === 1 ? 'answers' : 'answer') : good === 1 ? 'is wired' : 'are wired';
	const before = `before ${was === 0 ? 'none' : was} ${isProved ? 'did' : was === 1 ? 'was' : 'were'}`;
	const isAll = good === now.length;
	const text = `${good} of ${countText(now.length, 'hostPort')} ${verb}; ${before} ${signs.dot} ${secondsText(end?.seconds ?? 0)}`;
	// Going back to what was broken is what a rollback is for.
	if (kind === 'rollback') return paragraph(text, width, 0, 'strong');
	return paragraph(`${isAll ? signs.good : signs.bad} ${text}`, width, 0, isAll ? 'good' : 'bad');
}

type Cell = Span;

function tableLines(rows: readonly Comparison[], width: number, signs: Signs): readonly Line[] {
	const cells = rows.map(row => cellsOf(row, signs));
	const heads = ['WAS', 'IS', 'HOSTPORT', 'POD', 'NODE'];
	const widths = heads.map((head, column) => Math.max(widthOf(head), ...cells.map(line => widthOf(line[column]?.text ?? ''))));
	const gap = 2;
	const fixed = (widths[0] ?? 0) + (widths[1] ?? 0) + (widths[2] ?? 0) + 4 * gap;
	const room = Math.max(16, width - fixed);
	const node = Math.min(widths[4] ?? 0, Math.floor(room / 2));
	const pod = Math.min(widths[3] ?? 0, room - node);
	const placed = [widths[0] ?? 0, widths[1] ?? 0, widths[2] ?? 0, pod, node];
	const line = (texts: readonly Cell[]): Line =>
		texts.flatMap(({text, tone}, column) => {
			const own = placed[column] ?? 0;
			const fitted = column >= 3 ? cutMiddle(text, own, signs.cut) : cut(text, own, signs.cut);
			return [span(pad(fitted, own), tone), span(' '.repeat(column === texts.length - 1 ? 0 : gap))];
		});
	return [line(heads.map(head => span(head, 'muted'))), ...cells.map(line)];
}

function cellsOf({was, is, wasAnswers, isAnswers}: Comparison, signs: Signs): readonly Cell[] {
	const port = is ?? was;
	if (port === null) return [];
	return [
		sideCell(was, wasAnswers, signs),
		sideCell(is, isAnswers, signs),
		span(mappingText(port, signs)),
		span(`${port.namespace}/${port.pod}`),
		span(port.node, 'muted'),
	];
}

/** A connection weighs more than a rule: the rule may be there and not be reached. */
function sideCell(port: Comparison['is'], answers: Answers | null, signs: Signs): Cell {
	if (port === null) return span(`${signs.skipped} no pod`, 'muted');
	if (answers === null) return span(stateText(port.state, signs), stateTone(port.state));
	if (answers.worked === answers.tried) return span(`${signs.good} answers`, 'good');
	return span(`${signs.bad} ${answers.error}`, 'bad');
}

function proofLines(proof: NonNullable<RunProgress['end']>['proof'], width: number, signs: Signs): readonly Line[] {
	if (proof === null) return [];
	const worked = proof.results.filter(({verdict}) => verdict === 'works').length;
	const texts = [
		...(proof.results.length === 0
			? []
			: [`${worked} of ${countText(proof.results.length, 'connection')} worked, from the nodes themselves and from others`]),
		...proof.unasked.slice(0, 5).map(line => `not asked: ${line}`),
	];
	return texts.length === 0 ? [] : [...heading('Connections'), ...points(texts, width, signs, 0)];
}
