import {Text} from 'ink';
import type {ReactNode} from 'react';
import {Changes} from '../components/changes.tsx';
import {Heading} from '../components/heading.tsx';
import {Labelled} from '../components/labelled.tsx';
import {Prose} from '../components/prose.tsx';
import {Toned} from '../components/toned.tsx';
import {RunSteps} from '../repair/run-steps.tsx';
import type {PastRun} from '../repair/values.ts';
import {pastRun as find, repairOf} from '../repair/wizard.ts';
import {count} from '../../words.ts';
import {timeText} from '../writing.ts';
import {definePage, type Scrolled} from './page-screen.tsx';
import {rollbackKey, type ScreenDefinition} from './screen.ts';

type Here = Scrolled<'pastRun'> & {readonly run: string};

/** One past run: its steps with their times and what was seen, and what it changed. */
export const pastRun: ScreenDefinition<'pastRun', Here> = definePage({
	name: 'pastRun',
	title: 'a past run',
	isApart: true,
	keys: [rollbackKey(({screen, view}) => pastOf(screen, repairOf(view)))],
	titled: ({screen}) => `Run ${screen.run}`,
	Page({screen, view}) {
		const past = pastOf(screen, repairOf(view));
		return past === null ? <Prose tone="muted">This run no longer exists.</Prose> : <PastRunPage {...past} />;
	},
});

const pastOf = ({run}: Here, repair: ReturnType<typeof repairOf>): ReturnType<typeof find> => (repair === null ? null : find(run, repair));

const labelWidth = 7;

function PastRunPage({strategy, outcome, done, total, startedAt, by, source, steps, changes}: PastRun): ReactNode {
	return (
		<>
			<Text>
				<Toned tone="strong">{`${strategy}  `}</Toned>
				<Toned tone={outcome === 'done' ? 'good' : 'doubtful'}>{outcome}</Toned>
				<Toned tone="muted">{`  ${done} of ${count(total, 'step')}`}</Toned>
			</Text>
			<Labelled label="started" labelWidth={labelWidth}>
				{`${timeText(Date.parse(startedAt) / 1000)} by ${by}`}
			</Labelled>
			{source !== '' && (
				<Labelled label="portmap" labelWidth={labelWidth}>
					{`from ${source}`}
				</Labelled>
			)}
			<Heading>Steps</Heading>
			<RunSteps steps={steps} />
			{changes.length > 0 && <Heading>Changes</Heading>}
			<Changes all={changes} />
		</>
	);
}
