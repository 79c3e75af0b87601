import type {Document} from './writing.ts';
import {bodyHeight, ruleLines} from './layout.ts';
import {clampOffset} from './list.ts';

/** The part of a text that is in sight: first line and number of lines. An offset below 0 follows the line that matters. */
export function placed({lines, foot = [], footTitle, focus = 0}: Document, offset: number, rows: number): {offset: number; height: number} {
	const height = Math.max(1, bodyHeight(rows) - foot.length - (footTitle === undefined ? 0 : ruleLines));
	// Two lines more, so that what comes next can be seen.
	const wanted = offset < 0 ? focus - height + 3 : offset;
	return {offset: clampOffset(wanted, lines.length, height), height};
}
