import {Text} from 'ink';
import {useContext, type ReactNode} from 'react';
import type {Finding} from '../../diagnosis/diagnosis.ts';
import {widthOf} from '../text-width.ts';
import {ThemeContext} from '../theme.ts';
import {Labelled} from './labelled.tsx';
import {Prose} from './prose.tsx';
import {Toned} from './toned.tsx';
import {WidthContext} from './width.ts';

/** Every line of proof, what was read at one place together, and the remedy. */
export function Proofs({because, remedy, indent = 0}: Pick<Finding, 'because' | 'remedy'> & {readonly indent?: number}): ReactNode {
	const places: Array<{source: string; says: string[]}> = [];
	for (const {source, says} of because) {
		const last = places.at(-1);
		if (last?.source === source) last.says.push(says);
		else places.push({source, says: [says]});
	}

	return (
		<>
			{places.length > 0 && (
				<Labelled label="because" indent={indent}>
					{places.map((place, index) => (
						<Place key={index} {...place} />
					))}
				</Labelled>
			)}
			{remedy !== '' && (
				<Labelled label="remedy " indent={indent} labelTone="accent">
					{remedy}
				</Labelled>
			)}
		</>
	);
}

/** Where it was read, more quietly, and below it what stood there; a single line goes beside it where both fit. */
function Place({source, says}: {readonly source: string; readonly says: readonly string[]}): ReactNode {
	const {signs} = useContext(ThemeContext);
	const width = useContext(WidthContext);
	const beside = `${source} ${signs.dash} `;
	const fits = says.length === 1 && !says[0]?.includes('\n') && widthOf(`${beside}${says[0]}`) <= width;
	if (fits)
		return (
			<Text>
				<Toned tone="muted">{beside}</Toned>
				{says}
			</Text>
		);
	return (
		<>
			<Prose tone="muted">{source}</Prose>
			{says.map((line, index) => (
				<Prose key={index} indent={2}>
					{line}
				</Prose>
			))}
		</>
	);
}
