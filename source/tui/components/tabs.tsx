import {Fragment, useContext, type ReactNode} from 'react';
import {margin} from '../layout.ts';
import {widthOf} from '../text-width.ts';
import {ThemeContext} from '../theme.ts';
import {Row} from './row.tsx';
import {Toned} from './toned.tsx';

/** Where a page stands among others. */
export type Trail = {
	readonly title: string;
	readonly words: readonly string[];
	readonly current: number;
	/** They stand beside each other and in no order: tabs. */
	readonly isChoice?: boolean;
};

type Props = {
	readonly trail: Trail;
	/** Which lines are in sight; empty where all are. */
	readonly place: string;
	readonly columns: number;
};

/** The line that one page of several begins with: where it stands among them, as far as there is room. */
export function Tabs({trail: {title, words, current, isChoice = false}, place, columns}: Props): ReactNode {
	const {signs} = useContext(ThemeContext);
	const separator = isChoice ? '  ' : ` ${signs.cursor} `;
	const marked = words.map((word, index) => (isChoice && index === current ? `[${word}]` : word));
	const end = place === '' ? '' : ` ${place} ${signs.rule}`;
	const start = `${signs.rule.repeat(margin - 1)} ${title}`;
	const hasRoom = widthOf(`${start}  ${marked.join(separator)} ${end}`) <= columns;
	const short = `  ${current + 1} of ${words.length}  `;
	const used =
		widthOf(start) + (hasRoom ? widthOf(`  ${marked.join(separator)}`) : widthOf(short + (words[current] ?? ''))) + 1 + widthOf(end);
	return (
		<Row>
			<Toned tone="muted">{signs.rule.repeat(margin - 1)} </Toned>
			<Toned tone="strong">{title}</Toned>
			{hasRoom ? (
				marked.map((word, index) => (
					<Fragment key={word}>
						<Toned tone="muted">{index === 0 ? '  ' : separator}</Toned>
						<Toned tone={index === current ? 'accent' : index < current && !isChoice ? 'plain' : 'muted'}>{word}</Toned>
					</Fragment>
				))
			) : (
				<>
					<Toned tone="muted">{short}</Toned>
					<Toned tone="accent">{words[current]}</Toned>
				</>
			)}
			<Toned tone="muted">
				{' '}
				{signs.rule.repeat(Math.max(0, columns - used))}
				{end}
			</Toned>
		</Row>
	);
}
