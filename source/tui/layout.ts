/** How the lines of the terminal are shared out. Reducer and components ask the same functions, so a page is what is seen. */
export const minimumColumns = 40;
export const minimumRows = 10;

const headerLines = 2;
const footerLines = 1;
/** Rule with the title of a section. */
const ruleLines = 1;
const tableHeadLines = 1;

/** Columns left and right of everything; the cursor's sign stands in the left one. */
export const margin = 2;

export function isTooSmall(columns: number, rows: number): boolean {
	return columns < minimumColumns || rows < minimumRows;
}

/** Blank lines between the sections, where there is room for them. */
export function gapLines(rows: number): number {
	return rows >= 30 ? 1 : 0;
}

/** Lines of the findings strip and of the node table on the overview. */
export function overviewLayout(rows: number, findings: number): {strip: number; nodes: number} {
	const most = rows >= 36 ? 8 : rows >= 24 ? 4 : rows >= 16 ? 2 : 1;
	const strip = Math.max(1, Math.min(findings, most));
	const gaps = 2 * gapLines(rows);
	return {strip, nodes: Math.max(1, rows - headerLines - 2 * ruleLines - tableHeadLines - footerLines - gaps - strip)};
}

/** Lines below the title of a screen that shows one thing. */
export function bodyHeight(rows: number): number {
	return Math.max(1, rows - headerLines - ruleLines - footerLines - gapLines(rows));
}

export function tableHeight(rows: number): number {
	return Math.max(1, bodyHeight(rows) - tableHeadLines);
}

/** Columns for text. */
export function textWidth(columns: number): number {
	return Math.max(1, columns - 2 * margin);
}
