import {Box} from 'ink';
import type {ReactNode} from 'react';
import {WidthContext} from './width.ts';

/** Texts one below the other, in that many columns. */
export function TextColumn({width, children}: {readonly width: number; readonly children: ReactNode}): ReactNode {
	return (
		<WidthContext value={width}>
			<Box flexDirection="column" alignSelf="flex-start" flexShrink={0} width={width}>
				{children}
			</Box>
		</WidthContext>
	);
}
