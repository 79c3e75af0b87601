import {setTimeout as wait} from 'node:timers/promises';
import type {ClusterClient} from '../cluster/cluster-client.ts';
import {diagnose} from '../diagnosis/diagnose.ts';
import {judgeRepair, type RepairVerdict} from '../repair/run/judge-proof.ts';
import type {Proof} from '../proof/proof.ts';
import {proveHostPorts, type ProveHostPortsOptions} from '../proof/prove-host-ports.ts';
import {wholeEvidence} from './whole-evidence.ts';

/** So long may nothing move: a pod may take some time to start, its application to listen, its node to forget an earlier pod. */
const patienceMilliseconds = 60_000;

/**
 * A ready agent may still compile and load the programs that take what comes from other nodes: seconds on an idle node, and on a
 * busy one more than a minute in which only its own node gets an answer (seen on Cilium 1.20.2).
 */
const loadingMilliseconds = 180_000;

/** Milliseconds for which nothing may move before a failure is believed: longer while an agent may be loading its programs. */
export function patienceFor(nodes: ReadonlyArray<{readonly agent: {readonly startedAt: string | null} | null}>, now: number): number {
	const isLoading = nodes.some(({agent}) => {
		const age = now - Date.parse(agent?.startedAt ?? '');
		// A clock that is far behind the cluster's tells nothing of an age.
		return age < loadingMilliseconds && age > -loadingMilliseconds;
	});
	return isLoading ? loadingMilliseconds : patienceMilliseconds;
}

/** A machine that reaches no node proves nothing about them. */
const notFromHere = 'this machine: a repair is proved from the nodes; kubectl hostport verify also tries from here';

type RepairProof = RepairVerdict & {readonly proof: Proof};

/**
 * Connects to every hostPort of the cluster as it is now, from its own node and from another one; again while pods are on
 * their way and connections fail, as long as something moves.
 * @param within `left`: pods that the plan leaves as they are; `say` is told what is waited for
 * @param accesses to nodes, where agents alone do not do, and who is told of each answer
 * @param silent what nobody could be reached on before the repair either (silentBefore)
 */
export async function proveRepair(
	client: ClusterClient,
	{signal, say, left}: {readonly signal: AbortSignal; readonly say: (text: string) => void; readonly left: ReadonlySet<string>},
	silent: ReadonlySet<string>,
	accesses: Pick<ProveHostPortsOptions, 'pods' | 'openNode' | 'onQuestions' | 'onResult'> = {},
): Promise<RepairProof> {
	// What comes again is no progress: two that take turns would never end.
	const said = new Set<string>();
	let moved = Date.now();
	for (;;) {
		const {evidence} = await wholeEvidence(client, signal);
		const generatedAt = new Date().toISOString();
		const proved = await proveHostPorts(client, {
			evidence,
			diagnosis: diagnose(evidence),
			signal,
			generatedAt,
			fromClient: false,
			...accesses,
		});
		const proof = {...proved, skipped: proved.results.length === 0 ? proved.skipped : [...proved.skipped, notFromHere]};
		const verdict = judgeRepair(proof, evidence, silent, left);
		if (verdict.ok) return {...verdict, proof};
		if (!said.has(verdict.summary)) {
			said.add(verdict.summary);
			moved = Date.now();
			say(verdict.summary);
		}

		if (Date.now() - moved > patienceFor(evidence.nodes, Date.now())) return {...verdict, proof};
		await wait(1000, undefined, {signal});
	}
}
