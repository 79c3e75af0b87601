import {TemplateError} from './json-path/template-error.ts';

/** Which list of a document has the rows that some paths are meant for, and the paths within a row of it. */
export type RowPaths = {readonly list: string | undefined; readonly paths: readonly string[]};

/**
 * Rows are the items of a list that every path begins with (`.nodes[*].name`). Paths without one are meant for `items`, as in kubectl, and for
 * the document itself where it has none.
 */
export function rowPaths(paths: readonly string[]): RowPaths {
	const parts = paths.map(path => /^\s*\{?\$?\.?([A-Za-z]+)\[\*\]\.?(.*?)\}?\s*$/su.exec(path));
	const list = parts[0]?.[1];
	if (list === undefined || parts.some(part => part?.[1] !== list)) return {list: undefined, paths};
	return {list, paths: parts.map(part => (part?.[2] === '' ? '{@}' : `{.${part?.[2] ?? ''}}`))};
}

/** The rows of a document. @throws TemplateError where it has no such list */
export function rowsOf(document: object, list: string | undefined): readonly unknown[] {
	const lists = Object.entries(document).filter((entry): entry is [string, unknown[]] => Array.isArray(entry[1]));
	const [, rows] = lists.find(([name]) => name === (list ?? 'items')) ?? [];
	if (rows !== undefined) return rows;
	if (list === undefined) return [document];
	throw new TemplateError(`there is no list "${list}" here; there are: ${lists.map(([name]) => name).join(', ')}`);
}
