import type {ReactNode} from 'react';
import {margin} from '../layout.ts';
import {span} from '../line.ts';
import {placed} from '../placed.ts';
import type {View} from '../state.ts';
import type {Document} from '../writing.ts';
import {Lines} from './lines.tsx';
import {Rule} from './rule.tsx';
import {Tabs} from './tabs.tsx';

type Props = {readonly document: Document; readonly offset: number; readonly view: View};

/** One text that scrolls, its title or its tabs above it. */
export function DocumentBody({document, offset: wanted, view: {columns, rows}}: Props): ReactNode {
	const {title, lines, trail, foot, footTitle} = document;
	const {offset, height} = placed(document, wanted, rows);
	const seen = lines.slice(offset, offset + height).map(line => [span(' '.repeat(margin)), ...line]);
	const place = lines.length > height ? `${offset + 1}-${offset + seen.length} of ${lines.length}` : '';
	return (
		<>
			{trail === undefined ? (
				<Rule title={title} detail={place === '' ? '' : `lines ${place}`} isActive columns={columns} />
			) : (
				<Tabs trail={trail} place={place} columns={columns} />
			)}
			<Lines lines={seen} width={columns} height={height} />
			{footTitle !== undefined && <Rule title={footTitle} columns={columns} />}
			{foot !== undefined && <Lines lines={foot} width={columns} height={foot.length} />}
		</>
	);
}
