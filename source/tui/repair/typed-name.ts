import {editedText} from '../edited-text.ts';
import {margin} from '../layout.ts';
import {span, type Line} from '../line.ts';
import type {Signs} from '../theme.ts';
import {paragraph, type Document} from '../writing.ts';
import {typingLine} from './page-parts.ts';
import type {Repair} from './values.ts';
import {follow} from './wizard.ts';

/** What a page remembers on which the name of the cluster is typed. A text of null is the one that stands there by itself. */
export type TypedName = {readonly text: string | null; readonly isWrong: boolean};

/** The page after one key; undefined where the key is no letter. */
export function withKey<Page extends TypedName>(page: Page, typed: string, key: string): Page | undefined {
	if (key === 'left' || key === 'right') return page;
	const isLetter = Array.from(key).length === 1;
	if (!isLetter && !['backspace', 'ctrl+u', 'ctrl+w'].includes(key)) return undefined;
	// A proposal gives way to the first letter typed; other keys work on it.
	const text = editedText(page.text === null && isLetter ? '' : typed, key);
	return {...page, text, isWrong: false, offset: follow};
}

/** The line to type in stays in sight, however long the text above it is. */
export function askingName(
	above: readonly Line[],
	page: TypedName,
	typed: string,
	repair: Repair,
	width: number,
	signs: Signs,
): Pick<Document, 'lines' | 'foot'> {
	const ask = `Type the name of the cluster to go on: ${repair.clusterName}`;
	const lines = [
		...paragraph(page.isWrong ? `The name does not match; nothing was changed. ${ask}` : ask, width, 0, page.isWrong ? 'bad' : 'plain'),
		typingLine(signs.cursor, typed, width, signs),
	];
	return {lines: above, foot: [[], ...lines.map(line => [span(' '.repeat(margin)), ...line]), []]};
}
