import {Box, useWindowSize} from 'ink';
import {useSyncExternalStore, type ReactNode} from 'react';
import {Header} from './components/header.tsx';
import type {Store} from './store.ts';

/** What stands there while the screens themselves are loaded, a tenth of a second. Keys that are typed meanwhile wait in the terminal. */
export function FirstFrame({store}: {readonly store: Store}): ReactNode {
	const {columns, rows} = useWindowSize();
	const snapshot = useSyncExternalStore(store.subscribe, store.getSnapshot);
	return (
		<Box flexDirection="column" width={columns} height={rows}>
			<Header snapshot={snapshot} now={snapshot.phase?.since ?? 0} columns={columns} />
		</Box>
	);
}
