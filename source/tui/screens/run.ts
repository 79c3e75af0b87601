import {margin, textWidth} from '../layout.ts';
import {cutLine, span, type Line} from '../line.ts';
import {hanging, points} from '../repair/page-parts.ts';
import {connectionLines, proofHeadline, proofLines} from '../repair/proof-lines.ts';
import {isOver, runLines, secondsText} from '../repair/step-lines.ts';
import type {Repair, RunEnding, RunProgress} from '../repair/values.ts';
import {withScreen, isRunning, repairOf, wizardTrail} from '../repair/wizard.ts';
import {initialState, type View} from '../state.ts';
import type {Signs} from '../theme.ts';
import {countText, heading, labelled, paragraph, type Document} from '../writing.ts';
import {askToStop} from './common-keys.ts';
import {rollbackKey, type ScreenDefinition} from './screen.ts';
import {defineText, type Scrolled} from './text-screen.tsx';

type Here = Scrolled<'run'>;

/** Last page of the wizard: every step with its state and time, then every hostPort as it answers, and below it what has happened. */
export const run: ScreenDefinition<'run', Here> = defineText({
	name: 'run',
	title: 'a run',
	isApart: true,
	keys: [
		{
			keys: ['enter'],
			label: 'back to the overview',
			footer: {word: 'overview', rank: 2},
			act: ({state, view}) => (isRunning(repairOf(view)) ? undefined : {state: withScreen(state, initialState.screen)}),
		},
		{
			keys: ['escape', 'left', 'h'],
			label: 'stop the run; asks first',
			footer: {word: 'stop', rank: 2},
			act: at => askToStop(at),
		},
		rollbackKey(({view}) => repairOf(view)?.run?.end?.past),
	],
	// Its times move by themselves, and its log stays below the rows in sight.
	moving: ({now, rows}) => [now, rows],
	write({view}) {
		const repair = repairOf(view);
		const width = textWidth(view.columns);
		const {kind = 'repair'} = repair?.run ?? {};
		const head = kind === 'repair' ? {title: 'Repair', trail: wizardTrail('run')} : {title: 'Roll back'};
		if (!repair?.run) return {...head, lines: paragraph('starting', width, 0, 'muted')};
		return {...head, ...body(repair, repair.run, view, width)};
	},
});

function body(
	repair: Repair,
	progress: RunProgress,
	{signs, now, columns, rows, model}: View,
	width: number,
): Pick<Document, 'lines' | 'foot' | 'footTitle' | 'focus'> {
	const {end, steps, log} = progress;
	const head = [
		[span(headText(progress, now, signs), 'muted')],
		...(end === null ? [] : endLines(repair, progress, end, model, width, signs)),
		[],
	];
	const told = runLines(steps, now, width, signs);
	const proved = proofLines(repair, model, width, signs);
	const after =
		end === null
			? []
			: [
					...connectionLines(end, width, signs),
					...(end.remaining.length === 0 ? [] : [...heading('Still to do'), ...points(end.remaining, width, signs, 0)]),
					...heading('This run'),
					...labelled(progress.id, end.outcome, width),
				];
	const stepsFocus = head.length + told.focus;
	return {
		// Once it has ended, what was proved counts more than how.
		lines:
			end === null
				? [...head, ...told.lines, ...proved]
				: [...head, ...proved.slice(1), ...(proved.length === 0 ? [] : [[]]), ...told.lines, ...after],
		focus: end === null ? (progress.answered.length === 0 ? stepsFocus : head.length + told.lines.length + proved.length) : 0,
		foot: logLines(log, rows, columns, signs),
		footTitle: 'Log',
	};
}

function headText({id, steps, since, end, isStopping, kind}: RunProgress, now: number, {dot}: Signs): string {
	const over = steps.filter(isOver).length;
	const seconds = end?.seconds ?? Math.max(0, (now - since) / 1000);
	const doing = end === null && isStopping ? ` ${dot} stopping after the current action` : '';
	const what = kind === 'rollback' ? 'rolling back ' : '';
	return `${end === null ? what : ''}${id === '' ? 'new run' : id} ${dot} ${over} of ${countText(steps.length, 'step')} ${dot} ${secondsText(seconds)}${doing}`;
}

/** How it ended, what was proved, and what can be done now. */
function endLines(repair: Repair, {kind}: RunProgress, end: RunEnding, model: View['model'], width: number, signs: Signs): readonly Line[] {
	const isWell = end.outcome === 'done' || end.outcome === 'rolled-back';
	const canUndo = end.past !== null && end.past.undo.length > 0;
	const headline = proofHeadline(repair, model, signs);
	// Going back to what was broken is what a rollback is for.
	const tone = kind === 'rollback' ? 'strong' : headline?.isGood === true ? 'good' : 'bad';
	const sign = kind === 'rollback' ? signs.dot : headline?.isGood === true ? signs.good : signs.bad;
	return [
		[],
		...(isWell || end.message === ''
			? []
			: [...hanging(signs.bad, end.message, width, 0, 'bad'), ...(end.hint === '' ? [] : paragraph(end.hint, width, 2)), []]),
		...end.lines.slice(0, 1).flatMap(line => paragraph(isWell ? `${signs.good} ${line}` : line, width, 0, isWell ? 'good' : 'plain')),
		...(end.past !== null && !canUndo && end.outcome === 'interrupted' ? paragraph('Nothing was changed.', width, 0, 'strong') : []),
		...(headline === undefined ? paragraph('reading the cluster again', width, 0, 'muted') : hanging(sign, headline.text, width, 0, tone)),
		...(canUndo
			? paragraph(
					isWell || end.outcome === 'incomplete'
						? 'b rolls it back; so does kubectl hostport rollback, from any machine.'
						: 'b rolls back. Otherwise the next repair resumes from here.',
					width,
					0,
					isWell ? 'muted' : 'strong',
				)
			: []),
	];
}

function logLines(log: RunProgress['log'], rows: number, columns: number, signs: Signs): readonly Line[] {
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
