import type {Frame, Run} from './frame.ts';

/** A frame, and seconds from the first one. */
export type Shown = {readonly at: number; readonly frame: Frame};

/** An asciicast (version 2) of frames, each told by the lines that differ from the one before. `asciinema play FILE` shows it. */
export function castOf(shown: readonly Shown[], {columns, rows, title}: {columns: number; rows: number; title: string}): string {
	let before: readonly string[] = [];
	const events = shown.flatMap(({at, frame}) => {
		const lines = frame.map(line => withoutBlankEnd(line).map(coded).join(''));
		const changed = lines.flatMap((line, row) => (line === before[row] ? [] : [`\u001B[${row + 1};1H${line}\u001B[0m\u001B[K`]));
		before = lines;
		return changed.length === 0 ? [] : [JSON.stringify([Number(at.toFixed(2)), 'o', changed.join('')])];
	});
	const header = {version: 2, width: columns, height: rows, title, env: {TERM: 'xterm-256color'}};
	return [JSON.stringify(header), JSON.stringify([0, 'o', '\u001B[?25l\u001B[2J']), ...events].join('\n') + '\n';
}

/** The end of a line is erased, not written: with another word in it the line may be wider than the terminal, and would run into the next. */
function withoutBlankEnd(line: readonly Run[]): readonly Run[] {
	const last = line.findLastIndex(({text, style}) => text.trim() !== '' || style.includes('inverse'));
	return line
		.slice(0, last + 1)
		.map((run, index) => (index < last || run.style.includes('inverse') ? run : {...run, text: run.text.trimEnd()}));
}

const codes: Readonly<Record<string, number>> = {bold: 1, dim: 2, inverse: 7, red: 31, green: 32, yellow: 33, cyan: 36};

function coded({text, style}: Run): string {
	const set = style.split(' ').flatMap(word => codes[word] ?? []);
	return set.length === 0 ? text : `\u001B[${set.join(';')}m${text}\u001B[0m`;
}
