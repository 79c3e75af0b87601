/** `1 node`, `3 nodes`. */
export function count(number: number, noun: string): string {
	return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** The first of them, and how many more there are: `web-1, web-2 and 3 more`. */
export function listed(names: readonly string[], most: number, between = ', '): string {
	const more = names.length > most ? ` and ${names.length - most} more` : '';
	return names.slice(0, most).join(between) + more;
}
