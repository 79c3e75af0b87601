import stringWidth from 'string-width';
import type {Finding, Severity} from '../diagnosis/diagnosis.ts';
import {count} from '../words.ts';
import {hanging} from './hanging.ts';
import {paint, type Tone} from './paint.ts';

const tones: Readonly<Record<Severity, Tone>> = {error: 'bad', warning: 'doubtful', info: 'quiet'};

/** Of a terminal's columns so many at most for what a line of proof was read from. */
const sourcesShare = 0.4;

type Layout = {readonly colour: boolean; readonly width?: number | undefined};

/**
 * A finding for people: what it is, what proves it in two columns, what to do.
 * @param layout `width`: columns of the terminal, whose lines break between words; undefined where no line is to be broken
 */
export function findingText(finding: Finding, layout: Layout): string {
	const {remedy, repairable, severity} = finding;
	const byHand = repairable || severity === 'info' ? '' : ' (not repaired by this program)';
	const advice = hanging('  Fix: ', `${remedy}${byHand}`, layout.width).replace('Fix:', paint('Fix:', 'strong', layout.colour));
	return `${causeText(finding, layout)}${advice}`;
}

/** The same without what to do, for whoever is about to do it. */
export function causeText({code, severity, title, nodes, hostPorts, because}: Finding, {colour, width}: Layout): string {
	const counts = [nodes.length > 0 ? [count(nodes.length, 'node')] : [], hostPorts.length > 0 ? [count(hostPorts.length, 'hostPort')] : []];
	const scope = counts.flat().join(', ');
	const name = `${code} ${severity}`;
	const head = hanging(`${name}  `, `${title}${scope === '' ? '' : ` (${scope})`}`, width).replace(
		name,
		paint(name, tones[severity], colour),
	);
	return `${head}${proofLines(because, width)}`;
}

/** A source that is too long for its column has a line of its own. */
function proofLines(because: Finding['because'], width: number | undefined): string {
	const limit = width === undefined ? Infinity : Math.floor(width * sourcesShare);
	const widths = because.map(({source}) => stringWidth(source));
	const column = Math.max(0, ...widths.filter(each => each <= limit));
	return because
		.map(({source, says}, index) => {
			const own = widths[index] ?? 0;
			const shown = says.replaceAll('\n', ' ');
			if (own > column) return `  ${source}\n${hanging(' '.repeat(column + 4), shown, width)}`;
			return hanging(`  ${source}${' '.repeat(column - own)}  `, shown, width);
		})
		.join('');
}
