import type {StepState} from '../../repair/journal.ts';
import {span, spread, type Line} from '../line.ts';
import {pad} from '../text-width.ts';
import type {Signs, Tone} from '../theme.ts';
import {paragraph} from '../writing.ts';
import {stepGroups, titleOfAll} from './step-groups.ts';
import {stepWords, type StepProgress} from './values.ts';

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

/** Every step of a run with its state and time, and the line of the last one that was begun. */
export function runLines(
	steps: readonly StepProgress[],
	now: number,
	width: number,
	signs: Signs,
): {lines: readonly Line[]; focus: number} {
	const lines: Line[] = [];
	let focus = 0;
	for (const group of stepGroups(steps)) {
		const state = stateOf(group);
		lines.push(...groupLines(group, state, now, width, signs));
		if (state !== 'pending') focus = lines.length - 1;
	}

	return {lines, focus};
}

/** Whether nothing more comes of a step. */
export const isOver = ({state}: StepProgress): boolean => ['done', 'skipped', 'undone', 'left'].includes(state);

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
		says: state === 'left' ? 'it stays: it does no harm, and pods started with it need it to stop' : '',
		isCutOff: state === 'failed' && steps.every(step => step.state !== 'failed' || step.isCutOff === true),
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
	const {state, since, seconds, says, isCutOff: isStopped = false} = step;
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
