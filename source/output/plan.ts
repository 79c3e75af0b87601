import type {Plan, Step} from '../repair/plan/plan.ts';
import type {LoadedBinary} from '../session/prepare-run.ts';
import {colouredDiff, unifiedDiff} from './unified-diff.ts';

/** Nodes with the same step are shown in one line beyond so many. */
const mostAlike = 8;

/** What a plan does, what it touches and what it leaves to the person: everything that has to be read before saying yes. */
export function planText(plan: Plan, colour: boolean): string {
	const chosen = plan.options.find(({strategy}) => strategy === plan.choice.strategy);
	return [
		`Strategy: ${plan.choice.strategy}${chosen?.reason ? ` (recommended). ${chosen.reason}` : ''}`,
		...section(
			'Side effects',
			plan.sideEffects.map(effect => `- ${effect}`),
		),
		...section(
			'Warnings',
			plan.warnings.map(({message, hint}) => `! ${message}\n    ${hint}`),
		),
		'',
		'Steps',
		...[...Map.groupBy(plan.steps, ({kind}) => kind).values()].flatMap(steps => stepLines(steps, colour)),
		...section(
			'Skipped',
			plan.skipped.map(({node, reason}) => `${node}: ${reason}`),
		),
		...section(
			'Still to do',
			plan.remaining.map(line => `- ${line}`),
		),
		'',
	].join('\n');
}

/** Why there is no plan. */
export function refusalText(plan: Plan): string {
	const chosen = plan.options.find(({strategy}) => strategy === plan.choice.strategy);
	// What was asked for besides the way is refused by the other way too.
	const others = chosen?.possible === true ? [] : plan.options.filter(({possible}) => possible).map(({strategy}) => strategy);
	return [
		...plan.refusals.map(({code, message, hint}) => `${code === '' ? '' : `${code}: `}${message}\n  ${hint}`),
		...(others.length > 0 ? [`Possible here: --strategy ${others.join(' or ')}`] : []),
		'',
	].join('\n');
}

/** A binary that was read and checked, and what is to be known of it. */
export function binaryText({portmap: {version, architecture, origin, sha256}, warnings}: LoadedBinary): string {
	return [
		`portmap${version === '' ? '' : ` ${version}`} for ${architecture} from ${origin}, sha256 ${sha256}\n`,
		...warnings.map(({message, hint}) => `! ${message}\n${hint === '' ? '' : `  ${hint}\n`}`),
	].join('');
}

function section(title: string, lines: readonly string[]): string[] {
	return lines.length === 0 ? [] : ['', title, ...lines.map(line => `  ${line}`)];
}

function stepLines(steps: readonly Step[], colour: boolean): string[] {
	const shown = steps.slice(0, mostAlike);
	const more = steps.length - shown.length;
	return [
		...shown.flatMap(({title, preview, blastRadius, undo}) => [
			`  ${title}`,
			`      ${preview.text}`,
			...preview.changes.flatMap(change => diffLinesOf(unifiedDiff(change), colour)),
			`      affects: ${blastRadius}`,
			`      undo: ${undo}`,
		]),
		...(more > 0
			? [
					`  … and the same ${more} more times: ${steps
						.slice(mostAlike, mostAlike + 20)
						.map(({node, id}) => node || id)
						.join(', ')}${more > 20 ? ', …' : ''}`,
				]
			: []),
	];
}

function diffLinesOf(diff: string, colour: boolean): string[] {
	return (colour ? colouredDiff(diff) : diff)
		.trimEnd()
		.split('\n')
		.map(line => `      ${line}`);
}
