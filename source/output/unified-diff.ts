import {FILE_HEADERS_ONLY, createTwoFilesPatch} from 'diff';
import type {FileChange} from '../repair/plan/needed-change.ts';
import {paint} from './paint.ts';

const nothing = '/dev/null';

/** One unified diff with its two header lines and a newline at the end; empty where nothing differs. */
export function unifiedDiff({node, path, neededPath, current, needed}: FileChange): string {
	if (current === needed && path === neededPath) return '';
	const name = (file: string): string => (node === '' ? file : `${node}:${file}`);
	const from = current === undefined ? nothing : name(path);
	const to = needed === undefined ? nothing : name(neededPath);
	const options = {context: 3, headerOptions: FILE_HEADERS_ONLY};
	return createTwoFilesPatch(from, to, current ?? '', needed ?? '', undefined, undefined, options);
}

/** A line of a diff, and what it is. */
export type DiffLine = {
	readonly text: string;
	readonly kind: 'header' | 'hunk' | 'added' | 'removed' | 'same' | 'note';
};

/**
 * The lines of one or several unified diffs with their kinds. A line of a file may itself begin like a header (`--- x`), so
 * the counts of each hunk tell where it ends.
 */
export function diffLines(text: string): readonly DiffLine[] {
	let left = {removed: 0, added: 0};
	return text
		.replace(/\n$/u, '')
		.split('\n')
		.map(line => {
			const counts = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/u.exec(line);
			if (counts !== null) {
				left = {removed: Number(counts[1] ?? 1), added: Number(counts[2] ?? 1)};
				return {text: line, kind: 'hunk'};
			}

			if (line.startsWith('\\')) return {text: line, kind: 'note'};
			if (left.removed === 0 && left.added === 0) return {text: line, kind: 'header'};
			const kind = line.startsWith('+') ? 'added' : line.startsWith('-') ? 'removed' : 'same';
			if (kind !== 'added') left.removed -= 1;
			if (kind !== 'removed') left.added -= 1;
			return {text: line, kind};
		});
}

const tones = {header: 'strong', hunk: 'quiet', added: 'added', removed: 'removed', note: 'quiet', same: undefined} as const;

/** The same text in colour, for a terminal; the signs at the line starts stay. */
export function colouredDiff(text: string): string {
	if (text === '') return '';
	const lines = diffLines(text).map(({text: line, kind}) => (tones[kind] === undefined ? line : paint(line, tones[kind], true)));
	return `${lines.join('\n')}\n`;
}

/** The diffs of several files, one behind the other. */
export function diffText(changes: readonly FileChange[], colour: boolean): string {
	const text = changes.map(change => unifiedDiff(change)).join('');
	return colour ? colouredDiff(text) : text;
}
