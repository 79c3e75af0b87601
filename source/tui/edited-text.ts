const longest = 400;

/** A line of text after one key: a letter, or one of the keys that take letters away. */
export function editedText(text: string, key: string): string {
	switch (key) {
		case 'backspace':
			return Array.from(text).slice(0, -1).join('');
		case 'ctrl+u':
			return '';
		case 'ctrl+w':
			return text.replace(/\S*\s*$/u, '');
		default:
			return Array.from(key).length === 1 && text.length < longest ? text + key : text;
	}
}
