import type {Severity} from '../../diagnosis/diagnosis.ts';
import {placeText, severityText, severityTone} from '../documents/finding-document.ts';
import {margin} from '../layout.ts';
import {lineText, span, spread, type Line} from '../line.ts';
import type {FindingRow} from '../model.ts';
import {pad} from '../text-width.ts';
import type {Signs} from '../theme.ts';

const widestSeverity: Severity = 'warning';

/** The findings in sight, one line each: severity, code, title, and how many nodes it is about at the right edge. */
export function findingLines(rows: readonly FindingRow[], cursor: number | null, width: number, signs: Signs): readonly Line[] {
	const codeWidth = Math.max(4, ...rows.map(({finding}) => finding.code.length));
	return rows.map(({finding: {severity, code, title, nodes}}, index) => {
		const isSelected = cursor === index;
		const left: Line = [
			span(pad(isSelected ? signs.cursor : '', margin)),
			span(pad(severityText(severity, signs), widestSeverity.length + 2), severityTone(severity)),
			span(`  ${pad(code, codeWidth)}  `, 'strong'),
			span(title),
		];
		const line = spread(left, [span(placeText(nodes), 'muted'), span(' '.repeat(margin))], width, signs.cut);
		return isSelected ? [span(lineText(line), 'selected')] : line;
	});
}
