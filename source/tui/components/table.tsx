import {Box} from 'ink';
import {useContext, type ReactNode} from 'react';
import {margin, tableHeadLines} from '../layout.ts';
import {windowOf, type ListState} from '../list.ts';
import {ThemeContext} from '../theme.ts';
import {Lines} from './lines.tsx';
import {tableLines, type TableRows} from './table-lines.ts';
import {Toned} from './toned.tsx';

type Props<Row> = Omit<TableRows<Row>, 'cursor' | 'offset' | 'isReversed' | 'signs' | 'isActive'> & {
	readonly list: ListState;
	readonly isActive?: boolean;
	/** What stands there where no row is. */
	readonly empty: string;
};

/** A list of rows with a head. Only the rows in sight are laid out, and in lines: there are thousands, and Yoga would lay out each cell of them. */
export function Table<Row extends {readonly key: string}>({list, empty, isActive = true, ...table}: Props<Row>): ReactNode {
	const {signs} = useContext(ThemeContext);
	const {rows, height, width} = table;
	return (
		<Box flexDirection="column" flexShrink={0} height={height + tableHeadLines}>
			{rows.length === 0 ? (
				<Box paddingLeft={margin} paddingTop={tableHeadLines}>
					<Toned tone="muted">{empty}</Toned>
				</Box>
			) : (
				<Lines
					lines={tableLines({...table, ...windowOf(list, rows, height), isActive, isReversed: list.isReversed, signs})}
					width={width}
					height={height + tableHeadLines}
				/>
			)}
		</Box>
	);
}
