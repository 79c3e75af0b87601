import {useContext, type ReactNode} from 'react';
import {margin} from '../layout.ts';
import {span} from '../line.ts';
import {placed} from '../placed.ts';
import type {View} from '../state.ts';
import {ThemeContext} from '../theme.ts';
import type {Document} from '../writing.ts';
import {LineText, Lines} from './lines.tsx';
import {ruleLine, trailLine} from './rule-line.ts';

type Props = {readonly document: Document; readonly offset: number; readonly view: View};

/** One text that scrolls, its title or its tabs above it. */
export function DocumentBody({document, offset: wanted, view: {columns, rows}}: Props): ReactNode {
	const {signs} = useContext(ThemeContext);
	const {title, lines, trail, foot = []} = document;
	const {offset, height} = placed(document, wanted, rows);
	const seen = lines.slice(offset, offset + height).map(line => [span(' '.repeat(margin)), ...line]);
	const place = lines.length > height ? `${offset + 1}-${offset + seen.length} of ${lines.length}` : '';
	const head =
		trail === undefined
			? ruleLine(title, place === '' ? '' : `lines ${place}`, true, columns, signs)
			: trailLine(trail, place, columns, signs);
	return (
		<>
			<LineText line={head} width={columns} />
			<Lines lines={seen} width={columns} height={height} />
			<Lines lines={foot} width={columns} height={foot.length} />
		</>
	);
}
