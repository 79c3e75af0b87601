import {Box} from 'ink';
import type {ComponentProps, ReactNode} from 'react';
import {Rule} from './rule.tsx';

/** A part of a screen below its title. */
export function Section({children, columns, ...rule}: ComponentProps<typeof Rule> & {readonly children: ReactNode}): ReactNode {
	return (
		<Box flexDirection="column" width={columns} flexShrink={0}>
			<Rule columns={columns} {...rule} />
			{children}
		</Box>
	);
}
