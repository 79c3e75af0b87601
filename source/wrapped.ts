/** A terminal's columns, at least 30; 80 where there is no terminal, or one that does not know how wide it is. */
export const widthOf = ({columns}: {readonly columns?: number | undefined}): number => Math.max(30, columns || 80);

/**
 * Lines of at most so many columns, broken between words; a word that is longer has a line of its own.
 * @param columnsOf what a text takes; its characters unless given
 */
export function wrapped(text: string, width: number, columnsOf = (each: string): number => each.length): string[] {
	const lines: string[] = [];
	for (const word of text.split(' ')) {
		const last = lines.at(-1);
		if (last !== undefined && columnsOf(last) + 1 + columnsOf(word) <= width) lines[lines.length - 1] = `${last} ${word}`;
		else lines.push(word);
	}

	return lines;
}
