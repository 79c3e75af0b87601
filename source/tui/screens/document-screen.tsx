import {useContext, type ReactNode} from 'react';
import {LineText, Lines} from '../components/lines.tsx';
import {ruleLine} from '../components/rule-line.ts';
import {documentOf, type DocumentScreen as Screen} from '../documents/document-of.ts';
import {bodyHeight, margin} from '../layout.ts';
import {span} from '../line.ts';
import {clampOffset} from '../list.ts';
import type {View} from '../state.ts';
import {ThemeContext} from '../theme.ts';

/** One text that scrolls: a node, a finding, a diff, the help. */
export function DocumentScreen({view, screen}: {readonly view: View; readonly screen: Screen}): ReactNode {
	const {signs} = useContext(ThemeContext);
	const {columns, rows} = view;
	const {title, lines} = documentOf(screen, view);
	const height = bodyHeight(rows);
	const offset = clampOffset(screen.offset, lines.length, height);
	const seen = lines.slice(offset, offset + height).map(line => [span(' '.repeat(margin)), ...line]);
	const place = lines.length > height ? `lines ${offset + 1}-${offset + seen.length} of ${lines.length}` : '';
	return (
		<>
			<LineText line={ruleLine(title, place, true, columns, signs)} width={columns} />
			<Lines lines={seen} width={columns} height={height} />
		</>
	);
}
