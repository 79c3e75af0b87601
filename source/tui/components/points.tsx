import {useContext, type ReactNode} from 'react';
import {ThemeContext} from '../theme.ts';
import {Signed} from './signed.tsx';

/** Points one below the other; further lines of a point begin where its first one does. */
export function Points({all, indent = 0}: {readonly all: readonly string[]; readonly indent?: number}): ReactNode {
	const {signs} = useContext(ThemeContext);
	return all.map((text, index) => (
		<Signed key={index} sign={signs.dot} indent={indent}>
			{text}
		</Signed>
	));
}
