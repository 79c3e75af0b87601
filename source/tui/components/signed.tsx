import type {ReactNode} from 'react';
import type {Tone} from '../theme.ts';
import {Labelled} from './labelled.tsx';

type Props = {readonly sign: string; readonly tone?: Tone; readonly indent?: number; readonly children: string};

/** A text behind a sign of its tone; further lines begin where the first one does. */
export function Signed({sign, tone = 'plain', indent = 0, children}: Props): ReactNode {
	return (
		<Labelled label={sign} gap={1} indent={indent} tone={tone} labelTone={tone}>
			{children}
		</Labelled>
	);
}
