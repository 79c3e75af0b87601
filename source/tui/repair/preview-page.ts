import {unifiedDiff} from '../../output/unified-diff.ts';
import type {Plan, Step} from '../../repair/plan/plan.ts';
import {diffText} from '../screens/diff.ts';
import {countText, heading, labelled, paragraph, type Document} from '../writing.ts';
import {span, type Line} from '../line.ts';
import type {View} from '../state.ts';
import type {Signs} from '../theme.ts';
import {binaryLines} from './binary-page.ts';
import {doubtLines, points, problemLines, refusalLines, warningLines} from './page-parts.ts';
import type {RepairScreen} from './pages.ts';
import {preparedFor, problemFor} from './screens.ts';
import type {PreparedRepair, Repair} from './values.ts';

/** Nodes with the same step are named up to so many. */
const mostNamed = 8;
const labelWidth = 7;

/** Fourth page: every change before it is made. What can go wrong comes first, what is left for the person last. */
export function previewPage(
	screen: Extract<RepairScreen, {name: 'repairPreview'}>,
	repair: Repair,
	{signs, model}: View,
	width: number,
): Omit<Document, 'title'> {
	const prepared = preparedFor(repair, screen.strategy, screen.source);
	const problem = problemFor(repair, 'prepare', screen.source);
	if (problem !== null) return {lines: problemLines(problem, width, signs)};
	if (prepared === null)
		return {
			lines: paragraph(model.snapshot.phase === null ? 'not known' : 'asking the API server what it would say', width, 0, 'muted'),
		};
	const {plan} = prepared;
	if (plan.refusals.length > 0) return {lines: refusalLines(plan.refusals, width, signs, 0)};
	return {
		lines: [
			...paragraph(summaryOfPlan(plan), width, 0, 'strong'),
			...warningSection(prepared, width, signs),
			...doubtLines(prepared.doubts, width, signs),
			...(prepared.binaries.length === 0
				? []
				: [...heading('Binary'), ...prepared.binaries.flatMap(binary => binaryLines({...binary, warnings: []}, width, signs))]),
			...heading(`Steps, in this order`),
			...stepGroups(plan.steps).flatMap((steps, index) => [...(index === 0 ? [] : [[]]), ...groupLines(steps, index + 1, width)]),
			...section('What the API server says', prepared.serverSays, width, signs),
			...section(
				'Passed by',
				plan.skipped.map(({node, reason}) => `${node}: ${reason}`),
				width,
				signs,
			),
			...section('Left for you', plan.remaining, width, signs),
		],
	};
}

/** The plan in one sentence: `portmap: puts portmap on 3 nodes, changes cilium-config, restarts the agents.` */
export const summaryOfPlan = ({summary}: Plan): string => summary || 'Nothing to repair: only the last steps of the run.';

function warningSection({plan, binaries}: PreparedRepair, width: number, signs: Signs): readonly Line[] {
	const warnings = [...plan.warnings, ...binaries.flatMap(binary => binary.warnings)];
	return warnings.length === 0 ? [] : [...heading('Before you say yes'), ...warningLines(warnings, width, signs)];
}

/** Steps of one kind that are the same but for the node stand together. */
export function stepGroups<Of extends Pick<Step, 'kind' | 'node'>>(steps: readonly Of[]): readonly Of[][] {
	const groups: Of[][] = [];
	for (const step of steps) {
		const last = groups.at(-1);
		if (step.node !== '' && last?.[0]?.kind === step.kind) last.push(step);
		else groups.push([step]);
	}

	return groups;
}

/** `put portmap on 3 nodes` for one step on each of them. */
export function titleOfAll(steps: ReadonlyArray<Pick<Step, 'title' | 'node'>>): string {
	const {title = '', node = ''} = steps[0] ?? {};
	return steps.length < 2 ? title : title.replace(node, countText(steps.length, 'node'));
}

function groupLines(steps: readonly Step[], number: number, width: number): readonly Line[] {
	const [first] = steps;
	if (first === undefined) return [];
	const title = titleOfAll(steps);
	const named = steps.slice(0, mostNamed);
	const more = steps.length - named.length;
	return [
		...labelled(`${number}`, title, width, {labelWidth: 2, tone: 'strong', labelTone: 'accent'}),
		...named.flatMap(({preview}) => [
			...paragraph(preview.text, width, 4),
			...preview.changes.flatMap(change => diffText(unifiedDiff(change), width - 4).map(line => [span('    '), ...line])),
		]),
		...(more > 0 ? paragraph(`and the same on ${more} more`, width, 4, 'muted') : []),
		...labelled('touches', first.blastRadius, width, {indent: 4, labelWidth}),
		...labelled('then', first.checkAfter, width, {indent: 4, labelWidth}),
		...labelled('undo', first.undo, width, {indent: 4, labelWidth}),
	];
}

function section(title: string, texts: readonly string[], width: number, signs: Signs): readonly Line[] {
	return texts.length === 0 ? [] : [...heading(title), ...points(texts, width, signs, 0)];
}
