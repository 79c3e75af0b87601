import {Box} from 'ink';
import type {ReactNode} from 'react';
import {gapLines} from '../layout.ts';

/** The blank line between sections, where the terminal has room for it. */
export function Gap({rows}: {readonly rows: number}): ReactNode {
	return <Box flexShrink={0} height={gapLines(rows)} />;
}
