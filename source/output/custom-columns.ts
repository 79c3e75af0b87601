import {columns} from './columns.ts';
import {rowPaths, rowsOf} from './document-rows.ts';
import {jsonPath} from './json-path/template.ts';
import {TemplateError} from './json-path/template-error.ts';
import {cellText} from './json-path/value-text.ts';

type Column = {readonly header: string; readonly path: string};

/**
 * kubectl's `-o custom-columns=NODE:.nodes[*].name,VERDICT:.nodes[*].verdict`: a row for each item of a list, `<none>` where it has no such field.
 * @throws TemplateError for a specification that cannot be read
 */
export const customColumns = (specification: string): ((document: object, headers: boolean) => string) => print(columnsOf(specification));

/** The same of `-o custom-columns-file=`: a line of headers, and below it a line of paths. @throws TemplateError */
export function customColumnsFile(content: string): (document: object, headers: boolean) => string {
	const [headers = [], paths = []] = content
		.split('\n')
		.map(line => line.trim().split(/\s+/u))
		.filter(([first]) => first !== '');
	if (headers.length === 0 || headers.length !== paths.length)
		throw new TemplateError(`number of headers (${headers.length}) and field specifications (${paths.length}) don't match`);
	return print(headers.map((header, index) => ({header, path: paths[index] ?? ''})));
}

function columnsOf(specification: string): readonly Column[] {
	return specification.split(',').map(typed => {
		const [, header, path] = /^([^:]*):(.+)$/su.exec(typed) ?? [];
		if (header === undefined || path === undefined)
			throw new TemplateError(`unexpected custom-columns spec: ${typed}, expected <header>:<json-path-expr>`);
		return {header, path};
	});
}

function print(wanted: readonly Column[]): (document: object, headers: boolean) => string {
	const {list, paths} = rowPaths(wanted.map(({path}) => path));
	const cells = paths.map(path => jsonPath(path));
	return (document, headers) =>
		columns([
			...(headers ? [wanted.map(({header}) => header)] : []),
			...rowsOf(document, list).map(row => cells.map(cell => cell(row).map(cellText).join(',').replaceAll('\n', ' ') || '<none>')),
		]);
}
