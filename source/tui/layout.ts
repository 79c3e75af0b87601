/** How the lines of the terminal are shared out. Reducer and components ask the same functions, so a page is what is seen. */
export const minimumColumns = 40;
/** Rows that the screens need. */
export const minimumRows = 10;

/** Lines of the header. */
export const headerLines = 2;
/** Lines of the footer. */
export const footerLines = 1;
/** Rule with the title of a section. */
export const ruleLines = 1;
/** Lines of a table's head. */
export const tableHeadLines = 1;

/** Columns left and right of everything; the cursor's sign stands in the left one. */
export const margin = 2;

/** Whether the terminal is too small for any screen. */
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

/** Rows of a table that fit. */
export function tableHeight(rows: number): number {
	return Math.max(1, bodyHeight(rows) - tableHeadLines);
}

/** Columns for text. */
export function textWidth(columns: number): number {
	return Math.max(1, columns - 2 * margin);
}
