import {Box, measureElement, type DOMElement} from 'ink';
import {useContext, useLayoutEffect, useRef, type ReactNode} from 'react';
import {bodyHeight, margin} from '../layout.ts';
import {clampOffset, placeText} from '../list.ts';
import {PageContext, undrawn} from '../page.ts';
import type {View} from '../state.ts';
import {Rule} from './rule.tsx';

type Props = {
	readonly title: string;
	/** First line in sight. */
	readonly offset: number;
	readonly view: View;
	readonly children: ReactNode;
};

/** A page that may be longer than the terminal. How long it is, Ink knows once it has laid it out. */
export function Scroll({title, offset: wanted, view: {columns, rows, pageLines}, children}: Props): ReactNode {
	const content = useRef<DOMElement>(null);
	const onMeasured = useContext(PageContext);
	const height = bodyHeight(rows);
	const offset = clampOffset(wanted, pageLines, height);
	const place = pageLines === undrawn ? '' : placeText(offset, height, pageLines);
	useLayoutEffect(() => {
		if (content.current !== null) onMeasured(measureElement(content.current).height);
	});
	useLayoutEffect(() => () => onMeasured(undrawn), [onMeasured]);
	return (
		<>
			<Rule title={title} detail={place === '' ? '' : `lines ${place}`} isActive columns={columns} />
			<Box height={height} flexShrink={0} overflow="hidden" contentOffsetY={offset}>
				<Box ref={content} paddingLeft={margin} alignSelf="flex-start">
					{children}
				</Box>
			</Box>
		</>
	);
}
