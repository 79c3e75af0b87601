import {parseAllDocuments} from 'yaml';

/** A manifest of ours as an object to print: its only document, else a List of them, as kubectl prints several. */
export function manifestObject(text: string): object {
	const objects = parseAllDocuments(text).map(document => document.toJS() as object);
	const [only] = objects.length === 1 ? objects : [];
	return only ?? {apiVersion: 'v1', kind: 'List', items: objects};
}
