import {Box} from 'ink';
import {useContext, useMemo, type ReactNode} from 'react';
import {Heading} from '../components/heading.tsx';
import {Labelled} from '../components/labelled.tsx';
import {Points} from '../components/points.tsx';
import {Prose} from '../components/prose.tsx';
import {Row} from '../components/row.tsx';
import {Rule} from '../components/rule.tsx';
import {Signed} from '../components/signed.tsx';
import {Told} from '../components/told.tsx';
import {Toned} from '../components/toned.tsx';
import {margin, textWidth} from '../layout.ts';
import type {Model} from '../model.ts';
import type {Comparison} from '../repair/compare.ts';
import {compared, endRows, liveRows, proofHeadline} from '../repair/proof-rows.ts';
import {Connections, RunProof} from '../repair/run-proof.tsx';
import {RunSteps, isOver, secondsText} from '../repair/run-steps.tsx';
import type {Repair, RunEnding, RunProgress} from '../repair/values.ts';
import {withScreen, isRunning, repairOf, wizardTrail} from '../repair/wizard.ts';
import {initialState} from '../state.ts';
import {wrap} from '../text-width.ts';
import {ThemeContext} from '../theme.ts';
import {countText} from '../writing.ts';
import {askToStop} from './common-keys.ts';
import {definePage, type Scrolled} from './page-screen.tsx';
import {rollbackKey, type ScreenDefinition} from './screen.ts';

type Here = Scrolled<'run'>;

/** Last page of the wizard: every step with its state and time, then every hostPort as it answers, and below it what has happened. */
export const run: ScreenDefinition<'run', Here> = definePage({
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
	titled: ({view}) => (repairOf(view)?.run?.kind === 'rollback' ? 'Roll back' : wizardTrail('run')),
	Page({view: {model, now}}) {
		const {repair} = model.snapshot;
		if (!repair?.run) return <Prose tone="muted">starting</Prose>;
		return <RunPage repair={repair} run={repair.run} model={model} now={now} />;
	},
	Foot({view}) {
		const run = repairOf(view)?.run;
		return run && <Log entries={run.log} columns={view.columns} rows={view.rows} />;
	},
});

type Props = {readonly repair: Repair; readonly run: RunProgress; readonly model: Model; readonly now: number};

/** The steps, and then every hostPort as it answers; once it has ended, what was proved counts more than how. */
function RunPage({repair, run, model, now}: Props): ReactNode {
	const {signs} = useContext(ThemeContext);
	const {end, steps, answered} = run;
	const comparisons = useMemo(() => compared(repair, model), [repair, model]);
	const rows = useMemo(
		() => (end === null ? (repair.before === null ? [] : liveRows(run, signs)) : endRows(comparisons ?? [], signs)),
		[end, repair.before, run, comparisons, signs],
	);
	const proof = <RunProof rows={rows} isFollowed={end === null && answered.length > 0} />;
	return (
		<>
			<Head {...run} now={now} />
			{end !== null && <Ended {...end} kind={run.kind} comparisons={comparisons} />}
			{end !== null && proof}
			<Box flexDirection="column" flexShrink={0} marginTop={1}>
				<RunSteps steps={steps} now={now} isFollowed={end === null && answered.length === 0} />
			</Box>
			{end === null && proof}
			{end !== null && (
				<>
					<Connections {...end} />
					{end.remaining.length > 0 && <Heading>Still to do</Heading>}
					<Points all={end.remaining} />
					<Heading>This run</Heading>
					<Labelled label={run.id}>{end.outcome}</Labelled>
				</>
			)}
		</>
	);
}

function Head({id, steps, since, end, isStopping, kind, now}: RunProgress & {readonly now: number}): ReactNode {
	const {signs} = useContext(ThemeContext);
	const over = steps.filter(isOver).length;
	const seconds = end?.seconds ?? Math.max(0, (now - since) / 1000);
	const what = end === null && kind === 'rollback' ? 'rolling back ' : '';
	const parts = [
		`${what}${id === '' ? 'new run' : id}`,
		`${over} of ${countText(steps.length, 'step')}`,
		secondsText(seconds),
		...(end === null && isStopping ? ['stopping after the current action'] : []),
	];
	return <Prose tone="muted">{parts.join(` ${signs.dot} `)}</Prose>;
}

type EndedProps = RunEnding & Pick<RunProgress, 'kind'> & {readonly comparisons: readonly Comparison[] | undefined};

/** How it ended, what was proved, and what can be done now. */
function Ended({outcome, past, message, hint, lines, seconds, kind, comparisons}: EndedProps): ReactNode {
	const {signs} = useContext(ThemeContext);
	const isWell = outcome === 'done' || outcome === 'rolled-back';
	const canUndo = past !== null && past.undo.length > 0;
	const [line] = lines;
	return (
		<Box flexDirection="column" flexShrink={0} marginTop={1}>
			{!isWell && message !== '' && (
				<Box flexDirection="column" flexShrink={0} marginBottom={1}>
					<Told message={message} hint={hint} />
				</Box>
			)}
			{line !== undefined && <Prose tone={isWell ? 'good' : 'plain'}>{isWell ? `${signs.good} ${line}` : line}</Prose>}
			{past !== null && !canUndo && outcome === 'interrupted' && <Prose tone="strong">Nothing was changed.</Prose>}
			<Headline seconds={seconds} kind={kind} comparisons={comparisons} />
			{canUndo && (
				<Prose tone={isWell ? 'muted' : 'strong'}>
					{isWell || outcome === 'incomplete'
						? 'b rolls it back; so does kubectl hostport rollback, from any machine.'
						: 'b rolls back. Otherwise the next repair resumes from here.'}
				</Prose>
			)}
		</Box>
	);
}

function Headline({comparisons, seconds, kind}: Pick<EndedProps, 'comparisons' | 'seconds' | 'kind'>): ReactNode {
	const {signs} = useContext(ThemeContext);
	if (comparisons === undefined) return <Prose tone="muted">reading the cluster again</Prose>;
	const {text, isGood} = proofHeadline(comparisons, seconds, signs);
	// Going back to what was broken is what a rollback is for.
	const [sign, tone] =
		kind === 'rollback' ? (['dot', 'strong'] as const) : isGood ? (['good', 'good'] as const) : (['bad', 'bad'] as const);
	return (
		<Signed sign={signs[sign]} tone={tone}>
			{text}
		</Signed>
	);
}

type LogProps = {readonly entries: RunProgress['log']; readonly columns: number; readonly rows: number};

const clockWidth = 10;

/** What has happened last, always in the same number of lines. */
function Log({entries, columns, rows}: LogProps): ReactNode {
	const height = rows >= 36 ? 9 : rows >= 30 ? 7 : rows >= 20 ? 4 : 2;
	const told = entries
		.slice(-height)
		.map(({at, text}) => wrap(text, textWidth(columns) - clockWidth).map((part, index) => [index === 0 ? clock(at) : '', part] as const));
	return (
		<>
			<Rule title="Log" columns={columns} />
			<Box flexDirection="column" flexShrink={0} height={height} paddingLeft={margin}>
				{newestOf(told, height).map(([time, text], index) => (
					<Row key={index}>
						<Toned tone="muted">{time.padEnd(clockWidth)}</Toned>
						{text}
					</Row>
				))}
			</Box>
		</>
	);
}

/** The newest entries that fit whole; of one that does not fit alone its beginning. */
function newestOf<Line>(entries: ReadonlyArray<readonly Line[]>, height: number): readonly Line[] {
	const first = entries.findIndex((_, index) => entries.slice(index).flat().length <= height);
	return first === -1 ? (entries.at(-1) ?? []).slice(0, height) : entries.slice(first).flat();
}

const two = (number: number): string => String(number).padStart(2, '0');

function clock(at: number): string {
	const date = new Date(at);
	return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
