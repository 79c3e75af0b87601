import {span, type Line} from '../line.ts';
import type {Signs} from '../theme.ts';
import {bytesText} from '../../words.ts';
import {countText, labelled} from '../writing.ts';
import type {CheckedBinary} from './values.ts';

/** What was read: enough to compare it with what the person meant. */
export function binaryLines(
	{architecture, version, sha256, size, origin, nodes}: CheckedBinary,
	width: number,
	signs: Signs,
): readonly Line[] {
	const whom = nodes === 0 ? 'for the DaemonSet' : `for ${countText(nodes, 'node')}`;
	const facts = [architecture, bytesText(size), whom].join(` ${signs.dot} `);
	return [
		[span(`${signs.good} `, 'good'), span(`portmap${version === '' ? '' : ` ${version}`}`, 'strong'), span(`  ${facts}`)],
		...labelled('from', origin, width, {indent: 2, labelWidth: 6}),
		...labelled('sha256', sha256, width, {indent: 2, labelWidth: 6}),
	];
}
