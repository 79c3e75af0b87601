import {Box, measureElement, type DOMElement} from 'ink';
import {useContext, useEffectEvent, useLayoutEffect, useMemo, useRef, useState, type ReactNode} from 'react';
import {Section} from './components/section.tsx';
import {TextColumn} from './components/text-column.tsx';
import {margin} from './layout.ts';
import type {Model} from './model.ts';
import type {OverviewLayout} from './overview-layout.ts';
import {FindingPage} from './screens/finding.tsx';
import {NodePage} from './screens/node.tsx';
import type {About} from './screens/screen.ts';
import {ThemeContext} from './theme.ts';

type Props = Pick<OverviewLayout, 'pane'> & {readonly model: Model; readonly about: About};

/** What follows the cursor: the node, or the finding; where there is no room for all of it that is said. */
export function OverviewPane({model, about: {node, finding: key}, pane}: Props): ReactNode {
	const finding = model.findings.find(row => row.key === key)?.finding;
	const content = useRef<DOMElement>(null);
	const [lines, setLines] = useState(0);
	const measure = useEffectEvent(() => setLines(content.current === null ? 0 : measureElement(content.current).height));
	useLayoutEffect(() => measure());
	// Another title alone lays out nothing of it again.
	const page = useMemo(
		() => (node === undefined ? finding !== undefined && <FindingPage {...finding} /> : <NodePage model={model} name={node} isBrief />),
		[node, finding, model],
	);
	if (page === false) return null;
	const detail = lines > pane.rows ? `lines 1-${pane.rows} of ${lines}` : '';
	return (
		<Section title={node === undefined ? `Finding ${finding?.code}` : `Node ${node}`} detail={detail} columns={pane.columns}>
			<Beside isBeside={pane.isBeside}>
				<Box height={pane.rows} overflow="hidden">
					<Box ref={content} alignSelf="flex-start" flexShrink={0}>
						<TextColumn width={pane.columns - 2 * margin}>{page}</TextColumn>
					</Box>
				</Box>
			</Beside>
		</Section>
	);
}

/** Where it stands beside something else, an edge at its left. */
function Beside({isBeside, children}: {readonly isBeside: boolean; readonly children: ReactNode}): ReactNode {
	const {signs, styles} = useContext(ThemeContext);
	if (!isBeside) return <Box paddingLeft={margin}>{children}</Box>;
	const edge = {left: signs.bar, topLeft: '', top: '', topRight: '', right: '', bottomRight: '', bottom: '', bottomLeft: ''};
	return (
		<Box
			borderStyle={edge}
			borderTop={false}
			borderRight={false}
			borderBottom={false}
			borderDimColor={styles.muted.dimColor === true}
			paddingLeft={margin - 1}
		>
			{children}
		</Box>
	);
}
