import {Box, Text, useWindowSize} from 'ink';
import {useContext, useState, useSyncExternalStore, type ReactNode} from 'react';
import {failureLines, questionLines} from './components/header-lines.ts';
import {Frame} from './components/frame.tsx';
import {isTooSmall, minimumColumns, minimumRows} from './layout.ts';
import {createModelBuilder} from './model.ts';
import {PageContext, createMeasured} from './page.ts';
import {atOf} from './press.ts';
import {definitionOf} from './screens/index.ts';
import type {Intent, State, View} from './state.ts';
import type {Snapshot, Store} from './store.ts';
import {ThemeContext} from './theme.ts';
import {useNow} from './use-now.ts';
import {useScreens} from './use-screens.ts';
import {useSuspend} from './use-terminal.ts';

type Props = {
	readonly store: Store;
	readonly canSave: boolean;
	readonly canRepair: boolean;
	readonly hasMouse?: boolean;
	readonly onIntent: (intent: Intent) => void;
	/** Waited for before the terminal is handed to the shell, and told once it is back. */
	readonly onSuspended?: (isSuspended: boolean) => Promise<void>;
};

/** The whole terminal UI: the store's values on one screen at a time, and keys turned into intents. */
export function App({store, canSave, canRepair, hasMouse = false, onIntent, onSuspended}: Props): ReactNode {
	const {signs} = useContext(ThemeContext);
	const {columns, rows} = useWindowSize();
	const snapshot = useSyncExternalStore(store.subscribe, store.getSnapshot);
	const [modelOf] = useState(createModelBuilder);
	// Keys ask for it; the page itself draws what has to be drawn again.
	const [page] = useState(createMeasured);
	const now = useNow(snapshot.phase !== null);
	// A key that arrives before the next frame sees the newest values, not those of the last frame.
	const viewOf = (shown: Snapshot): View => {
		const failure = [...failureLines(shown, columns, rows, signs), ...questionLines(shown, columns, signs)];
		return {
			model: modelOf(shown),
			columns,
			rows: rows - failure.length,
			failure,
			signs,
			canSave,
			canRepair,
			page: page.read(),
			now,
		};
	};
	const suspend = useSuspend(hasMouse, onSuspended);
	const state = useScreens(
		() => viewOf(store.getSnapshot()),
		intent => (intent.kind === 'suspend' ? void suspend() : onIntent(intent)),
		hasMouse,
	);
	if (isTooSmall(columns, rows)) {
		return (
			<Box width={columns} height={rows}>
				<Text wrap="wrap">{`terminal too small: ${columns}×${rows}; it needs ${minimumColumns}×${minimumRows}`}</Text>
			</Box>
		);
	}

	const view = viewOf(snapshot);
	// A small terminal has no room for both, and the answer is waited for.
	const isAllQuestion = snapshot.question !== null && isTooSmall(columns, view.rows);
	return (
		<PageContext value={page.write}>
			<Frame view={view} state={state} now={now}>
				{isAllQuestion ? null : <CurrentScreen view={view} state={state} />}
			</Frame>
		</PageContext>
	);
}

function CurrentScreen({view, state}: {readonly view: View; readonly state: State}): ReactNode {
	const {Body} = definitionOf(state.screen);
	return <Body {...atOf(state, view)} />;
}
