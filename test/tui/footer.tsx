import {renderToString} from 'ink';
import {Footer} from '../../source/tui/components/footer.tsx';
import type {State, View} from '../../source/tui/state.ts';

/** The last line as a person reads it. */
export const footerOf = (state: State, view: View): string => renderToString(<Footer state={state} view={view} />, {columns: view.columns});
