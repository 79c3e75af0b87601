import {Box} from 'ink';
import {useContext, type ReactNode} from 'react';
import {Prose} from '../components/prose.tsx';
import {TextColumn} from '../components/text-column.tsx';
import {TypedText} from '../components/typed-text.tsx';
import {editedText} from '../edited-text.ts';
import {margin, textWidth} from '../layout.ts';
import {ThemeContext} from '../theme.ts';
import {follow} from './wizard.ts';

/** What a page remembers on which the name of the cluster is typed. A text of null is the one that stands there by itself. */
export type TypedName = {readonly text: string | null; readonly isWrong: boolean};

/** The page after one key; undefined where the key is no letter. */
export function withKey<Page extends TypedName>(page: Page, typed: string, key: string): Page | undefined {
	if (key === 'left' || key === 'right') return page;
	const isLetter = Array.from(key).length === 1;
	if (!isLetter && !['backspace', 'ctrl+u', 'ctrl+w'].includes(key)) return undefined;
	// A proposal gives way to the first letter typed; other keys work on it.
	const text = editedText(page.text === null && isLetter ? '' : typed, key);
	return {...page, text, isWrong: false, offset: follow};
}

type Props = {readonly clusterName: string; readonly typed: string; readonly isWrong: boolean; readonly columns: number};

/** The line to type in; at the foot of its page it stays in sight, however long the text above it is. */
export function AskedName({clusterName, typed, isWrong, columns}: Props): ReactNode {
	const {signs} = useContext(ThemeContext);
	return (
		<Box paddingX={margin} paddingY={1}>
			<TextColumn width={textWidth(columns)}>
				<Prose tone={isWrong ? 'bad' : 'plain'}>
					{`${isWrong ? 'The name does not match; nothing was changed. ' : ''}Type the name of the cluster to go on: ${clusterName}`}
				</Prose>
				<TypedText label={signs.cursor}>{typed}</TypedText>
			</TextColumn>
		</Box>
	);
}
