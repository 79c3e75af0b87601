/** How the lines of the terminal are shared out. Reducer and components ask the same functions, so a page is what is seen. */
export const minimumColumns = 40;
export const minimumRows = 10;

export const headerLines = 2;
export const footerLines = 1;
/** Rule with the title of a section. */
export const ruleLines = 1;
export const tableHeadLines = 1;

/** Columns left and right of everything; the cursor's sign stands in the left one. */
export const margin = 2;

export function isTooSmall(columns: number, rows: number): boolean {
	return columns < minimumColumns || rows < minimumRows;
}

/** Blank lines between the sections, where there is room for them. */
export function gapLines(rows: number): number {
	return rows >= 30 ? 1 : 0;
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
