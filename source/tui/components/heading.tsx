import {Box} from 'ink';
import type {ReactNode} from 'react';
import {Toned} from './toned.tsx';

/** A heading with a blank line above it. */
export function Heading({children}: {readonly children: ReactNode}): ReactNode {
	return (
		<Box marginTop={1}>
			<Toned tone="strong">{children}</Toned>
		</Box>
	);
}
