import {cutOff, isCutOff} from '../../output/cut-off.ts';
import type {StepState} from '../../repair/journal.ts';
import {ruleLine} from '../components/rule-line.ts';
import {countText, paragraph, type Document} from '../writing.ts';
import {margin} from '../layout.ts';
import {cutLine, span, spread, type Line} from '../line.ts';
import type {View} from '../state.ts';
import {pad} from '../text-width.ts';
import type {Signs, Tone} from '../theme.ts';
import {hanging} from './page-parts.ts';
import {stepGroups, titleOfAll} from './preview-page.ts';
import {stepWords, type Repair, type RunEnding, type RunProgress, type StepProgress} from './values.ts';

/** Nodes of one step that have a line of their own. */
const mostLines = 8;
const wordWidth = 12;

const looks: Readonly<Record<StepState, readonly [sign: keyof Signs, tone: Tone]>> = {
	pending: ['waiting', 'muted'],
	started: ['cursor', 'accent'],
	undoing: ['cursor', 'accent'],
	done: ['good', 'good'],
	skipped: ['skipped', 'muted'],
	undone: ['good', 'good'],
	left: ['skipped', 'muted'],
	failed: ['bad', 'bad'],
	'undo-failed': ['bad', 'bad'],
};

/** Sixth page: every step with its state and time, what it waits for, and below it what has happened. */
export function runPage({run}: Repair, view: View, width: number): Omit<Document, 'title'> {
	const {signs, now, columns, rows} = view;
	if (run === null) return {lines: paragraph('about to begin', width, 0, 'muted')};
	const lines: Line[] = [[span(headText(run, now, signs), 'muted')], ...endLines(run, width, signs), []];
	let focus = 0;
	for (const steps of stepGroups(run.steps)) {
		const state = stateOf(steps);
		lines.push(...groupLines(steps, state, now, width, signs));
		if (state !== 'pending') focus = lines.length - 1;
	}

	return {
		lines,
		focus: run.end === null ? focus : 0,
		foot: [ruleLine('Log', '', false, columns, signs), ...logLines(run, rows, columns, signs)],
	};
}

function headText({id, steps, since, end, isStopping, kind}: RunProgress, now: number, {dot}: Signs): string {
	const over = steps.filter(isOver).length;
	const seconds = end?.seconds ?? Math.max(0, (now - since) / 1000);
	const doing = end === null && isStopping ? ` ${dot} stopping after the act under way` : '';
	const what = kind === 'rollback' ? 'rolling back ' : '';
	return `${end === null ? what : ''}${id === '' ? 'new run' : id} ${dot} ${over} of ${countText(steps.length, 'step')} ${dot} ${secondsText(seconds)}${doing}`;
}

/** How it ended, and what can be done now. */
function endLines({end}: RunProgress, width: number, signs: Signs): readonly Line[] {
	if (end === null) return [];
	const isWell = end.outcome === 'done' || end.outcome === 'rolled-back';
	const isCarriedOut = end.outcome === 'incomplete';
	const canUndo = end.past !== null && end.past.undo.length > 0 && !isWell;
	const isUntouched = end.past !== null && end.past.undo.length === 0 && end.outcome === 'interrupted';
	return [
		[],
		...(isWell ? [] : messageLines(end, width, signs)),
		...end.lines.slice(0, 1).flatMap(line => paragraph(isWell ? `${signs.good} ${line}` : line, width, 0, isWell ? 'good' : 'plain')),
		...(isUntouched ? paragraph('Nothing was changed.', width, 0, 'strong') : []),
		...(canUndo
			? paragraph(`b rolls back.${isCarriedOut ? '' : ' Left as it is, the next repair goes on from here.'}`, width, 0, 'strong')
			: []),
	];
}

function messageLines({message, hint}: RunEnding, width: number, signs: Signs): readonly Line[] {
	if (message === '') return [];
	return [...hanging(signs.bad, message, width, 0, 'bad'), ...(hint === '' ? [] : paragraph(hint, width, 2)), []];
}

const isOver = ({state}: StepProgress): boolean => ['done', 'skipped', 'undone', 'left'].includes(state);

const order: readonly StepState[] = ['failed', 'undo-failed', 'started', 'undoing'];

function stateOf(steps: readonly StepProgress[]): StepState {
	const worst = order.find(state => steps.some(step => step.state === state));
	if (worst !== undefined) return worst;
	const first = steps[0]?.state ?? 'pending';
	if (steps.every(({state}) => state === first)) return first;
	return steps.some(({state}) => state === 'pending') ? 'started' : 'done';
}

function groupLines(steps: readonly StepProgress[], state: StepState, now: number, width: number, signs: Signs): readonly Line[] {
	const [first] = steps;
	if (first === undefined) return [];
	if (steps.length === 1) return stepLines(first, first.title, 0, now, width, signs);
	const over = steps.filter(isOver).length;
	const begun = steps.filter(({since}) => since > 0);
	const whole: StepProgress = {
		...first,
		state,
		says:
			state === 'failed' && steps.every(step => step.state !== 'failed' || isCutOff(step))
				? cutOff
				: state === 'left'
					? 'it stays: it does no harm, and pods that were wired with it need it to stop'
					: '',
		since: Math.min(...begun.map(({since}) => since)),
		seconds: Math.max(0, ...steps.map(({seconds}) => seconds)),
	};
	const title = `${titleOfAll(steps)}${over > 0 && over < steps.length ? `, ${over} ready` : ''}`;
	// Nodes that are well need no line once all of them are.
	const shown =
		over === steps.length ? [] : steps.length <= mostLines ? steps : steps.filter(step => order.includes(step.state)).slice(0, mostLines);
	return [...stepLines(whole, title, 0, now, width, signs), ...shown.flatMap(step => stepLines(step, step.node, 2, now, width, signs))];
}

function stepLines(step: StepProgress, title: string, indent: number, now: number, width: number, signs: Signs): readonly Line[] {
	const {state, since, seconds, says} = step;
	const isStopped = isCutOff(step);
	const [sign, tone] = isStopped ? (['doubtful', 'doubtful'] as const) : looks[state];
	const isUnderWay = state === 'started' || state === 'undoing';
	const time = isUnderWay ? Math.max(seconds, (now - since) / 1000) : seconds;
	const isTold = !isStopped && (isUnderWay || state === 'failed' || state === 'undo-failed' || state === 'left');
	const left: Line = [
		span(' '.repeat(indent)),
		span(pad(`${signs[sign]} ${isStopped ? 'stopped' : stepWords[state]}`, wordWidth), tone),
		span(`  ${title}`, state === 'pending' ? 'muted' : 'plain'),
	];
	return [
		spread(left, [span(state === 'pending' ? '' : secondsText(time), 'muted')], width, signs.cut),
		...(isTold && says !== '' ? toldLines(says, isUnderWay, width, indent + wordWidth + 2) : []),
	];
}

/** What a step waits for may be long and changes soon; why one failed is told in full. */
function toldLines(says: string, isUnderWay: boolean, width: number, indent: number): readonly Line[] {
	const lines = paragraph(says, width, indent, isUnderWay ? 'muted' : 'plain');
	return isUnderWay ? lines.slice(0, 2) : lines;
}

/** `1.6 s`, `12 s`, `3 min 05 s`. */
export function secondsText(seconds: number): string {
	if (seconds < 10) return `${seconds.toFixed(1)} s`;
	const whole = Math.floor(seconds);
	return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}

function logLines({log}: RunProgress, rows: number, columns: number, signs: Signs): readonly Line[] {
	const count = rows >= 36 ? 9 : rows >= 30 ? 7 : rows >= 20 ? 4 : 2;
	const shown = log.slice(-count);
	const blanks = Array.from({length: count - shown.length}, (): Line => []);
	return [
		...shown.map(({at, text}) => [
			span(' '.repeat(margin)),
			...cutLine([span(`${clock(at)}  `, 'muted'), span(text)], columns - 2 * margin, signs.cut),
		]),
		...blanks,
	];
}

const two = (number: number): string => String(number).padStart(2, '0');

function clock(at: number): string {
	const date = new Date(at);
	return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
