/** `1 node`, `3 nodes`. */
export function count(number: number, noun: string): string {
	return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** The first of them, and how many more there are: `web-1, web-2 and 3 more`. */
export function listed(names: readonly string[], most: number, between = ', '): string {
	const more = names.length > most ? ` and ${names.length - most} more` : '';
	return names.slice(0, most).join(between) + more;
}

/** Bytes for people: `42.1 MB`. */
export function bytesText(bytes: number): string {
	if (bytes < 1000) return `${bytes} B`;
	return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
