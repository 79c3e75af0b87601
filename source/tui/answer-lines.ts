import type {Finding, Proof} from '../diagnosis/diagnosis.ts';
import {placeText, severitySign, severityTone} from './severity.ts';
import {labelled} from './writing.ts';
import {margin} from './layout.ts';
import {cutLine, lineText, span, spread, type Line} from './line.ts';
import {windowOf, type ListState} from './list.ts';
import type {FindingRow, Model} from './model.ts';
import {cutMiddle, pad, widthOf, wrap} from './text-width.ts';
import type {Signs} from './theme.ts';

type AnswerOptions = {
	readonly list: ListState;
	/** Whether the keys go to the findings. */
	readonly isActive: boolean;
	readonly canRepair: boolean;
	/** Lines there may be at most. */
	readonly height: number;
	readonly width: number;
	readonly signs: Signs;
};

/** Lines of proof on the first page: the deciding ones stand first, and the finding's own page has all. */
const mostProof = 8;
/** Part of the width that the place of a proof may take: `configmap kube-system/cilium-config` stands whole at 80 columns. */
const widestPlace = 0.46;
/** Findings beside the one that is unfolded. */
const mostOthers = 5;

/**
 * What is wrong, before anything else: the finding under the cursor (the worst, until somebody moves) with its whole title, as much of its proof
 * as there is room for, and what repairs it; the others one line each.
 */
export function answerLines({findings, nodes, snapshot}: Model, options: AnswerOptions): readonly Line[] {
	const {list, isActive, height, width, signs} = options;
	if (findings.length === 0) {
		const text =
			snapshot.diagnosis !== null
				? 'no finding'
				: snapshot.phase === null
					? 'not known'
					: nodes.length === 0
						? 'waiting for the list of nodes'
						: 'no answer yet';
		return [[span(' '.repeat(margin)), span(text, 'muted')]];
	}

	const shown = Math.min(findings.length, 1 + Math.min(mostOthers, Math.floor(height / 4)));
	const {cursor, offset} = windowOf(list, findings, shown);
	const rows = findings.slice(offset, offset + shown);
	const codeWidth = Math.max(...rows.map(({finding}) => widthOf(finding.code)));
	const hidden = findings.length - shown;
	const more: readonly Line[] =
		hidden === 0 ? [] : [[span(' '.repeat(margin)), span(`and ${hidden} more ${hidden === 1 ? 'finding' : 'findings'}: tab`, 'muted')]];
	const room = height - (rows.length - 1) - more.length;
	const lines = rows.flatMap((row, index) =>
		offset + index === cursor
			? unfolded(row, snapshot.repairAhead, {...options, codeWidth, height: room})
			: [folded(row.finding, codeWidth, width, signs)],
	);
	const all = [...lines, ...more];
	return isActive ? all.map((line, index) => (index === cursor - offset ? [span(pad(lineText(line), width), 'selected')] : line)) : all;
}

type Unfolding = AnswerOptions & {readonly codeWidth: number};

function unfolded({finding}: FindingRow, repairAhead: string | null, options: Unfolding): readonly Line[] {
	const {width, height, signs, codeWidth, isActive} = options;
	const {severity, code, title, because} = finding;
	const sign = isActive ? signs.cursor : ' ';
	const indent = margin + 2 + codeWidth + 2;
	const heading = wrap(title, width - indent - margin).map((line, index): Line => [
		...(index === 0
			? [
					span(pad(sign, margin)),
					span(`${severitySign(severity, signs)} `, severityTone(severity)),
					span(`${pad(code, codeWidth)}  `, 'strong'),
				]
			: [span(' '.repeat(indent))]),
		span(line, 'strong'),
	]);
	const remedy = remedyLines(finding, repairAhead, options);
	const proof = proofLines(because, width, Math.max(0, Math.min(mostProof, height - heading.length - remedy.length)), signs);
	return [...heading, ...proof, ...remedy].slice(0, Math.max(1, height));
}

/** The whole lines of proof that there is room for; what stands at one place is said once. */
function proofLines(because: readonly Proof[], width: number, height: number, signs: Signs): readonly Line[] {
	const indent = 2 * margin;
	const placeWidth = Math.min(Math.max(0, ...because.map(({source}) => widthOf(source))), Math.floor(width * widestPlace));
	const lines: Line[] = [];
	for (const [index, {source, says}] of because.entries()) {
		const place = because[index - 1]?.source === source ? '' : cutMiddle(source, placeWidth, signs.cut);
		const next = labelled(place, says, width - margin, {indent, labelWidth: placeWidth});
		if (lines.length + next.length > height) break;
		lines.push(...next);
	}

	return lines;
}

/** What the key does that repairs it, in one line; else what the finding advises, over as many as need be. */
function remedyLines({repairable, remedy}: Finding, repairAhead: string | null, {width, canRepair, height}: Unfolding): readonly Line[] {
	const ahead = repairable && canRepair ? (repairAhead ?? '') : '';
	if (ahead !== '') return labelled('F', `repair by ${ahead}`, width - margin, {indent: 2 * margin, labelTone: 'accent'});
	if (remedy === '') return [];
	const lines = labelled('fix', remedy, width - margin, {indent: 2 * margin, labelTone: 'accent'});
	return lines.length <= Math.max(2, height - 6) ? lines : lines.slice(0, 2);
}

function folded({severity, code, title, nodes}: Finding, codeWidth: number, width: number, signs: Signs): Line {
	const left: Line = [
		span(' '.repeat(margin)),
		span(`${severitySign(severity, signs)} `, severityTone(severity)),
		span(`${pad(code, codeWidth)}  `, 'strong'),
		span(title),
	];
	return cutLine(spread(left, [span(placeText(nodes), 'muted'), span(' '.repeat(margin))], width, signs.cut), width, signs.cut);
}
