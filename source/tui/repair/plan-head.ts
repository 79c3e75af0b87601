import {span, type Line} from '../line.ts';
import {severitySign, severityTone} from '../severity.ts';
import {push} from '../screens/screen.ts';
import type {View} from '../state.ts';
import type {Signs} from '../theme.ts';
import {countText, paragraph, timeText} from '../writing.ts';
import {hanging, problemLines, refusalLines} from './page-parts.ts';
import type {Block, Row} from './plan-rows.ts';
import type {Repair} from './values.ts';
import {ask, follow, isNothing, preparedOf, problemFor} from './wizard.ts';

/** The row that asks for the same once more, after it failed. */
export const tryAgain = (act: Parameters<typeof ask>[0]): Row => ({
	key: 'go',
	lines: [[span('  Try again', 'strong')]],
	word: 'try again',
	act: ({state}) => ({state, intent: ask(act)}),
});

/** A row that goes on to the page on which the name of the cluster is typed. */
export const goOn = (key: string, lines: readonly Line[]): Row => ({
	key,
	lines,
	word: 'go on',
	act: ({state}) => ({state: push(state, {name: 'name', offset: follow, text: null, isWrong: false})}),
});

/** Whether it can be resumed, and what prevents it. */
export function headBlocks(repair: Repair, {model, signs}: View, width: number): readonly Block[] {
	const {chosen: choice, unfinished} = repair;
	const cause = model.findings.find(({finding}) => finding.severity !== 'info')?.finding;
	const causeLines: readonly Line[] =
		cause === undefined
			? []
			: hanging(severitySign(cause.severity, signs), `${cause.code}  ${cause.title}`, width, 2, severityTone(cause.severity));
	if (isNothing(repair)) {
		const rest = cause === undefined ? [] : [...paragraph('Not repaired by fix:', width, 2, 'muted'), ...causeLines];
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
	// An unfinished run is resumed also where nothing is left to do: its end is written then.
	if (ready.steps.length === 0 && unfinished === null) return [...above, {lines: paragraph('Nothing to repair', width, 2, 'good')}];
	const what = ready.summary === '' ? 'only the last steps of the run remain' : ready.summary;
	return [
		...above,
		goOn('go', paragraph(`${unfinished === null ? 'Repair' : 'Resume'}  ${what}`, width, 2, 'strong')),
		...(repair.marked === '' ? [] : [{lines: paragraph(repair.marked, width, 2, 'accent')}]),
	];
}

/** A source that is missing is said before the plan. */
function missingLines({plans}: Repair, width: number, signs: Signs): readonly Line[] {
	const steps = plans?.portmap.steps.filter(({node, binaries}) => node !== '' && binaries.length > 0) ?? [];
	const what =
		steps.length === 0 ? 'The DaemonSet contains portmap.' : `${countText(steps.length, 'node has', 'nodes have')} no working portmap.`;
	return hanging(signs.doubtful, `${what} Choose where to get it:`, width, 2, 'doubtful');
}

/** A run that has to be ended first, resumed or rolled back. */
export function unfinishedLines(
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
		...paragraph(`started ${when} by ${by}. Resume it, or roll it back (b); no other repair starts before that.`, width, 4),
	];
}
