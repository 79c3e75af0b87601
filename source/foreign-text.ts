/** What a cut text ends with, so that nobody takes it for the whole. */
const cutMark = '…';

// C0 without tab and newline, DEL, C1, and the characters that reorder or hide text (bidi controls, zero width).
const unprintable = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/gu;
const ansiSequence = /\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)?|[@-Z\\-_])/gu;

/**
 * Makes text from a node, an API object or a log safe to show: no escape sequences, no control characters but
 * tab and newline, at most `limit` characters.
 */
export function printable(text: string, limit = 4096): string {
	// Cut first: a hostile megabyte must not be scanned by the expressions below. Twice the limit leaves room for what they take out.
	const head = text.length > limit * 2 ? text.slice(0, limit * 2) : text;
	const clean = head.replaceAll('\r\n', '\n').replaceAll(ansiSequence, '').replaceAll(unprintable, '').toWellFormed();
	return clean.length > limit || head.length < text.length ? clean.slice(0, limit - 1).toWellFormed() + cutMark : clean;
}

/** The same in one line: newlines and tabs become single blanks. */
export function printableLine(text: string, limit = 512): string {
	return printable(
		text
			.slice(0, limit * 4)
			.replaceAll(/\s+/gu, ' ')
			.trim(),
		limit,
	);
}
