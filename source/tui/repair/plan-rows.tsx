import {Box} from 'ink';
import {useContext, type ReactNode} from 'react';
import {Heading} from '../components/heading.tsx';
import {Labelled} from '../components/labelled.tsx';
import {WidthContext} from '../components/width.ts';
import {SightContext} from '../page.ts';
import type {At} from '../screens/screen.ts';
import type {Scrolled} from '../screens/page-screen.tsx';
import type {Step} from '../state.ts';
import {cutMiddle, pad, widthOf} from '../text-width.ts';
import {ThemeContext, type Tone} from '../theme.ts';

/** What the plan's page remembers. */
export type PlanScreen = Scrolled<'plan'> & {
	/** Key of the row under the cursor; null: the one that matters most now. */
	readonly row: string | null;
	/** Rows that are unfolded. */
	readonly open: readonly string[];
	/** The source that is being typed; null: none is. */
	readonly text: string | null;
};

/** A line that the cursor can stand on: what it says, what Enter does there, and what the footer says of that. */
export type Row = {
	readonly key: string;
	/** A box, a number; empty for a row that goes on. */
	readonly label: string;
	readonly labelTone?: Tone;
	readonly text: string;
	readonly tone?: Tone;
	/** What belongs to it. */
	readonly below?: ReactNode;
	readonly word: string;
	readonly act: (at: At<PlanScreen>) => Step | undefined;
};

type RowProps = {
	readonly row: Row;
	/** Key of the row under the cursor. */
	readonly current: string | undefined;
};

/** A row, with the cursor before it where it stands there; then it is kept in sight. */
export function PlanRow({row: {key, label, labelTone = 'plain', text, tone = 'plain', below}, current}: RowProps): ReactNode {
	const {signs} = useContext(ThemeContext);
	const {focus} = useContext(SightContext);
	const width = useContext(WidthContext);
	const isCurrent = key === current;
	// Labels of one kind are of one width; a long name leaves room for what is said of it.
	const room = Math.min(widthOf(label), Math.floor(width / 2));
	const named = label === '' ? '' : `${pad(cutMiddle(label.trimEnd(), room, signs.cut), room)}  `;
	return (
		<Box ref={isCurrent ? focus : undefined} flexDirection="column" flexShrink={0}>
			<Labelled
				label={`${isCurrent ? signs.cursor : ' '} ${named}`}
				labelTone={isCurrent ? 'selected' : labelTone}
				tone={isCurrent ? 'selected' : tone}
				indent={label === '' ? 0 : 2}
				gap={0}
			>
				{text}
			</Labelled>
			{below}
		</Box>
	);
}

/** Rows of one kind below their title. */
export function PlanRows({
	title,
	rows,
	current,
}: {readonly title: string; readonly rows: readonly Row[]} & Pick<RowProps, 'current'>): ReactNode {
	if (rows.length === 0) return null;
	return (
		<>
			<Heading>{`  ${title}`}</Heading>
			{rows.map(row => (
				<PlanRow key={row.key} row={row} current={current} />
			))}
		</>
	);
}
