import {Box, measureElement, type DOMElement} from 'ink';
import {useContext, useEffectEvent, useLayoutEffect, useRef, useState, type ReactNode} from 'react';
import type {Line} from '../line.ts';
import {SightContext} from '../page.ts';
import {LineText} from './lines.tsx';
import {WidthContext} from './width.ts';

/**
 * A part of a page that may have thousands of lines, each of which fits: it takes the room of all, and Ink lays out those in sight, because it lays out
 * all that it gets for each key (`line.ts` has the figures). Where the part begins is known once the page is laid out.
 */
export function LongLines({lines}: {readonly lines: readonly Line[]}): ReactNode {
	const {offset, height, content} = useContext(SightContext);
	const width = useContext(WidthContext);
	const own = useRef<DOMElement>(null);
	const [top, setTop] = useState(0);
	const findTop = useEffectEvent(() => {
		if (own.current !== null && content?.current) setTop(measureElement(own.current).y - measureElement(content.current).y);
	});
	// What stands above it may change at any time.
	useLayoutEffect(() => findTop());
	const first = Math.max(0, Math.min(offset - top, lines.length));
	return (
		<Box ref={own} flexDirection="column" flexShrink={0} height={content === null ? undefined : lines.length} paddingTop={first}>
			{lines.slice(first, Math.max(0, offset - top + height)).map((line, index) => (
				<LineText key={first + index} line={line} width={width} />
			))}
		</Box>
	);
}
