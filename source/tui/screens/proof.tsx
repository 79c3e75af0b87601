import {useContext, useMemo, type ReactNode} from 'react';
import {byReason, proofMatrix} from '../../output/proof-matrix.ts';
import {Heading} from '../components/heading.tsx';
import {LongLines} from '../components/long-lines.tsx';
import {Prose} from '../components/prose.tsx';
import {WidthContext} from '../components/width.ts';
import {proofLines} from '../proof-lines.ts';
import type {Step, View} from '../state.ts';
import type {LiveProof} from '../store.ts';
import {ThemeContext} from '../theme.ts';
import {definePage, type Scrolled} from './page-screen.tsx';
import {push, type At, type ScreenDefinition} from './screen.ts';

const making = (what: 'pods' | 'test pod', question: string, [yes, no]: readonly [string, string]) => {
	const intent = {kind: 'verify', making: what} as const;
	return ({state, view}: At<Here>): Step | undefined =>
		canMake(what, view) ? {state: {...state, prompt: {kind: 'ask', question, yes, no, intent}}} : undefined;
};

/** Pods have something to connect to where there are hostPorts, a test pod is for where there are none. */
function canMake(what: 'pods' | 'test pod', {model: {snapshot, hostPorts}, canRepair}: View): boolean {
	const isIdle = canRepair && snapshot.diagnosis !== null && snapshot.phase === null;
	return isIdle && (hostPorts.length === 0) === (what === 'test pod');
}

type Here = Scrolled<'proof'>;

/** Connections to every hostPort, live. */
export const proof: ScreenDefinition<'proof', Here> = definePage({
	name: 'proof',
	title: 'the proof',
	opener: {
		keys: ['v'],
		label: 'verify: connect to every hostPort, live',
		footer: {word: 'verify', rank: 8},
		act: ({state}) => ({state: push(state, {name: 'proof', offset: 0}), intent: {kind: 'verify', making: 'nothing'}}),
	},
	keys: [
		{
			keys: ['v'],
			label: 'connect again',
			footer: {word: 'again', rank: 8},
			act: ({state}) => ({state, intent: {kind: 'verify', making: 'nothing'}}),
		},
		{
			keys: ['o'],
			label: 'verify from ordinary pods too; asks first',
			footer: {word: 'pods too', rank: 3},
			act: making('pods', 'create a small pod on each node with hostPorts?', ['create them', 'no  they are removed again']),
		},
		{
			keys: ['t'],
			label: 'verify by a test pod; asks first',
			footer: {word: 'test pod', rank: 3},
			act: making('test pod', 'create one small pod with a hostPort?', ['create it', 'no  it is removed again']),
		},
	],
	titled({view: {model}}) {
		const live = model.snapshot.proof;
		return live === null
			? 'Proof'
			: `Proof  ${live.summary === '' ? `${live.results.length} of ${live.asked.length} answers` : live.summary}`;
	},
	Page({view: {model}}) {
		const live = model.snapshot.proof;
		if (live === null) return <Prose tone="muted">Not verified yet. Press v to connect to every hostPort.</Prose>;
		return <ProofPage {...live} />;
	},
});

/** The live proof: a row for each hostPort and address, a column for each place, filled in as the answers come. */
export function ProofPage({asked, results, pods, unasked, isUnderWay}: LiveProof): ReactNode {
	const {signs} = useContext(ThemeContext);
	const width = useContext(WidthContext);
	const rows = useMemo(() => proofMatrix(asked, results, pods), [asked, results, pods]);
	const lines = useMemo(() => proofLines(rows, width, signs), [rows, width, signs]);
	return (
		<>
			{rows.length === 0 && <Prose tone="muted">{isUnderWay ? 'asking' : 'no hostPort to connect to'}</Prose>}
			<LongLines lines={lines} />
			{unasked.length > 0 && <Heading>Not tried</Heading>}
			{byReason(unasked).map(line => (
				<Prose key={line} indent={2} tone="doubtful">
					{line}
				</Prose>
			))}
		</>
	);
}
