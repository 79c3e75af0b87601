/** A terminal's columns; 80 where there is none. */
export const widthOf = ({columns}: {readonly columns?: number | undefined}): number => Math.max(60, columns ?? 80);

/** Lines of at most so many characters, broken between words; a word that is longer has a line of its own. */
export function wrapped(text: string, width: number): string[] {
	const lines: string[] = [];
	for (const word of text.split(' ')) {
		const last = lines.at(-1);
		if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
		else lines.push(word);
	}

	return lines;
}
