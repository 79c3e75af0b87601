import stringWidth from 'string-width';
import {wrapped} from '../wrapped.ts';

/**
 * Text behind a lead, broken at words, its further lines below the first one; ends with a line break.
 * @param width columns of the terminal; undefined where no line is to be broken
 */
export function hanging(lead: string, text: string, width: number | undefined): string {
	const indent = stringWidth(lead);
	const [first = '', ...more] = width === undefined ? [text] : wrapped(text, Math.max(20, width - indent), stringWidth);
	return `${[lead + first, ...more.map(line => ' '.repeat(indent) + line)].join('\n')}\n`;
}
