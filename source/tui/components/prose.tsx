import {Box} from 'ink';
import {useContext, type ReactNode} from 'react';
import {pad, wrap} from '../text-width.ts';
import type {Tone} from '../theme.ts';
import {Toned} from './toned.tsx';
import {WidthContext} from './width.ts';

type Props = {readonly indent?: number; readonly tone?: Tone | undefined; readonly children: string};

// No proof or status is longer; a node that sends more must not make a million lines.
const maximumCharacters = 20_000;

/** A text over as many lines as it needs, `indent` columns in. Ink itself would begin a line with the blank that it broke at. */
export function Prose({indent = 0, tone, children}: Props): ReactNode {
	const width = useContext(WidthContext);
	const lines = wrap(children.slice(0, maximumCharacters), width - indent);
	return (
		<Box paddingLeft={indent} flexShrink={0}>
			{/* A selected row is one over all its columns. */}
			<Toned tone={tone}>{lines.map(line => (tone === 'selected' ? pad(line, width - indent) : line)).join('\n')}</Toned>
		</Box>
	);
}
