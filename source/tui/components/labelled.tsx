import {Box} from 'ink';
import {useContext, type ReactNode} from 'react';
import {widthOf} from '../text-width.ts';
import type {Tone} from '../theme.ts';
import {Prose} from './prose.tsx';
import {Toned} from './toned.tsx';
import {WidthContext} from './width.ts';

type Props = {
	readonly label: string;
	/** Columns of the label. */
	readonly labelWidth?: number;
	readonly indent?: number;
	/** Columns between the label and what stands beside it. */
	readonly gap?: number;
	readonly tone?: Tone;
	readonly labelTone?: Tone;
	/** A text, or what else stands beside the label. */
	readonly children: ReactNode;
};

/** A text beside its label; further lines begin where the first one does. */
export function Labelled({label, labelWidth = widthOf(label), indent = 0, gap = 2, tone, labelTone = 'muted', children}: Props): ReactNode {
	const width = useContext(WidthContext);
	return (
		<Box paddingLeft={indent} gap={gap} flexShrink={0}>
			<Box width={labelWidth} flexShrink={0}>
				<Toned tone={labelTone}>{label}</Toned>
			</Box>
			<WidthContext value={Math.max(8, width - indent - labelWidth - gap)}>
				<Box flexDirection="column">{typeof children === 'string' ? <Prose tone={tone}>{children}</Prose> : children}</Box>
			</WidthContext>
		</Box>
	);
}
