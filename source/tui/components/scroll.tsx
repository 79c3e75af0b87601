import {Box, measureElement, type DOMElement} from 'ink';
import {useContext, useEffectEvent, useLayoutEffect, useMemo, useRef, useState, type ReactNode} from 'react';
import {bodyHeight, margin} from '../layout.ts';
import {placeText} from '../list.ts';
import {PageContext, SightContext, sightOf, undrawn} from '../page.ts';
import type {View} from '../state.ts';
import {Rule} from './rule.tsx';
import {Tabs, type Trail} from './tabs.tsx';

type Props = {
	/** Its title, or the pages among which it stands. */
	readonly title: string | Trail;
	/** First line in sight; below 0 the part that took the focus is kept in sight. */
	readonly offset: number;
	readonly view: View;
	/** What stays below it. */
	readonly foot?: ReactNode;
	readonly children: ReactNode;
};

/** A page that may be longer than the terminal. How long it is, Ink knows once it has laid it out. */
export function Scroll({title, offset: wanted, view: {columns, rows}, foot, children}: Props): ReactNode {
	const viewport = useRef<DOMElement>(null);
	const content = useRef<DOMElement>(null);
	const focus = useRef<DOMElement>(null);
	const onMeasured = useContext(PageContext);
	const [page, setPage] = useState(undrawn);
	const {offset, height} = sightOf(wanted, page, rows);
	const isLaidOut = page !== undrawn;
	const place = isLaidOut ? placeText(offset, height, page.lines) : '';
	const sight = useMemo(() => ({offset, height, isLaidOut, content, focus}), [offset, height, isLaidOut]);
	const measure = useEffectEvent(() => {
		if (viewport.current === null || content.current === null) return;
		const {y, height: lines} = measureElement(content.current);
		const kept = focus.current === null ? undefined : measureElement(focus.current);
		const now = {lines, height: measureElement(viewport.current).height, focus: kept === undefined ? 0 : kept.y + kept.height - 1 - y};
		onMeasured(now);
		const next = sightOf(wanted, now, rows);
		if (lines !== page.lines || next.offset !== offset || next.height !== height) setPage(now);
	});
	useLayoutEffect(() => measure());
	useLayoutEffect(() => () => onMeasured(undrawn), [onMeasured]);
	return (
		<>
			{typeof title === 'string' ? (
				<Rule title={title} detail={place === '' ? '' : `lines ${place}`} isActive columns={columns} />
			) : (
				<Tabs trail={title} place={place} columns={columns} />
			)}
			<Box flexDirection="column" height={bodyHeight(rows)} flexShrink={0} overflow="hidden">
				<Box ref={viewport} flexGrow={1} flexBasis={0} minHeight={1} overflow="hidden" contentOffsetY={offset}>
					<Box ref={content} paddingLeft={margin} alignSelf="flex-start">
						<SightContext value={sight}>{children}</SightContext>
					</Box>
				</Box>
				<Box flexDirection="column" flexShrink={0}>
					{foot}
				</Box>
			</Box>
		</>
	);
}
