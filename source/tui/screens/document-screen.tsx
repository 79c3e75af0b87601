import {useContext, type ReactNode} from 'react';
import {LineText, Lines} from '../components/lines.tsx';
import {ruleLine, trailLine} from '../components/rule-line.ts';
import {documentOf, type DocumentScreen as Screen} from '../documents/document-of.ts';
import {margin} from '../layout.ts';
import {span} from '../line.ts';
import {placed} from '../placed.ts';
import type {View} from '../state.ts';
import {ThemeContext} from '../theme.ts';

/** One text that scrolls: a node, a finding, a diff, the help. */
export function DocumentScreen({view, screen}: {readonly view: View; readonly screen: Screen}): ReactNode {
	const {signs} = useContext(ThemeContext);
	const {columns, rows} = view;
	const document = documentOf(screen, view);
	const {title, lines, trail, foot = []} = document;
	const {offset, height} = placed(document, screen.offset, rows);
	const seen = lines.slice(offset, offset + height).map(line => [span(' '.repeat(margin)), ...line]);
	const place = lines.length > height ? `${offset + 1}-${offset + seen.length} of ${lines.length}` : '';
	return (
		<>
			<LineText
				line={
					trail === undefined
						? ruleLine(title, place === '' ? '' : `lines ${place}`, true, columns, signs)
						: trailLine(trail, place, columns, signs)
				}
				width={columns}
			/>
			<Lines lines={seen} width={columns} height={height} />
			<Lines lines={foot} width={columns} height={foot.length} />
		</>
	);
}
