/** One piece of the node script's answer. */
export type NodeRecord = {
	readonly key: string;
	/** As the node sent it, foreign and raw. */
	readonly value: string;
};

/**
 * Splits the node script's answer. A record begins where a line starts with the marker, which only the caller and
 * the script know; whatever a file or a program on the node writes stays inside its own record.
 */
export function recordsOf(stdout: string, marker: string): readonly NodeRecord[] {
	// What stands before the first record is not ours: a login banner, say.
	const [, ...pieces] = `\n${stdout}`.split(`\n${marker} `);
	return pieces.map(piece => {
		const end = piece.search(/[ \n]/u);
		return end === -1 ? {key: piece, value: ''} : {key: piece.slice(0, end), value: piece.slice(end + 1)};
	});
}

/** What a program of the node answered, and how it ended. */
export type ProgramAnswer = {
	readonly text: string;
	/** Undefined: the answer was cut before the program's end was told. */
	readonly exitCode: number | undefined;
};

/** The answer that begins with the record at `index`: its exit code is in the `status` record behind it. */
export function answerAt(records: readonly NodeRecord[], index: number): ProgramAnswer {
	const next = records[index + 1];
	const exitCode = next?.key === 'status' ? Number.parseInt(next.value, 10) : Number.NaN;
	return {text: records[index]?.value ?? '', exitCode: Number.isNaN(exitCode) ? undefined : exitCode};
}
