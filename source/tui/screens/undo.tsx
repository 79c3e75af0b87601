import {Fragment, type ReactNode} from 'react';
import {Heading} from '../components/heading.tsx';
import {Labelled} from '../components/labelled.tsx';
import {Prose} from '../components/prose.tsx';
import {Told} from '../components/told.tsx';
import {Doubts} from '../repair/doubts.tsx';
import {AskedName, withKey, type TypedName} from '../repair/typed-name.tsx';
import type {Repair} from '../repair/values.ts';
import {withScreen, ask, doubtsOf, follow, pastRun, problemFor, repairOf} from '../repair/wizard.ts';
import {definePage, type Scrolled} from './page-screen.tsx';
import type {ScreenDefinition} from './screen.ts';

type Here = Scrolled<'undo'> & TypedName & {readonly run: string};

/** The name of the cluster stands there where it was typed a moment ago, for the run itself. */
function typedOn({text, run}: Here, repair: Repair | null): string {
	const isKnown = repair !== null && pastRun(run, repair)?.isOwn === true;
	return text ?? (isKnown ? repair.clusterName : '');
}

/** Rolling a run back: what is undone, in which order, and the name of the cluster to be typed. */
export const rollback: ScreenDefinition<'undo', Here> = definePage({
	name: 'undo',
	title: 'a rollback',
	isApart: true,
	keys: [
		{
			keys: ['enter'],
			label: 'roll back, once the whole name is typed',
			footer: {word: 'roll back', rank: 1},
			word: ({screen, view}) => (isRefused(screen, repairOf(view)) ? 'try again' : 'roll back'),
			act({screen, state, view}) {
				const repair = repairOf(view);
				if (repair === null || (pastRun(screen.run, repair)?.undo.length ?? 0) === 0) return undefined;
				if (isRefused(screen, repair)) return {state, intent: ask({do: 'weigh', run: screen.run})};
				if (!isAsked(screen, repair)) return undefined;
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
	titled: ({screen}) => `Roll back ${screen.run}`,
	Page: ({screen, view}) => <Undone screen={screen} repair={repairOf(view)} />,
	Foot({screen, view}) {
		const repair = repairOf(view);
		if (repair === null || !isAsked(screen, repair)) return null;
		return <AskedName {...screen} {...repair} typed={typedOn(screen, repair)} columns={view.columns} />;
	},
});

const isRefused = ({run}: Here, repair: Repair | null): boolean => repair !== null && problemFor(repair, 'weigh', run) !== null;

/** Nothing is agreed to before what the journal asks for was looked at. */
const isAsked = (screen: Here, repair: Repair): boolean =>
	(pastRun(screen.run, repair)?.undo.length ?? 0) > 0 && !isRefused(screen, repair) && doubtsOf(screen.run, repair) !== null;

function Undone({screen, repair}: {readonly screen: Here; readonly repair: Repair | null}): ReactNode {
	const past = repair && pastRun(screen.run, repair);
	if (repair === null || past === null || past.undo.length === 0) return <Prose tone="muted">There is nothing to roll back.</Prose>;
	const problem = problemFor(repair, 'weigh', past.id);
	if (problem !== null) return <Told {...problem} />;
	const doubts = doubtsOf(screen.run, repair);
	if (doubts === null) return <Prose tone="muted">reading its journal</Prose>;
	return (
		<>
			<Prose>{`The run ${past.id} (${past.strategy}) was started by ${past.by}; it is ${past.outcome}.`}</Prose>
			<Heading>Steps to undo, in this order</Heading>
			{past.undo.map(({title, says}, index) => (
				<Fragment key={index}>
					<Labelled label={`${index + 1}`} labelWidth={2} tone="strong" labelTone="accent">
						{title}
					</Labelled>
					<Prose indent={4} tone="muted">
						{says}
					</Prose>
				</Fragment>
			))}
			<Doubts all={doubts} />
		</>
	);
}
