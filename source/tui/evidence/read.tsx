import {Box} from 'ink';
import {useCallback, type ReactNode} from 'react';
import type {Evidence, NodeEvidence} from '../../evidence/evidence.ts';
import {None} from '../components/none.tsx';

/** What the tabs of a node are made of. */
export type Read = {
	readonly evidence: Evidence;
	readonly node: NodeEvidence;
	/** What the findings about this node say, so that the line that one of them quotes is marked. */
	readonly quoted: ReadonlySet<string>;
	/** Host ports of the node's pods and addresses of these, by which a rule is theirs. */
	readonly numbers: ReadonlySet<string>;
};

/** Headings and what stands below them; the first needs no blank line above it. */
export function Parts({children}: {readonly children: ReactNode}): ReactNode {
	return (
		<Box flexDirection="column" flexShrink={0} marginTop={-1}>
			{children}
		</Box>
	);
}

/** Why there is nothing of what the node would tell. */
export function Untold({skipped}: NodeEvidence): ReactNode {
	return <None>{skipped === '' ? 'The node returned nothing.' : `The node was not asked: ${skipped}`}</None>;
}

/** Marks the lines that a finding quotes. */
export function useQuoted({quoted}: Read): (line: string) => boolean {
	return useCallback(line => quoted.has(line), [quoted]);
}
