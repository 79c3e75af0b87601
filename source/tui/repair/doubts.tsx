import {Fragment, useContext, useMemo, type ReactNode} from 'react';
import {Heading} from '../components/heading.tsx';
import {LongLines} from '../components/long-lines.tsx';
import {Signed} from '../components/signed.tsx';
import {WidthContext} from '../components/width.ts';
import {span} from '../line.ts';
import {wrap} from '../text-width.ts';
import {ThemeContext} from '../theme.ts';
import type {Doubted} from './values.ts';

/** What a journal asks for and nothing here vouches for. */
export function Doubts({all}: {readonly all: readonly Doubted[]}): ReactNode {
	const {signs} = useContext(ThemeContext);
	if (all.length === 0) return null;
	return (
		<>
			<Heading>Questions before it starts</Heading>
			{all.map(({says, shown}, index) => (
				<Fragment key={index}>
					<Signed sign={signs.doubtful} tone="doubtful">
						{says}
					</Signed>
					<Whole>{shown}</Whole>
				</Fragment>
			))}
		</>
	);
}

/** Line by line as it stands there, and nothing of it missing: the person answers for all of it. */
function Whole({children: text}: {readonly children: string}): ReactNode {
	const width = useContext(WidthContext);
	const lines = useMemo(() => wrap(text, width - 4).map(line => [span(`    ${line}`)]), [text, width]);
	return <LongLines lines={lines} />;
}
