import {useContext, type ReactNode} from 'react';
import {cutStart, widthOf} from '../text-width.ts';
import {ThemeContext} from '../theme.ts';
import {Row} from './row.tsx';
import {Toned} from './toned.tsx';
import {WidthContext} from './width.ts';

/** The line that is typed in: of a long text the end is seen. */
export function TypedText({label, children}: {readonly label: string; readonly children: string}): ReactNode {
	const {signs} = useContext(ThemeContext);
	const width = useContext(WidthContext);
	return (
		<Row>
			<Toned tone="accent">{`${label}  `}</Toned>
			<Toned tone="strong">{cutStart(children, Math.max(8, width - widthOf(label) - 3), signs.cut)}</Toned>
			<Toned tone="selected">_</Toned>
		</Row>
	);
}
