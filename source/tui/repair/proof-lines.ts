import type {Asked} from '../../output/proof-matrix.ts';
import type {Proof, ProofResult} from '../../proof/proof.ts';
import {mappingText} from '../host-port-table.ts';
import {span, type Line, type Span} from '../line.ts';
import type {Model} from '../model.ts';
import {cut, cutMiddle, pad, widthOf} from '../text-width.ts';
import type {Signs} from '../theme.ts';
import {countText, heading, paragraph} from '../writing.ts';
import {compare, works, type Answers, type Comparison} from './compare.ts';
import {hanging, points} from './page-parts.ts';
import {secondsText} from './step-lines.ts';
import type {Repair, RunEnding, RunProgress} from './values.ts';

/** Rows are for people to read; the rest is counted. */
const mostRows = 500;

/** Every hostPort before and now, filled in as connections answer. */
export function proofLines({run, before}: Repair, model: Model, width: number, signs: Signs): readonly Line[] {
	if (run === null || before === null) return [];
	const rows = run.end === null ? liveRows(run, signs) : endRows(run, before, model, signs);
	if (rows.length === 0) return [];
	const answering = rows.filter(({isGood}) => isGood).length;
	return [
		...heading(`hostPorts  ${answering} of ${rows.length} answer`),
		...tableLines(
			rows.slice(0, mostRows).map(({cells}) => cells),
			width,
			signs,
		),
		...(rows.length > mostRows ? paragraph(`and ${rows.length - mostRows} more`, width, 0, 'muted') : []),
	];
}

type Row = {readonly isGood: boolean; readonly cells: readonly Span[]};

/** One row a hostPort that is being connected to: green once every answer that it waits for is there. */
function liveRows({asked, answered}: RunProgress, signs: Signs): readonly Row[] {
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

/** Was and is, once the run has ended and the cluster was looked at. */
function endRows({end}: RunProgress, before: NonNullable<Repair['before']>, {snapshot}: Model, signs: Signs): readonly Row[] {
	const {diagnosis, phase} = snapshot;
	if (end === null || phase !== null || diagnosis === null) return [];
	return compare(before, diagnosis, end.proof).map(row => ({isGood: works(row), cells: cellsOf(row, signs)}));
}

/** Whether a hostPort answers is said only where connections were made. */
export function proofHeadline({run, before}: Repair, {snapshot}: Model, signs: Signs): {text: string; isGood: boolean} | undefined {
	const {diagnosis, phase} = snapshot;
	if (!run?.end || before === null || phase !== null || diagnosis === null) return undefined;
	const rows = compare(before, diagnosis, run.end.proof);
	const now = rows.filter(({is}) => is !== null);
	if (now.length === 0) return {text: 'No pod has a hostPort.', isGood: true};
	const good = now.filter(works).length;
	const tried = now.filter(({isAnswers}) => isAnswers !== null);
	const untried = now.length - tried.length;
	const texts = [
		tried.length === 0
			? `${countText(untried, 'hostPort')} not tried; before ${beforeText(now, 'answered')}`
			: `${good} of ${countText(now.length, 'hostPort')} ${good === 1 ? 'answers' : 'answer'}; before ${beforeText(tried, 'did')}`,
		...(tried.length === 0 || untried === 0 ? [] : [`${untried} not tried`]),
		secondsText(run.end.seconds),
	];
	return {text: texts.join(` ${signs.dot} `), isGood: good === now.length};
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

function tableLines(rows: ReadonlyArray<readonly Span[]>, width: number, signs: Signs): readonly Line[] {
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

/** How many connections worked, and what was not tried. */
export function connectionLines({proof, connections}: RunEnding, width: number, signs: Signs): readonly Line[] {
	if (proof === null) return [];
	const untried = [...proof.unasked, ...proof.skipped].slice(0, 6).map(line => `not tried: ${line}`);
	const lines = [...workedLines(proof, connections, width, signs), ...points(untried, width, signs, 0)];
	return lines.length === 0 ? [] : [...heading('Connections'), ...lines];
}

function workedLines({results}: Proof, text: string, width: number, signs: Signs): readonly Line[] {
	const tried = results.filter(({verdict}) => verdict !== 'not served');
	if (tried.length === 0) return [];
	const worked = tried.filter(({verdict}) => verdict === 'works').length;
	if (worked === tried.length) return hanging(signs.good, text, width, 0, 'good');
	return tried.some(({verdict}) => verdict === 'fails')
		? hanging(signs.bad, text, width, 0, 'bad')
		: hanging(signs.unknown, text, width, 0, 'doubtful');
}
