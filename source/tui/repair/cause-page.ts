import {findingDocument} from '../screens/finding.ts';
import {countText, paragraph, timeText, type Document} from '../writing.ts';
import type {Line} from '../line.ts';
import type {View} from '../state.ts';
import type {Signs} from '../theme.ts';
import {problemLines} from './page-parts.ts';
import {problemFor} from './screens.ts';
import {isNothingToDo} from './turns.ts';
import type {PastRun, Repair} from './values.ts';

/** First page: what is wrong and how that is proved; before it a run that somebody left unfinished. */
export function causePage(repair: Repair, {model, signs}: View, width: number): Omit<Document, 'title'> {
	const [first] = model.findings;
	const problem = problemLines(problemFor(repair, 'open'), width, signs);
	return {
		lines: [
			...problem,
			...(problem.length === 0 ? [] : [[]]),
			...(repair.unfinished === null ? [] : unfinishedLines(repair.unfinished, width, signs)),
			...(isNothingToDo(repair)
				? [...paragraph('Nothing to do: there is nothing here that a repair could change.', width, 0, 'good'), []]
				: []),
			...(first === undefined
				? paragraph(model.snapshot.diagnosis === null ? 'The cluster was not looked at yet.' : 'No cause was found.', width, 0, 'muted')
				: findingDocument(first.finding, width, signs).lines),
		],
	};
}

function unfinishedLines({id, strategy, outcome, startedAt, by, done, total}: PastRun, width: number, signs: Signs): readonly Line[] {
	const when = timeText(Date.parse(startedAt) / 1000);
	return [
		...paragraph(`${signs.doubtful} The run ${id} is unfinished (${outcome})`, width, 0, 'doubtful'),
		...paragraph(`${strategy}, begun ${when} by ${by}; ${done} of ${countText(total, 'step')} done`, width, 2),
		...paragraph('Go on with it (enter), or roll it back (b). Nothing else is begun before that.', width, 2, 'strong'),
		[],
	];
}
