import {Box, Text} from 'ink';
import {useContext, type ReactNode} from 'react';
import {Labelled} from '../components/labelled.tsx';
import {Toned} from '../components/toned.tsx';
import {WidthContext} from '../components/width.ts';
import {ThemeContext} from '../theme.ts';
import {bytesText, count} from '../../words.ts';
import type {CheckedBinary} from './values.ts';

/** Columns that it is set in. */
const indent = 6;
const labelWidth = 6;

/** What was read: enough to compare it with what the person meant. */
export function Binary({architecture, version, sha256, size, origin, nodes}: CheckedBinary): ReactNode {
	const {signs} = useContext(ThemeContext);
	const width = useContext(WidthContext);
	const whom = nodes === 0 ? 'for the DaemonSet' : `for ${count(nodes, 'node')}`;
	return (
		<WidthContext value={width - indent}>
			<Box flexDirection="column" flexShrink={0} paddingLeft={indent}>
				<Text>
					<Toned tone="good">{signs.good} </Toned>
					<Toned tone="strong">{`portmap${version === '' ? '' : ` ${version}`}`}</Toned>
					{`  ${[architecture, bytesText(size), whom].join(` ${signs.dot} `)}`}
				</Text>
				<Labelled label="from" indent={2} labelWidth={labelWidth}>
					{origin}
				</Labelled>
				<Labelled label="sha256" indent={2} labelWidth={labelWidth}>
					{sha256}
				</Labelled>
			</Box>
		</WidthContext>
	);
}
