import {setTimeout as wait} from 'node:timers/promises';
import type {ClusterClient} from '../cluster/cluster-client.ts';
import {diagnose} from '../diagnosis/diagnose.ts';
import {clusterEvidence} from '../evidence/cluster-evidence.ts';
import {countOf, summaryOf} from '../proof/judge.ts';
import type {Proof, ProofResult} from '../proof/proof.ts';
import {proveHostPorts} from '../proof/prove-host-ports.ts';
import {version} from '../version.ts';

/** A pod that is ready may take some seconds more until its application listens. */
const patienceMilliseconds = 30_000;

export type RepairProof = {readonly ok: boolean; readonly summary: string; readonly proof: Proof};

/** Connects to every hostPort of the cluster as it is now, from its own node and from another one; again while some fail. */
export async function proveRepair(client: ClusterClient, signal: AbortSignal): Promise<RepairProof> {
	const end = Date.now() + patienceMilliseconds;
	for (;;) {
		const {evidence} = await clusterEvidence(client, {nodes: [], selector: undefined, namespace: undefined, version, signal});
		const proof = await proveHostPorts(client, {
			evidence,
			diagnosis: diagnose(evidence),
			signal,
			generatedAt: new Date().toISOString(),
			fromClient: false,
		});
		const [first, ...more] = proof.results.filter(isOurFault);
		// Nothing failed because nothing could be tried: that is no proof.
		const isUntried = proof.unasked.length > 0 && countOf(proof).works === 0;
		if (first === undefined && !isUntried) return {ok: true, summary: withUnasked(proof), proof};
		if (Date.now() > end) {
			const others = more.length === 0 ? '' : ` and ${more.length} more`;
			return {
				ok: false,
				summary:
					first === undefined
						? withUnasked(proof)
						: `${first.hostPort} from ${first.via} (${first.from}): ${first.error}${others}; ${summaryOf(proof)}`,
				proof,
			};
		}

		await wait(1000, undefined, {signal});
	}
}

/** An application that does not answer at its own address is not repaired by this program, nor broken by it. */
const isOurFault = ({verdict, note}: ProofResult): boolean => verdict === 'fails' && !note.startsWith('HP21');

/** What was not asked is not proved, and is said. */
const withUnasked = (proof: Proof): string => [summaryOf(proof), ...proof.unasked.slice(0, 3)].join('; ');
