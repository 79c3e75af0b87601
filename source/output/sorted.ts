import {rowPaths, rowsOf} from './document-rows.ts';
import {jsonPath} from './json-path/template.ts';
import {TemplateError} from './json-path/template-error.ts';
import {cellText} from './json-path/value-text.ts';

const collator = new Intl.Collator('en', {numeric: true});

/**
 * kubectl's `--sort-by`: the document with the rows of one of its lists in the order of a field, `node-2` before `node-10`, and first what has no
 * such field. @throws TemplateError for a path that cannot be read
 */
export function sortedBy(typed: string): <Sorted extends object>(document: Sorted) => Sorted {
	const {list, paths} = rowPaths([typed]);
	const fieldOf = jsonPath(paths[0] ?? '');
	return document => {
		const rows = rowsOf(document, list).map(row => ({row, field: fieldOf(row)[0]}));
		if (rows.length > 0 && rows.every(({field}) => field === undefined))
			throw new TemplateError(`couldn't find any field with path "${typed}" in the list of objects`);
		const sorted = rows.sort((one, other) => compared(one.field, other.field)).map(({row}) => row);
		return rowsOf(document, list)[0] === document ? document : {...document, [list ?? 'items']: sorted};
	};
}

function compared(one: unknown, other: unknown): number {
	if (one === undefined || other === undefined) return Number(one !== undefined) - Number(other !== undefined);
	if (typeof one === 'number' && typeof other === 'number') return one - other;
	return collator.compare(cellText(one), cellText(other));
}
