import {Box} from 'ink';
import type {ReactNode} from 'react';
import type {State, View} from '../state.ts';
import {Footer} from './footer.tsx';
import {Gap} from './gap.tsx';
import {Header} from './header.tsx';
import {LineText} from './lines.tsx';

type Props = {readonly view: View; readonly state: State; readonly now: number; readonly children: ReactNode};

/** What every screen has in common: the header above, the keys below, and exactly as many lines as the terminal. */
export function Frame({view, state, now, children}: Props): ReactNode {
	const {columns, rows, model, failure} = view;
	return (
		<Box flexDirection="column" width={columns} height={rows + failure.length}>
			<Header snapshot={model.snapshot} now={now} columns={columns} />
			{failure.map((line, index) => (
				<LineText key={index} line={line} width={columns} />
			))}
			<Gap rows={rows} />
			{children}
			<Box flexGrow={1} />
			<Footer state={state} view={view} />
		</Box>
	);
}
