// ASCII, Latin, and the punctuation, arrows, lines and marks that the screens are drawn with.
const other = /[^\u0020-\u007E\u00A1-\u00AC\u00AE-\u02FF\u2010-\u2027\u203A\u2190-\u21FF\u2500-\u25FC\u2713\u2717]/u;

/** Whether each character of a text takes one cell and joins no other, as accents that combine, emoji and Hangul do. */
export const isPlain = (text: string): boolean => !other.test(text);

const joinsNothing = (character = ''): boolean => character < '\u0300' || isPlain(character);

let made: Intl.Segmenter | undefined;
const segmentsOf = (text: string): Intl.Segments => (made ??= new Intl.Segmenter()).segment(text);

/**
 * Tells what a terminal shows as one character, as an `Intl.Segmenter` does: to make one of those takes 10 ms or more, and the screens hardly show a text
 * that needs it. The bundle gives it to Ink's packages too (scripts/bundle.ts).
 */
export const segmenter = {
	segment(text: string): Intl.Segments {
		let segments: Intl.Segments | undefined;
		return {
			*[Symbol.iterator]() {
				if (isPlain(text)) for (const [index, segment] of text.split('').entries()) yield {segment, index, input: text};
				else yield* segmentsOf(text);
				return undefined;
			},
			containing(at = 0) {
				const segment = text[at];
				return segment !== undefined && isPlain(segment) && joinsNothing(text[at - 1]) && joinsNothing(text[at + 1])
					? {segment, index: at, input: text}
					: (segments ??= segmentsOf(text)).containing(at);
			},
		};
	},
};
