import {stripVTControlCharacters} from 'node:util';
import {renderToString} from 'ink';
import type {ReactNode} from 'react';

/** Wider than any terminal. */
const columns = 1000;

/** A page as text, without colours, for the clipboard. */
export function pageText(page: ReactNode): string {
	return stripVTControlCharacters(renderToString(page, {columns})).replaceAll(/ +$/gmu, '');
}
