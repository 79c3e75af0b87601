import type {ReactNode} from 'react';
import {Prose} from './prose.tsx';

/** Why there is nothing below a heading, or a remark on what is. */
export function None({children}: {readonly children: string}): ReactNode {
	return (
		<Prose indent={2} tone="muted">
			{children}
		</Prose>
	);
}
