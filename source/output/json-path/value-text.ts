import {printable, printableOnOneLine} from '../../foreign-text.ts';

const longestText = 65_536;

/** A value as kubectl's jsonpath prints it: lists and maps as JSON, all else as Go does. */
export const valueText = (value: unknown): string => (typeof value === 'object' ? jsonText(value) : plainText(value));

/** A value as kubectl's custom columns print it: lists and maps as Go does too. */
export function cellText(value: unknown): string {
	if (Array.isArray(value)) return `[${value.map(cellText).join(' ')}]`;
	if (typeof value !== 'object' || value === null) return plainText(value);
	const map = value as Readonly<Record<string, unknown>>;
	return `map[${Object.keys(map)
		.sort()
		.map(key => `${printable(key)}:${cellText(map[key])}`)
		.join(' ')}]`;
}

/** JSON as Go writes it: keys in order, and no character that HTML knows. @param indent blanks a level */
export function jsonText(value: unknown, indent?: number): string {
	const text = JSON.stringify(
		value,
		(_, each: unknown) =>
			typeof each === 'object' && each !== null && !Array.isArray(each)
				? Object.fromEntries(Object.entries(each).sort(([one], [other]) => (one < other ? -1 : 1)))
				: each,
		indent,
	);
	return text.replaceAll(/[<>&\u2028\u2029]/gu, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** What a node or an API object has said is made printable, and cannot forge a line; numbers are as Go prints them. */
function plainText(value: unknown): string {
	if (typeof value === 'string') return printableOnOneLine(value, longestText);
	if (typeof value === 'boolean') return String(value);
	if (typeof value !== 'number') return '<nil>';
	if (Number.isInteger(value) || (Math.abs(value) >= 1e-4 && Math.abs(value) < 1e21)) return String(value);
	return value.toExponential().replace(/e([+-])(\d)$/u, 'e$10$2');
}
