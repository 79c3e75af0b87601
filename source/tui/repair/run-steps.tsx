import {Box} from 'ink';
import {useContext, type ReactNode} from 'react';
import type {StepState} from '../../repair/journal.ts';
import {Prose} from '../components/prose.tsx';
import {Toned} from '../components/toned.tsx';
import {WidthContext} from '../components/width.ts';
import {SightContext} from '../page.ts';
import {widthOf} from '../text-width.ts';
import {ThemeContext, type Signs, type Tone} from '../theme.ts';
import {stepGroups, titleOfAll} from './step-groups.ts';
import {stepWords, type StepProgress} from './values.ts';

/** Nodes of one step that have a line of their own. */
const mostLines = 8;
/** Columns of sign and word, and what lies between them and the title. */
const wordWidth = 14;
const timeGap = 2;
/** Further away from its step a time is hard to find. */
const widestStep = 100;

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

type Props = {
	readonly steps: readonly StepProgress[];
	/** Milliseconds of `Date.now()`, for the step that goes on. */
	readonly now?: number;
	/** Keeps the step that was begun last in sight. */
	readonly isFollowed?: boolean;
};

/** Every step of a run with its state and time. */
export function RunSteps({steps, now = 0, isFollowed = false}: Props): ReactNode {
	const {focus} = useContext(SightContext);
	const groups = stepGroups(steps).map(group => ({group, state: stateOf(group)}));
	const last = isFollowed ? groups.findLastIndex(({state}) => state !== 'pending') : -1;
	return groups.map(({group, state}, index) => (
		<Box key={group[0]?.id ?? index} ref={index === last ? focus : undefined} flexDirection="column" flexShrink={0}>
			<Group steps={group} state={state} now={now} />
		</Box>
	));
}

type GroupProps = {readonly steps: readonly StepProgress[]; readonly state: StepState; readonly now: number};

function Group({steps, state, now}: GroupProps): ReactNode {
	const [first] = steps;
	if (first === undefined) return null;
	if (steps.length === 1) return <Step {...first} now={now} />;
	const over = steps.filter(isOver).length;
	const begun = steps.filter(({since}) => since > 0);
	const whole: StepProgress = {
		...first,
		title: `${titleOfAll(steps)}${over > 0 && over < steps.length ? `, ${over} ready` : ''}`,
		state,
		says: state === 'left' ? 'it stays: it does no harm, and pods started with it need it to stop' : '',
		isCutOff: state === 'failed' && steps.every(step => step.state !== 'failed' || step.isCutOff === true),
		since: Math.min(...begun.map(({since}) => since)),
		seconds: Math.max(0, ...steps.map(({seconds}) => seconds)),
	};
	// Nodes that are well need no line once all of them are.
	const shown =
		over === steps.length ? [] : steps.length <= mostLines ? steps : steps.filter(step => order.includes(step.state)).slice(0, mostLines);
	return (
		<>
			<Step {...whole} now={now} />
			{shown.map(step => (
				<Step key={step.id} {...step} title={step.node} now={now} indent={2} />
			))}
		</>
	);
}

function Step({
	state,
	title,
	since,
	seconds,
	says,
	isCutOff: isStopped = false,
	now,
	indent = 0,
}: StepProgress & {readonly now: number; readonly indent?: number}): ReactNode {
	const {signs} = useContext(ThemeContext);
	const width = Math.min(useContext(WidthContext), widestStep);
	const [sign, tone] = isStopped ? (['doubtful', 'doubtful'] as const) : looks[state];
	const isUnderWay = state === 'started' || state === 'undoing';
	const time = state === 'pending' ? '' : secondsText(isUnderWay ? Math.max(seconds, (now - since) / 1000) : seconds);
	const isTold = !isStopped && (isUnderWay || state === 'failed' || state === 'undo-failed' || state === 'left');
	return (
		<>
			<Box flexShrink={0} width={width} paddingLeft={indent}>
				<Box width={wordWidth} flexShrink={0}>
					<Toned tone={tone}>{`${signs[sign]} ${isStopped ? 'stopped' : stepWords[state]}`}</Toned>
				</Box>
				<Box flexGrow={1}>
					<WidthContext value={width - indent - wordWidth - widthOf(time) - timeGap}>
						<Prose tone={state === 'pending' ? 'muted' : 'plain'}>{title}</Prose>
					</WidthContext>
				</Box>
				<Toned tone="muted">{time}</Toned>
			</Box>
			{/* What a step waits for may be long and changes soon; why one failed is told in full. */}
			{isTold && says !== '' && (
				<Box flexShrink={0} maxHeight={isUnderWay ? 2 : undefined} overflow="hidden">
					<Prose indent={indent + wordWidth} tone={isUnderWay ? 'muted' : 'plain'}>
						{says}
					</Prose>
				</Box>
			)}
		</>
	);
}

/** `1.6 s`, `12 s`, `3 min 05 s`. */
export function secondsText(seconds: number): string {
	if (seconds < 10) return `${seconds.toFixed(1)} s`;
	const whole = Math.floor(seconds);
	return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}
