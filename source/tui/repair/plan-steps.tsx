import {Box} from 'ink';
import {useMemo, type ReactNode} from 'react';
import type {Plan, Step as PlanStep} from '../../repair/plan/plan.ts';
import {Changes} from '../components/changes.tsx';
import {Heading} from '../components/heading.tsx';
import {LabelledTexts} from '../components/labelled-texts.tsx';
import {Points} from '../components/points.tsx';
import {Prose} from '../components/prose.tsx';
import {Told} from '../components/told.tsx';
import {pad} from '../text-width.ts';
import {listed} from '../../words.ts';
import {Doubts} from './doubts.tsx';
import {goOn} from './plan-head.tsx';
import {PlanRow, PlanRows, type Row} from './plan-rows.tsx';
import {stepGroups, titleOfAll} from './step-groups.ts';
import type {PreparedRepair} from './values.ts';
import {follow} from './wizard.ts';

/** Nodes with the same step are named up to so many. */
const mostNamed = 8;

/** The steps of a plan, each unfolded or not. */
export const stepRows = ({steps}: Plan, open: readonly string[]): readonly Row[] =>
	stepGroups(steps).map((group, index) => stepRow(group, index + 1, open));

/** Who has read to the end goes on from there. */
export const endRow: Row = goOn('end', 'Go on: type the name of the cluster');

function stepRow(steps: readonly PlanStep[], number: number, open: readonly string[]): Row {
	const key = `step ${steps[0]?.id ?? ''}`;
	const isOpen = open.includes(key);
	return {
		key,
		label: pad(`${number}`, 2),
		labelTone: 'accent',
		text: titleOfAll(steps),
		below: isOpen && <Unfolded steps={steps} />,
		word: isOpen ? 'fold' : 'unfold',
		act: ({screen, state}) => ({
			state: {...state, screen: {...screen, row: key, open: isOpen ? open.filter(each => each !== key) : [...open, key], offset: follow}},
		}),
	};
}

function Unfolded({steps}: {readonly steps: readonly PlanStep[]}): ReactNode {
	const more = steps.length - mostNamed;
	const {blastRadius = '', checkAfter = '', undo = ''} = steps[0] ?? {};
	const details = [
		['affects', blastRadius],
		['then', checkAfter],
		['undo', undo],
	] as const;
	return (
		<>
			{steps.slice(0, mostNamed).map(({id, preview}) => (
				<Prose key={id} indent={7}>
					{preview.text}
				</Prose>
			))}
			{more > 0 && <Prose indent={7} tone="muted">{`and the same on ${more} more`}</Prose>}
			<LabelledTexts rows={details} indent={7} labelWidth={7} />
		</>
	);
}

type Props = {readonly prepared: PreparedRepair; readonly steps: readonly Row[]; readonly current: string | undefined};

/** What would be done, in order, with what has to be known before yes is said. */
export function PreparedPlan({prepared: {plan, binaries, doubts, serverSays}, steps, current}: Props): ReactNode {
	const warnings = [...plan.warnings, ...binaries.flatMap(binary => binary.warnings)];
	const changes = useMemo(() => plan.steps.flatMap(({preview}) => preview.changes), [plan]);
	const skipped = [...Map.groupBy(plan.skipped, ({reason}) => reason)];
	return (
		<>
			{warnings.length > 0 && <Heading>{'  Warnings'}</Heading>}
			{warnings.map((warning, index) => (
				<Told key={index} {...warning} tone="doubtful" indent={2} />
			))}
			<Doubts all={doubts} />
			<PlanRows title="Steps, in this order" rows={steps} current={current} />
			{changes.length > 0 && <Heading>{'  Changes'}</Heading>}
			<Changes all={changes} indent={2} />
			<Listed title="Side effects" all={plan.sideEffects} />
			<Listed title="What the API server says" all={serverSays} />
			<Listed
				title="Skipped"
				all={skipped.map(
					([reason, nodes]) =>
						`${listed(
							nodes.map(({node}) => node),
							mostNamed,
						)}: ${reason}`,
				)}
			/>
			<Listed title="Still to do" all={plan.remaining} />
			{plan.steps.length > 0 && (
				<Box marginTop={1}>
					<PlanRow row={endRow} current={current} />
				</Box>
			)}
		</>
	);
}

function Listed({title, all}: {readonly title: string; readonly all: readonly string[]}): ReactNode {
	if (all.length === 0) return null;
	return (
		<>
			<Heading>{`  ${title}`}</Heading>
			<Points all={all} indent={2} />
		</>
	);
}
