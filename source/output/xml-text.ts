const entities: Readonly<Record<string, string>> = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;'};

// What is no Char of XML 1.0, fifth edition, 2.2: no reference may name it either.
const forbidden = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

/** Text as XML takes it, in elements and in attributes; what XML 1.0 cannot hold is dropped. */
export const xmlText = (text: string): string =>
	text
		.toWellFormed()
		.replaceAll(forbidden, '')
		.replaceAll(/[&<>"']/gu, character => entities[character] ?? character);
