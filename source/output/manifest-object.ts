import {parseAllDocuments} from 'yaml';

/** A manifest of ours as an object to print: its only document, else a List of them, as kubectl prints several. */
export function manifestObject(text: string): object {
	const [first, ...others] = parseAllDocuments(text).map(document => document.toJS() as object);
	if (first !== undefined && others.length === 0) return first;
	return {apiVersion: 'v1', kind: 'List', items: first === undefined ? [] : [first, ...others]};
}
