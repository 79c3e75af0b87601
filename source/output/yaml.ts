import {stringify} from 'yaml';

const textOf = (value: unknown): string => stringify(value, {lineWidth: 0, aliasDuplicateObjects: false});

/** The same value as YAML. Long lists are written item by item: the tree that the library makes of thousands of nodes is larger than they are. */
export const yaml = (document: object): string => {
	const members = Object.entries(document).filter(([, value]) => value !== undefined);
	if (Array.isArray(document) || members.length === 0) return textOf(document);
	return members
		.flatMap(([key, value]: [string, unknown]) => {
			if (!Array.isArray(value) || value.length === 0) return textOf({[key]: value});
			const heading = textOf({[key]: null}).replace(/ null\n$/u, '\n');
			return [heading, ...value.map(item => textOf({[key]: [item as unknown]}).slice(heading.length))];
		})
		.join('');
};
