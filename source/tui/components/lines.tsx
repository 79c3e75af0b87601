import {Box, Text} from 'ink';
import {memo, useContext, type ReactNode} from 'react';
import {cutLine, isSameLine, type Line} from '../line.ts';
import {ThemeContext} from '../theme.ts';

type Props = {readonly line: Line; readonly width: number};

/** One line of the terminal, cut to its width. Lines are new objects in each frame, so they are compared by what they show. */
export const LineText = memo(function LineText({line, width}: Props): ReactNode {
	const {styles, signs} = useContext(ThemeContext);
	return (
		// Without this Yoga lays lines over each other where a box is too low for them.
		<Box flexShrink={0} height={1}>
			<Text wrap="truncate">
				{cutLine(line, width, signs.cut).map(({text, tone}, index) => (
					<Text key={index} {...styles[tone]}>
						{text}
					</Text>
				))}
			</Text>
		</Box>
	);
}, isSame);

function isSame(one: Props, other: Props): boolean {
	return one.width === other.width && isSameLine(one.line, other.line);
}

/** Lines one below the other, always in the same number: what is missing is blank, so that nothing below them moves. */
export function Lines({
	lines,
	width,
	height,
}: {
	readonly lines: readonly Line[];
	readonly width: number;
	readonly height: number;
}): ReactNode {
	return (
		<Box flexDirection="column" flexShrink={0} height={height}>
			{lines.slice(0, height).map((line, index) => (
				<LineText key={index} line={line} width={width} />
			))}
		</Box>
	);
}
