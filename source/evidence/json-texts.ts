/**
 * An object as `JSON.stringify` writes it with tabs, item by item of its lists: the text of 5,000 nodes is never held whole.
 * @param shown what is written instead of an item of a list, or of a field that is none
 */
export function* jsonTexts(object: object, shown: <T>(part: T) => T = part => part): Generator<string> {
	let comma = '';
	yield '{';
	for (const [key, value] of Object.entries(object) as ReadonlyArray<[string, unknown]>) {
		if (value === undefined) continue;
		yield `${comma}\n\t${JSON.stringify(key)}: `;
		comma = ',';
		if (Array.isArray(value)) yield* listTexts(value, shown);
		else yield textOf(shown({[key]: value})[key], '\t');
	}

	yield comma === '' ? '}\n' : '\n}\n';
}

function* listTexts(items: readonly unknown[], shown: <T>(part: T) => T): Generator<string> {
	for (const [index, item] of items.entries()) yield `${index === 0 ? '[' : ','}\n\t\t${textOf(shown(item) ?? null, '\t\t')}`;
	yield items.length === 0 ? '[]' : '\n\t]';
}

/** No text in JSON has a line end of its own. */
const textOf = (value: unknown, indent: string): string => JSON.stringify(value, undefined, '\t').replaceAll('\n', `\n${indent}`);
