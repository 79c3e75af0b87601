import type {Plan, Step} from '../repair/plan/plan.ts';
import type {LoadedBinary} from '../session/prepare-run.ts';
import {hanging} from './hanging.ts';
import type {Layout} from './rendering.ts';
import {colouredDiff, unifiedDiff} from './unified-diff.ts';

/** Nodes with the same step are shown in one line beyond so many. */
const mostAlike = 8;

type Width = Layout['width'];

/**
 * What a plan does, what it touches and what it leaves to the person: everything that has to be read before saying yes. Lines of a diff are
 * never broken.
 */
export function planText(plan: Plan, {colour, width}: {readonly colour: boolean; readonly width?: Width}): string {
	const chosen = plan.options.find(({strategy}) => strategy === plan.choice.strategy);
	return [
		hanging('', `Strategy: ${plan.choice.strategy}${chosen?.reason ? ` (recommended). ${chosen.reason}` : ''}`, width),
		...section(
			'Side effects',
			plan.sideEffects.map(effect => hanging('  - ', effect, width)),
		),
		...section(
			'Warnings',
			plan.warnings.map(({message, hint}) => hanging('  ! ', message, width) + hanging('    ', hint, width)),
		),
		'\nSteps\n',
		...[...Map.groupBy(plan.steps, ({kind}) => kind).values()].flatMap(steps => stepTexts(steps, {colour, width})),
		...section(
			'Skipped',
			plan.skipped.map(({node, reason}) => hanging(`  ${node}: `, reason, width)),
		),
		...section(
			'Still to do',
			plan.remaining.map(line => hanging('  - ', line, width)),
		),
	].join('');
}

/** Why there is no plan. */
export function refusalText(plan: Plan, width?: Width): string {
	const chosen = plan.options.find(({strategy}) => strategy === plan.choice.strategy);
	// What was asked for besides the way is refused by the other way too.
	const others = chosen?.possible === true ? [] : plan.options.filter(({possible}) => possible).map(({strategy}) => strategy);
	return [
		...plan.refusals.map(({code, message, hint}) => hanging(code === '' ? '' : `${code}: `, message, width) + hanging('  ', hint, width)),
		...(others.length > 0 ? [`Possible here: --strategy ${others.join(' or ')}\n`] : []),
	].join('');
}

/** A binary that was read and checked, and what is to be known of it. */
export function binaryText({portmap: {version, architecture, origin, sha256}, warnings}: LoadedBinary, width?: Width): string {
	return [
		hanging('', `portmap${version === '' ? '' : ` ${version}`} for ${architecture} from ${origin}, sha256 ${sha256}`, width),
		...warnings.map(({message, hint}) => hanging('! ', message, width) + (hint === '' ? '' : hanging('  ', hint, width))),
	].join('');
}

function section(title: string, lines: readonly string[]): string[] {
	return lines.length === 0 ? [] : [`\n${title}\n`, ...lines];
}

function stepTexts(steps: readonly Step[], {colour, width}: {readonly colour: boolean; readonly width: Width}): string[] {
	const shown = steps.slice(0, mostAlike);
	const more = steps.length - shown.length;
	return [
		...shown.flatMap(({title, preview, blastRadius, undo}) => [
			hanging('  ', title, width),
			...(preview.text === title ? [] : [hanging('      ', preview.text, width)]),
			...preview.changes.flatMap(change => diffLinesOf(unifiedDiff(change), colour)),
			// A journal does not tell what a step that is resumed affects.
			...(blastRadius === '' ? [] : [hanging('      affects: ', blastRadius, width)]),
			hanging('      undo: ', undo, width),
		]),
		...(more > 0
			? [
					hanging(
						`  … and the same ${more} more times: `,
						`${steps
							.slice(mostAlike, mostAlike + 20)
							.map(({node, id}) => node || id)
							.join(', ')}${more > 20 ? ', …' : ''}`,
						width,
					),
				]
			: []),
	];
}

function diffLinesOf(diff: string, colour: boolean): string[] {
	return (colour ? colouredDiff(diff) : diff)
		.trimEnd()
		.split('\n')
		.map(line => `      ${line}\n`);
}
