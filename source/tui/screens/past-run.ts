import {changeLines} from '../change-lines.ts';
import {textWidth} from '../layout.ts';
import {span, type Line} from '../line.ts';
import {changeRows} from '../model.ts';
import {runLines} from '../repair/step-lines.ts';
import {pastRun as find, repairOf} from '../repair/wizard.ts';
import {count} from '../../words.ts';
import {heading, labelled, paragraph, timeText} from '../writing.ts';
import {rollbackKey, type ScreenDefinition} from './screen.ts';
import {defineText, type Scrolled} from './text-screen.tsx';

type Here = Scrolled<'pastRun'> & {readonly run: string};

/** One past run: its steps with their times and what was seen, and what it changed. */
export const pastRun: ScreenDefinition<'pastRun', Here> = defineText({
	name: 'pastRun',
	title: 'a past run',
	isApart: true,
	keys: [rollbackKey(({screen, view}) => pastOf(screen, repairOf(view)))],
	write({screen, view: {model, columns, signs}}) {
		const width = textWidth(columns);
		const title = `Run ${screen.run}`;
		const past = pastOf(screen, model.snapshot.repair);
		if (past === null) return {title, lines: paragraph('This run no longer exists.', width, 0, 'muted')};
		const changes = changeRows(past.changes);
		return {
			title,
			lines: [
				[
					span(`${past.strategy}  `, 'strong'),
					span(past.outcome, past.outcome === 'done' ? 'good' : 'doubtful'),
					span(`  ${past.done} of ${count(past.total, 'step')}`, 'muted'),
				],
				...labelled('started', `${timeText(Date.parse(past.startedAt) / 1000)} by ${past.by}`, width, {labelWidth: 7}),
				...(past.source === '' ? [] : labelled('portmap', `from ${past.source}`, width, {labelWidth: 7})),
				...heading('Steps'),
				...runLines(past.steps, 0, width, signs).lines,
				...(changes.length === 0 ? [] : heading('Changes')),
				...changes.flatMap(({change}): readonly Line[] => changeLines(change, width, signs)),
			],
		};
	},
});

const pastOf = ({run}: Here, repair: ReturnType<typeof repairOf>): ReturnType<typeof find> => (repair === null ? null : find(run, repair));
