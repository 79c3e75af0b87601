import {Box} from 'ink';
import {useContext, useMemo, type ReactNode} from 'react';
import {Heading} from '../components/heading.tsx';
import {LongLines} from '../components/long-lines.tsx';
import {Points} from '../components/points.tsx';
import {Signed} from '../components/signed.tsx';
import {WidthContext} from '../components/width.ts';
import type {ProofResult} from '../../proof/proof.ts';
import {SightContext} from '../page.ts';
import {ThemeContext} from '../theme.ts';
import {proofLines, type ProofRow} from './proof-rows.ts';
import type {RunEnding} from './values.ts';

type Props = {
	readonly rows: readonly ProofRow[];
	/** Keeps its end in sight. */
	readonly isFollowed?: boolean;
};

/** Every hostPort before and now, filled in as connections answer. */
export function RunProof({rows, isFollowed = false}: Props): ReactNode {
	const {signs} = useContext(ThemeContext);
	const {focus} = useContext(SightContext);
	const width = useContext(WidthContext);
	const lines = useMemo(() => proofLines(rows, width, signs), [rows, width, signs]);
	if (rows.length === 0) return null;
	const tried = rows.filter(({isGood}) => isGood !== null);
	return (
		<Box ref={isFollowed ? focus : undefined} flexDirection="column" flexShrink={0}>
			<Heading>
				{tried.length === 0
					? `hostPorts ${rows.length}`
					: `hostPorts  ${tried.filter(({isGood}) => isGood).length} of ${rows.length} answer`}
			</Heading>
			<LongLines lines={lines} />
		</Box>
	);
}

const mostUntried = 6;

/** How many connections worked, and what was not tried. */
export function Connections({proof, connections}: RunEnding): ReactNode {
	if (proof === null) return null;
	const verdicts = new Set(proof.results.map(({verdict}) => verdict).filter(verdict => verdict !== 'not served'));
	const untried = [...proof.unasked, ...proof.skipped].slice(0, mostUntried);
	if (verdicts.size === 0 && untried.length === 0) return null;
	return (
		<>
			<Heading>Connections</Heading>
			{verdicts.size > 0 && <Worked verdicts={verdicts}>{connections}</Worked>}
			<Points all={untried.map(line => `not tried: ${line}`)} />
		</>
	);
}

function Worked({verdicts, children}: {readonly verdicts: ReadonlySet<ProofResult['verdict']>; readonly children: string}): ReactNode {
	const {signs} = useContext(ThemeContext);
	const [sign, tone] = verdicts.has('fails')
		? ([signs.bad, 'bad'] as const)
		: verdicts.size === 1 && verdicts.has('works')
			? ([signs.good, 'good'] as const)
			: ([signs.unknown, 'doubtful'] as const);
	return (
		<Signed sign={sign} tone={tone}>
			{children}
		</Signed>
	);
}
