import {useContext, type ReactNode} from 'react';
import type {Snapshot} from '../store.ts';
import {ThemeContext} from '../theme.ts';
import {headerLines} from './header-lines.ts';
import {LineText} from './lines.tsx';

type Props = {readonly snapshot: Snapshot; readonly now: number; readonly columns: number};

/** Which cluster, what is going on, and what the cluster is. */
export function Header({snapshot, now, columns}: Props): ReactNode {
	const {signs} = useContext(ThemeContext);
	const [first, second] = headerLines(snapshot, now, columns, signs);
	return (
		<>
			<LineText line={first} width={columns} />
			<LineText line={second} width={columns} />
		</>
	);
}
