/** Prints a document in one form. @param headers false without the line of headers */
export type PrintObject = (document: object, headers: boolean) => string;

/** A form that prints whatever object a command has: with what stands behind its `=` it becomes what prints. @throws TemplateError */
export type ObjectForm = {
	/** What has to stand behind `=`; undefined for nothing. */
	readonly needs?: 'a template' | 'columns' | 'a file';
	readonly load: () => Promise<(given: string) => PrintObject>;
};

/** One row a form; each file is loaded only when it is asked for. */
export const objectForms: Readonly<Record<string, ObjectForm>> = {
	json: {load: async () => plain((await import('./json.ts')).json)},
	yaml: {load: async () => plain((await import('./yaml.ts')).yaml)},
	jsonpath: {needs: 'a template', load: async () => (await import('./json-path/template.ts')).jsonPathTemplate},
	'jsonpath-as-json': {needs: 'a template', load: async () => (await import('./json-path/template.ts')).jsonPathAsJson},
	'jsonpath-file': {needs: 'a file', load: async () => (await import('./json-path/template.ts')).jsonPathTemplate},
	'custom-columns': {needs: 'columns', load: async () => (await import('./custom-columns.ts')).customColumns},
	'custom-columns-file': {needs: 'a file', load: async () => (await import('./custom-columns.ts')).customColumnsFile},
};

const plain = (print: (document: object) => string) => (): PrintObject => print;
