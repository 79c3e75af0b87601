import {useContext, type ReactNode} from 'react';
import {Prose} from '../components/prose.tsx';
import {Signed} from '../components/signed.tsx';
import {Told} from '../components/told.tsx';
import type {Finding} from '../../diagnosis/diagnosis.ts';
import type {Model} from '../model.ts';
import {push} from '../screens/screen.ts';
import {severitySign, severityTone} from '../severity.ts';
import {ThemeContext} from '../theme.ts';
import {countText, timeText} from '../writing.ts';
import {Refusals} from './plan-choices.tsx';
import {PlanRow, type Row} from './plan-rows.tsx';
import type {Repair} from './values.ts';
import {ask, follow, isNothing, preparedOf, problemFor} from './wizard.ts';

/** The row that asks for the same once more, after it failed. */
export const tryAgain = (act: Parameters<typeof ask>[0]): Row => ({
	key: 'go',
	label: '',
	text: 'Try again',
	tone: 'strong',
	word: 'try again',
	act: ({state}) => ({state, intent: ask(act)}),
});

/** A row that goes on to the page on which the name of the cluster is typed. */
export const goOn = (key: string, text: string): Row => ({
	key,
	label: '',
	text,
	tone: 'strong',
	word: 'go on',
	act: ({state}) => ({state: push(state, {name: 'name', offset: follow, text: null, isWrong: false})}),
});

/** What Enter does first: go on, or ask again for what failed; undefined where neither is possible. */
export function goRow(repair: Repair): Row | undefined {
	const {chosen: choice, unfinished} = repair;
	if (choice === null || isNothing(repair)) return undefined;
	if (problemFor(repair, 'prepare', choice.source) !== null) return tryAgain({do: 'prepare', ...choice});
	const ready = preparedOf(repair)?.plan;
	// An unfinished run is resumed also where nothing is left to do: its end is written then.
	if (ready === undefined || ready.refusals.length > 0 || (ready.steps.length === 0 && unfinished === null)) return undefined;
	const what = ready.summary === '' ? 'only the last steps of the run remain' : ready.summary;
	return goOn('go', `${unfinished === null ? 'Repair' : 'Resume'}  ${what}`);
}

type Props = {readonly repair: Repair; readonly model: Model; readonly current: string | undefined};

/** The cause, and whether it can be repaired or a run resumed. */
export function PlanHead({repair, model, current}: Props): ReactNode {
	const {unfinished} = repair;
	const cause = model.findings.find(({finding}) => finding.severity !== 'info')?.finding;
	if (isNothing(repair))
		return (
			<>
				<Nothing />
				{cause !== undefined && (
					<>
						<Prose indent={2} tone="muted">
							Not repaired by fix:
						</Prose>
						<Cause {...cause} />
					</>
				)}
			</>
		);
	return (
		<>
			{unfinished === null ? cause !== undefined && <Cause {...cause} /> : <Unfinished {...unfinished} />}
			<Going repair={repair} isAsking={model.snapshot.phase !== null} current={current} />
		</>
	);
}

function Cause({severity, code, title}: Finding): ReactNode {
	const {signs} = useContext(ThemeContext);
	return (
		<Signed sign={severitySign(severity, signs)} tone={severityTone(severity)} indent={2}>
			{`${code}  ${title}`}
		</Signed>
	);
}

function Nothing(): ReactNode {
	return (
		<Prose indent={2} tone="good">
			Nothing to repair
		</Prose>
	);
}

type GoingProps = Omit<Props, 'model'> & {readonly isAsking: boolean};

function Going({repair, isAsking, current}: GoingProps): ReactNode {
	if (repair.chosen === null) return <Missing {...repair} />;
	const problem = problemFor(repair, 'prepare', repair.chosen.source);
	const ready = preparedOf(repair)?.plan;
	const row = goRow(repair);
	if (problem === null && ready === undefined)
		return (
			<Prose indent={2} tone="muted">
				{isAsking ? 'checking rights, sources and what the API server says' : 'not checked'}
			</Prose>
		);
	return (
		<>
			{problem !== null && <Told {...problem} />}
			{problem === null && ready !== undefined && <Refusals all={ready.refusals} indent={2} />}
			{row === undefined ? ready?.refusals.length === 0 && <Nothing /> : <PlanRow row={row} current={current} />}
			{problem === null && row !== undefined && repair.marked !== '' && (
				<Prose indent={2} tone="accent">
					{repair.marked}
				</Prose>
			)}
		</>
	);
}

/** A source that is missing is said before the plan. */
function Missing({plans}: Repair): ReactNode {
	const {signs} = useContext(ThemeContext);
	const steps = plans?.portmap.steps.filter(({node, binaries}) => node !== '' && binaries.length > 0) ?? [];
	const what =
		steps.length === 0 ? 'The DaemonSet contains portmap.' : `${countText(steps.length, 'node has', 'nodes have')} no working portmap.`;
	return (
		<Signed sign={signs.doubtful} tone="doubtful" indent={2}>
			{`${what} Choose where to get it:`}
		</Signed>
	);
}

/** A run that has to be ended first, resumed or rolled back. */
function Unfinished({id, outcome, strategy, startedAt, by, done, total}: NonNullable<Repair['unfinished']>): ReactNode {
	const when = timeText(Date.parse(startedAt) / 1000);
	return (
		<Told
			tone="doubtful"
			indent={2}
			message={`The run ${id} is unfinished (${outcome}): ${strategy}, ${done} of ${countText(total, 'step')} done`}
			hint={`started ${when} by ${by}. Resume it, or roll it back (b); no other repair starts before that.`}
		/>
	);
}
