import {useContext, type ReactNode} from 'react';
import {ThemeContext, type Tone} from '../theme.ts';
import {Prose} from './prose.tsx';
import {Signed} from './signed.tsx';

type Props = {
	readonly message: string;
	/** What to do about it; empty where nothing is to be done. */
	readonly hint: string;
	readonly tone?: 'bad' | 'doubtful';
	readonly hintTone?: Tone;
	readonly indent?: number;
};

/** What failed, is refused or warned of, and what to do about it. */
export function Told({message, hint, tone = 'bad', hintTone = 'plain', indent = 0}: Props): ReactNode {
	const {signs} = useContext(ThemeContext);
	return (
		<>
			<Signed sign={signs[tone]} tone={tone} indent={indent}>
				{message}
			</Signed>
			{hint !== '' && (
				<Prose indent={indent + 2} tone={hintTone}>
					{hint}
				</Prose>
			)}
		</>
	);
}
