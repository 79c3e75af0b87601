import {Box, Text} from 'ink';
import type {ReactNode} from 'react';

/** One line of the terminal. What stands in it fits: Ink would cut it with a sign that not every terminal can show. */
export function Row({children}: {readonly children?: ReactNode}): ReactNode {
	return (
		// Without this Yoga lays lines over each other where a box is too low for them.
		<Box flexShrink={0} height={1}>
			<Text wrap="truncate">{children}</Text>
		</Box>
	);
}
