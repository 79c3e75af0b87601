import type {ReactNode} from 'react';
import {Labelled} from './labelled.tsx';

type Props = {
	/** An empty text has no line. */
	readonly rows: ReadonlyArray<readonly [label: string, text: string]>;
	readonly indent: number;
	/** Columns of the labels. */
	readonly labelWidth: number;
};

/** Texts beside their labels, one below the other. */
export function LabelledTexts({rows, indent, labelWidth}: Props): ReactNode {
	return rows.map(
		([label, text]) =>
			text !== '' && (
				<Labelled key={label} label={label} indent={indent} labelWidth={labelWidth}>
					{text}
				</Labelled>
			),
	);
}
