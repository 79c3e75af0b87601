import {textWidth} from '../layout.ts';
import {doubtLines, problemLines} from '../repair/page-parts.ts';
import {askingName, withKey, type TypedName} from '../repair/typed-name.ts';
import type {Repair} from '../repair/values.ts';
import {withScreen, ask, doubtsOf, follow, pastRun, problemFor, repairOf} from '../repair/wizard.ts';
import type {View} from '../state.ts';
import {heading, labelled, paragraph, type Document} from '../writing.ts';
import type {ScreenDefinition} from './screen.ts';
import {defineText, type Scrolled} from './text-screen.tsx';

type Here = Scrolled<'undo'> & TypedName & {readonly run: string};

/** The name of the cluster stands there where it was typed a moment ago, for the run itself. */
function typedOn({text, run}: Here, repair: Repair | null): string {
	const isKnown = repair !== null && pastRun(run, repair)?.isOwn === true;
	return text ?? (isKnown ? repair.clusterName : '');
}

/** Rolling a run back: what is undone, in which order, and the name of the cluster to be typed. */
export const undo: ScreenDefinition<'undo', Here> = defineText({
	name: 'undo',
	title: 'rolling back',
	isApart: true,
	keys: [
		{
			keys: ['enter'],
			label: 'roll back, once the whole name is typed',
			footer: {word: 'roll back', rank: 2},
			word: ({screen, view}) => (isRefused(screen, repairOf(view)) ? 'try again' : 'roll back'),
			act({screen, state, view}) {
				const repair = repairOf(view);
				const past = repair && pastRun(screen.run, repair);
				if (repair === null || past === null || past.undo.length === 0) return undefined;
				if (isRefused(screen, repair)) return {state, intent: ask({do: 'weigh', run: screen.run})};
				// Nothing is agreed to before what the journal asks for was looked at.
				if (doubtsOf(screen.run, repair) === null) return undefined;
				return typedOn(screen, repair).trim() === repair.clusterName
					? {state: withScreen(state, {name: 'run', offset: follow}), intent: ask({do: 'undo', run: screen.run})}
					: {state: {...state, screen: {...screen, isWrong: true, offset: follow}}};
			},
		},
	],
	isTyping: () => true,
	typed({screen, state, view}, key) {
		const next = withKey(screen, typedOn(screen, repairOf(view)), key);
		return next && {state: {...state, screen: next}};
	},
	write: ({screen, view}) => ({title: `Roll back ${screen.run}`, ...body(screen, view)}),
});

const isRefused = ({run}: Here, repair: Repair | null): boolean => repair !== null && problemFor(repair, 'weigh', run) !== null;

function body(screen: Here, view: View): Pick<Document, 'lines' | 'foot'> {
	const repair = repairOf(view);
	const {signs} = view;
	const width = textWidth(view.columns);
	const past = repair && pastRun(screen.run, repair);
	if (repair === null || past === null || past.undo.length === 0)
		return {lines: paragraph('There is nothing to roll back.', width, 0, 'muted')};
	const problem = problemFor(repair, 'weigh', past.id);
	if (problem !== null) return {lines: problemLines(problem, width, signs)};
	const doubts = doubtsOf(screen.run, repair);
	if (doubts === null) return {lines: paragraph('reading its journal', width, 0, 'muted')};
	const above = [
		...paragraph(`The run ${past.id} (${past.strategy}) was started by ${past.by}; it is ${past.outcome}.`, width),
		...heading('Steps to undo, in this order'),
		...past.undo.flatMap(({title, says}, index) => [
			...labelled(`${index + 1}`, title, width, {labelWidth: 2, tone: 'strong', labelTone: 'accent'}),
			...paragraph(says, width, 4, 'muted'),
		]),
		...doubtLines(doubts, width, signs),
	];
	return askingName(above, screen, typedOn(screen, repair), repair, width, signs);
}
