import {messageOf} from '../errors.ts';
import type {Asked} from '../output/proof-matrix.ts';
import type {Question} from '../proof/probes.ts';
import type {PodResult, ProofResult} from '../proof/proof.ts';
import type {Session} from '../session/session.ts';
import type {NodeAccesses} from '../session/node-accesses.ts';
import type {Making} from '../tui/state.ts';
import type {LiveProof, Store} from '../tui/store.ts';

/** Connects to every hostPort of what was seen last, told to the store as it goes on; a notice says where it cannot. */
export async function proveInto(
	store: Store,
	session: Session,
	{stop, making, accesses}: {readonly stop: AbortSignal; readonly making: Making; readonly accesses: NodeAccesses},
): Promise<void> {
	const {evidence, diagnosis, phase} = store.getSnapshot();
	const since = Date.now();
	if (phase !== null || evidence === null || diagnosis === null)
		return store.update({notice: 'verify: wait until all nodes have answered'});
	if (session.from !== undefined) return store.update({notice: 'verify: saved evidence has no ports to connect to'});
	const [{verify}, {nodeForTestPod}, {summaryOf}] = await Promise.all([
		import('../session/verify.ts'),
		import('../proof/prove-host-ports.ts'),
		import('../proof/summary.ts'),
	]);
	const nothing = {asked: [], results: [], pods: [], unasked: [], skipped: [], summary: '', isUnderWay: true};
	store.update({phase: {text: 'connecting to hostPorts', since}, progress: {done: 0, total: 0}, notice: null, proof: nothing});
	const change = (parts: Partial<LiveProof>): void => store.update({proof: {...(store.getSnapshot().proof ?? nothing), ...parts}});
	const signal = AbortSignal.any([session.signal, stop]);
	const results: ProofResult[] = [];
	const pods: PodResult[] = [];
	try {
		const proof = await verify({...session, signal}, {evidence, diagnosis}, accesses, {
			withPods: making === 'pods',
			onSettle: () => store.update({phase: {text: 'an agent has just started: trying again', since}}),
			testPodOn: making === 'test pod' ? [nodeForTestPod(evidence)?.name ?? ''] : [],
			onQuestions: questions => change({asked: questions.flatMap(askedOf)}),
			onResult(result) {
				results.push(result);
				change({results: [...results]});
			},
			onPod(pod) {
				pods.push(pod);
				change({pods: [...pods]});
			},
		});
		change({...proof, summary: summaryOf(proof), isUnderWay: false});
	} catch (error) {
		change({isUnderWay: false});
		if (!signal.aborted) store.update({notice: `verify: ${messageOf(error)}`});
	} finally {
		// A look that was asked for meanwhile has the phase now.
		if (store.getSnapshot().phase?.since === since) store.update({phase: null});
	}
}

/** A question as the proof shows it; what is only asked to judge others is omitted. */
export function askedOf({probe: {address}, from, ...question}: Question): readonly Asked[] {
	return from === 'own-address' ? [] : [{...question, from, address}];
}
