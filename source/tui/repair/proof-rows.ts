import type {Asked} from '../../output/proof-matrix.ts';
import type {ProofResult} from '../../proof/proof.ts';
import {mappingText} from '../host-port-table.ts';
import {span, type Line, type Span} from '../line.ts';
import type {Model} from '../model.ts';
import {cut, cutMiddle, pad, widthOf} from '../text-width.ts';
import type {Signs} from '../theme.ts';
import {countText} from '../writing.ts';
import {compare, works, type Answers, type Comparison} from './compare.ts';
import {secondsText} from './run-steps.tsx';
import type {Repair, RunProgress} from './values.ts';

/** A hostPort of a run: its cells, and whether it answers; null where nothing was or will be connected to. */
export type ProofRow = {readonly isGood: boolean | null; readonly cells: readonly Span[]};

/** What the hostPorts were and are, once the run has ended and the cluster was looked at; undefined before that. */
export function compared({run, before}: Repair, {snapshot: {diagnosis, phase}}: Model): readonly Comparison[] | undefined {
	if (!run?.end || before === null || phase !== null || diagnosis === null) return undefined;
	return compare(before, diagnosis, run.end.proof);
}

/** Was and is. */
export const endRows = (rows: readonly Comparison[], signs: Signs): readonly ProofRow[] =>
	rows.map(row => ({isGood: row.isAnswers === null ? null : works(row), cells: cellsOf(row, signs)}));

/** One row a hostPort that is being connected to: green once every answer that it waits for is there. */
export function liveRows({asked, answered}: RunProgress, signs: Signs): readonly ProofRow[] {
	const results = Map.groupBy(answered, keyOf);
	return [...Map.groupBy(asked, keyOf)].map(([key, questions]) => {
		const own = results.get(key) ?? [];
		const failed = own.find(({verdict}) => verdict === 'fails');
		const isGood = failed === undefined && own.some(({verdict}) => verdict === 'works') && own.length >= questions.length;
		const state =
			failed === undefined
				? isGood
					? span(`${signs.good} answers`, 'good')
					: span(`${signs.waiting} ${own.length} of ${questions.length}`, 'muted')
				: span(`${signs.bad} ${failed.error}`, 'bad');
		const [pod, port] = splitName(questions[0]?.hostPort ?? '');
		return {isGood, cells: [state, span(port), span(pod), span(questions[0]?.node ?? '', 'muted')]};
	});
}

const keyOf = ({hostPort, node}: Asked | ProofResult): string => `${hostPort}@${node}`;

function splitName(name: string): [pod: string, port: string] {
	const at = name.lastIndexOf(':');
	return [name.slice(0, at), name.slice(at)];
}

/** Whether a hostPort answers is said only where connections were made. @param seconds that the run took */
export function proofHeadline(rows: readonly Comparison[], seconds: number, {dot}: Signs): {text: string; isGood: boolean} {
	const now = rows.filter(({is}) => is !== null);
	if (now.length === 0) return {text: 'No pod has a hostPort.', isGood: true};
	const good = now.filter(works).length;
	const tried = now.filter(({isAnswers}) => isAnswers !== null);
	const untried = now.length - tried.length;
	const texts = [
		tried.length === 0
			? `no hostPort was connected to afterwards; before ${beforeText(now, 'answered')}`
			: `${good} of ${countText(now.length, 'hostPort')} ${good === 1 ? 'answers' : 'answer'}; before ${beforeText(tried, 'did')}`,
		...(tried.length === 0 || untried === 0 ? [] : [`${untried} not tried`]),
		secondsText(seconds),
	];
	return {text: texts.join(` ${dot} `), isGood: good === now.length};
}

/** How many of the same hostPorts answered before, and of how many where not all of them were tried then. @param did the verb */
function beforeText(rows: readonly Comparison[], did: string): string {
	const tried = rows.filter(({wasAnswers}) => wasAnswers !== null);
	if (tried.length === 0) return 'nothing was tried';
	const answered = tried.filter(row => works({...row, is: row.was, isAnswers: row.wasAnswers})).length;
	return `${answered === 0 ? 'none' : answered}${tried.length < rows.length ? ` of the ${tried.length} tried then` : ''} ${did}`;
}

function cellsOf({was, is, wasAnswers, isAnswers}: Comparison, signs: Signs): readonly Span[] {
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

/** ✓ only where it was connected to: a rule may be there and not be reached. */
function sideCell(port: Comparison['is'], answers: Answers | null, signs: Signs): Span {
	if (port === null) return span(`${signs.skipped} no pod`, 'muted');
	if (answers === null) {
		return port.state === 'unwired' ? span(`${signs.bad} not mapped`, 'bad') : span(`${signs.unknown} not tried`, 'doubtful');
	}

	if (answers.worked === answers.tried) return span(`${signs.good} answers`, 'good');
	return span(`${signs.bad} ${answers.error}`, 'bad');
}

/** Their table, in lines: there may be thousands. */
export function proofLines(proved: readonly ProofRow[], width: number, signs: Signs): readonly Line[] {
	const rows = proved.map(({cells}) => cells);
	const heads = rows[0]?.length === 5 ? ['WAS', 'IS', 'HOSTPORT', 'POD', 'NODE'] : ['NOW', 'HOSTPORT', 'POD', 'NODE'];
	const widths = heads.map((head, column) => Math.max(widthOf(head), ...rows.map(line => widthOf(line[column]?.text ?? ''))));
	const gap = 2;
	const names = heads.length - 2;
	const fixed = widths.slice(0, names).reduce((sum, each) => sum + each + gap, gap);
	const room = Math.max(16, width - fixed);
	const node = Math.min(widths[names + 1] ?? 0, Math.floor(room / 2));
	const placed = [...widths.slice(0, names), Math.min(widths[names] ?? 0, room - node), node];
	const line = (cells: readonly Span[]): Line =>
		cells.flatMap(({text, tone}, column) => {
			const own = placed[column] ?? 0;
			const fitted = column >= names ? cutMiddle(text, own, signs.cut) : cut(text, own, signs.cut);
			return [span(pad(fitted, own), tone), span(' '.repeat(column === cells.length - 1 ? 0 : gap))];
		});
	return [line(heads.map(head => span(head, 'muted'))), ...rows.map(line)];
}
