import {memo, useContext, type ReactNode} from 'react';
import {margin} from '../layout.ts';
import {cut, widthOf} from '../text-width.ts';
import {ThemeContext} from '../theme.ts';
import {Row} from './row.tsx';
import {Toned} from './toned.tsx';

type Props = {
	readonly title: string;
	/** What else is to say of it. */
	readonly detail?: string;
	/** Whether the keys go to what stands below. */
	readonly isActive?: boolean;
	readonly columns: number;
};

const leastDetail = 16;

/** The line that a section begins with: its title, and a rule to the edge. */
export const Rule = memo(function Rule({title, detail = '', isActive = false, columns}: Props): ReactNode {
	const {signs} = useContext(ThemeContext);
	const named = cut(title, columns - margin - 1, signs.cut);
	const room = columns - margin - 1 - widthOf(named);
	// The first word of it tells nothing.
	const told = detail === '' || (room < leastDetail && widthOf(detail) + 2 > room) ? '' : cut(`  ${detail}`, room, signs.cut);
	const rest = columns - margin - 1 - widthOf(named) - widthOf(told);
	return (
		<Row>
			<Toned tone="muted">{signs.rule.repeat(margin - 1)} </Toned>
			<Toned tone={isActive ? 'accent' : 'strong'}>{named}</Toned>
			<Toned tone="muted">
				{told} {signs.rule.repeat(Math.max(0, rest))}
			</Toned>
		</Row>
	);
});
