import stringWidth from 'string-width';

/** Aligns cells in columns three blanks apart, as kubectl does; the last column is left ragged. */
export function columns(rows: ReadonlyArray<readonly string[]>): string {
	const widths: number[] = [];
	for (const row of rows) {
		for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, stringWidth(cell));
	}

	return rows
		.map(
			row =>
				`${row
					.map((cell, index) => (index === row.length - 1 ? cell : cell + ' '.repeat((widths[index] ?? 0) - stringWidth(cell) + 3)))
					.join('')
					.trimEnd()}\n`,
		)
		.join('');
}
