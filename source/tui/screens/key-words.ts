const words: Readonly<Record<string, string>> = {' ': 'space', pageUp: 'page up', pageDown: 'page down', escape: 'esc'};

/** A key as people call it. */
export function keyWord(key: string): string {
	return words[key] ?? key;
}
