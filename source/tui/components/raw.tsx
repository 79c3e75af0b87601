import {useContext, useMemo, type ReactNode} from 'react';
import {span, type Line} from '../line.ts';
import {wrap} from '../text-width.ts';
import {ThemeContext, type Signs} from '../theme.ts';
import {LongLines} from './long-lines.tsx';
import {WidthContext} from './width.ts';

type Props = {
	/** Whether a line decides: then it has a sign before it. */
	readonly isMarked: (line: string) => boolean;
	readonly children: string;
};

/** Text as it stands there, tabs as blanks, long lines over several. */
export function Raw({isMarked, children: text}: Props): ReactNode {
	const {signs} = useContext(ThemeContext);
	const width = useContext(WidthContext);
	const lines = useMemo(() => rawLines(text, isMarked, width, signs), [text, isMarked, width, signs]);
	return <LongLines lines={lines} />;
}

/** Its lines, where there is more than one text. */
export function rawLines(text: string, isMarked: Props['isMarked'], width: number, signs: Signs): readonly Line[] {
	return text.split('\n').flatMap(line => {
		const mark = isMarked(line);
		return wrap(line.replaceAll('\t', '    '), width - 2).map((part, index): Line => [
			span(mark && index === 0 ? `${signs.cursor} ` : '  ', 'accent'),
			span(part, mark ? 'strong' : 'plain'),
		]);
	});
}
