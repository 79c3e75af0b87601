import {Text} from 'ink';
import {useContext, type ReactNode} from 'react';
import {ThemeContext, type Tone} from '../theme.ts';

/** A piece of text that says by its tone what it means. */
export function Toned({tone = 'plain', children}: {readonly tone?: Tone | undefined; readonly children: ReactNode}): ReactNode {
	const {styles} = useContext(ThemeContext);
	return <Text {...styles[tone]}>{children}</Text>;
}
