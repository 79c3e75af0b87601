import {exitCode, UsageError} from '../errors.ts';
import {summaryOf} from '../proof/summary.ts';
import type {Proof} from '../proof/proof.ts';
import {nodeForTestPod} from '../proof/prove-host-ports.ts';
import {count} from '../words.ts';
import {look, type Listeners, type Look} from './look.ts';
import {outcomeOfProof} from './outcome.ts';
import type {Session} from './session.ts';
import {verify, type VerifyOptions} from './verify.ts';
import type {NodeAccesses} from './node-accesses.ts';
import {isTerminating} from '../terminating.ts';

/** Between two times that are asked. */
const pauseMilliseconds = 5000;

/** What a proof may make and from where, and for how long it is asked again. */
export type Proving = Required<Pick<VerifyOptions, 'withPods' | 'fromClient'>> & {
	/** Where no pod has a hostPort, one is made for the moment, on each node of the scope or on one. */
	readonly testPod: boolean;
	/** Milliseconds for which it is asked again; undefined: once. */
	readonly wait: number | undefined;
};

/** Told how far it is, and in a line what else there is to say. */
type Telling = Required<Pick<Listeners, 'onProgress' | 'onNotice'>>;

/** A look, and the proof made by it. */
export type Proved = {readonly seen: Look; readonly proof: Proof};

/** Looks and connects, with `wait` again and again until there are hostPorts and every one answers; what was seen last counts. */
export async function lookAndProve(session: Session, accesses: NodeAccesses, proving: Proving, telling: Telling): Promise<Proved> {
	const {clock, signal} = session;
	const deadline = clock.now() + (proving.wait ?? 0);
	for (;;) {
		const proved = await lookAndProveOnce(session, accesses, proving, telling, proving.wait === undefined ? undefined : deadline);
		const {seen, proof} = proved;
		const isDone = proof.results.length > 0 && outcomeOfProof(proof, seen.evidence.gaps.length > 0) === exitCode.ok;
		if (isDone || clock.now() >= deadline) return proved;
		telling.onProgress({type: 'phase', text: `waiting: ${summaryOf(proof)}`});
		await clock.sleep(Math.min(pauseMilliseconds, Math.max(0, deadline - clock.now())), signal);
	}
}

/** @param settlesUntil until when it may wait for agents that have just started; as long as they need unless told */
async function lookAndProveOnce(
	session: Session,
	accesses: NodeAccesses,
	{withPods, fromClient, testPod}: Proving,
	{onProgress, onNotice}: Telling,
	settlesUntil: number | undefined,
): Promise<Proved> {
	const seen = await look(session, {onProgress, onNotice, accesses, settlesUntil});
	const tell = (text: string): void => onProgress({type: 'phase', text});
	let answered = 0;
	let total = 0;
	const show = (): void => tell(`connecting: ${answered} of ${total} answers`);
	const onAnswer = (): void => {
		answered += 1;
		show();
	};
	const proof = await verify(session, seen, accesses, {
		withPods,
		fromClient,
		settlesUntil,
		testPodOn: testPod ? nodesForTestPods(session, seen, onNotice) : [],
		onSettle: connections => tell(`an agent has just started: trying ${count(connections, 'connection')} again`),
		onQuestions(questions) {
			total = questions.length;
			show();
		},
		onResult: onAnswer,
		onPod: onAnswer,
	});
	return {seen, proof};
}

/** On each node that was named, else on one; none where a hostPort is there to be asked anyway. */
function nodesForTestPods({scope}: Session, {evidence}: Look, onNotice: Telling['onNotice']): readonly string[] {
	if (evidence.pods.some(pod => !pod.hostNetwork && pod.phase === 'Running' && !isTerminating(pod))) {
		onNotice('no test pod was created: there are hostPorts to connect to');
		return [];
	}

	if (scope.nodes.length > 0) return scope.nodes;
	const node = nodeForTestPod(evidence);
	if (node === undefined)
		throw new UsageError(
			'no node can run a test pod',
			'Check the agents with kubectl hostport check: a test pod needs a node with a running Cilium agent.',
		);
	return [node.name];
}

/** The node that every connection inside the cluster left from, where that is so because no other was asked for. */
export function onlyPlaceOf({scope: {nodes, selector}}: Session, {results}: Proof): string | undefined {
	const [first, ...others] = new Set(results.filter(({from}) => from !== 'client').map(({via}) => via));
	return (nodes.length > 0 || selector !== undefined) && others.length === 0 ? first : undefined;
}
