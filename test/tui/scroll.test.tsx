import {Box, Text, useInput, type DOMElement} from 'ink';
import {useContext, useLayoutEffect, useRef, type ReactNode} from 'react';
import {afterEach, describe, expect, it} from 'vitest';
import {LongLines} from '../../source/tui/components/long-lines.tsx';
import {Scroll} from '../../source/tui/components/scroll.tsx';
import {TextColumn} from '../../source/tui/components/text-column.tsx';
import {span} from '../../source/tui/line.ts';
import {PageContext, SightContext, undrawn, type PageSize} from '../../source/tui/page.ts';
import {pageText} from '../../source/tui/page-text.tsx';
import {renderAtSize, type Drawn} from '../support/render-at-size.tsx';
import {viewWith} from './fixtures.ts';

const rows = 14;
const view = viewWith({}, {columns: 60, rows});
const lines = Array.from({length: 5000}, (_, index) => [span(`line ${index + 1}`)]);

/** Keeps the terminal open. */
function Listening(): ReactNode {
	useInput(() => {});
	return null;
}

/** How many lines Ink was given. */
let given = 0;

function Page({above, focused = -1}: {readonly above: number; readonly focused?: number}): ReactNode {
	const {focus} = useContext(SightContext);
	const box = useRef<DOMElement>(null);
	useLayoutEffect(() => {
		given = (box.current?.childNodes[0] as DOMElement | undefined)?.childNodes.length ?? 0;
	});
	return (
		<TextColumn width={56}>
			{Array.from({length: above}, (_, index) => (
				<Box key={index} ref={index === focused ? focus : undefined}>
					<Text>{`above ${index + 1}`}</Text>
				</Box>
			))}
			<Box ref={box} flexDirection="column" flexShrink={0}>
				<LongLines lines={lines} />
			</Box>
			<Text>below</Text>
		</TextColumn>
	);
}

describe('a page that scrolls', () => {
	let drawn: Drawn | undefined;
	let size: PageSize = undrawn;
	afterEach(() => drawn?.unmount());

	const shows = async (offset: number, page: ReactNode, foot?: ReactNode): Promise<string> => {
		drawn = await renderAtSize(
			<PageContext
				value={now => {
					size = now;
				}}
			>
				<Scroll title="Page" offset={offset} view={view} foot={foot}>
					{page}
				</Scroll>
				<Listening />
			</PageContext>,
			60,
			rows,
		);
		return drawn.frame();
	};

	it('gives Ink those of thousands of lines that are in sight, wherever they begin', async () => {
		for (const [offset, first, last] of [
			[0, 'above 1', 'line 7'],
			[2000, 'line 1998', 'line 2007'],
			[1_000_000, 'line 4992', 'below'],
		] as const) {
			// eslint-disable-next-line no-await-in-loop -- one terminal after the other
			const frame = await shows(offset, <Page above={3} />);
			const seen = frame.split('\n').slice(1, 11);
			expect(seen[0]?.trim()).toBe(first);
			expect(seen.at(-1)?.trim()).toBe(last);
			expect(given).toBeLessThanOrEqual(10);
			expect(size).toEqual({lines: 5004, height: 10, focus: 0});
			drawn?.unmount();
		}
	});

	it('keeps in sight what took the focus, and two lines below it', async () => {
		const frame = await shows(-1, <Page above={40} focused={30} />);
		expect(frame).toContain('above 31\n');
		expect(frame.split('\n')[10]?.trim()).toBe('above 33');
		expect(size.focus).toBe(30);
	});

	it('leaves its foot in sight, and says which lines the rest are', async () => {
		const frame = await shows(1, <Page above={3} />, <Text>{'foot 1\nfoot 2'}</Text>);
		expect(frame).toContain('Page  lines 2-9 of 5004');
		expect(
			frame
				.split('\n')
				.slice(8, 11)
				.map(line => line.trim()),
		).toEqual(['line 6', 'foot 1', 'foot 2']);
		expect(size.height).toBe(8);
	});

	it('is whole where it becomes text', () => {
		const text = pageText(<Page above={1} />).split('\n');
		expect([text[0], text[1], text.at(-1)]).toEqual(['above 1', 'line 1', 'below']);
	});
});
