/** What a cut text ends with, so that nobody takes it for the whole. */
const cutMark = '…';

// Control characters but tab and newline; what Unicode calls format or default ignorable: bidi controls, zero width, fillers, soft
// hyphen, variation selectors, tags (UAX #44, DerivedCoreProperties.txt); line and paragraph separators; what is no character at all.
const unprintable = /(?![\t\n])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/gu;
/** What most texts are: nothing has to be taken out of them. */
const plain = /^[\t\n\u0020-\u007E]*$/u;
const ansiSequence = /\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)?|[@-Z\\-_])/gu;

/**
 * Makes text from a node, an API object or a log safe to show: no escape sequences, no control characters but
 * tab and newline, at most `limit` characters.
 */
export function printable(text: string, limit = 4096): string {
	if (text.length <= limit && plain.test(text)) return text;
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

/** The same in one line with every blank where it was: for text that is compared with other text, such as a rule or a file's name. */
export function printableOnOneLine(text: string, limit = 4096): string {
	return printable(text, limit).replaceAll(/[\t\n]/gu, ' ');
}

/** What `printable` would take out, put as U+FFFD: for text whose reader elsewhere stumbles over such characters. Line ends stay. */
export function withMarks(text: string): string {
	return text.replaceAll(unprintable, character => (character === '\r' ? character : '\uFFFD'));
}

/** Text whose addresses have lost name and password (`https://user:pass@host`): what is shown, logged or written down. */
export function withoutUserinfo(text: string): string {
	return text.replaceAll(/(?<=\b[a-z][a-z\d+.-]{0,30}:\/\/)[^\s/?#]+(?=@)/giu, '(hidden)');
}
