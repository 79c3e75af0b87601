import {setTimeout as wait} from 'node:timers/promises';
import type {ClusterClient} from '../cluster/cluster-client.ts';
import {diagnose} from '../diagnosis/diagnose.ts';
import {clusterEvidence} from '../evidence/cluster-evidence.ts';
import {judgeRepair, type RepairVerdict} from '../repair/judge-proof.ts';
import type {Proof} from '../proof/proof.ts';
import {proveHostPorts} from '../proof/prove-host-ports.ts';
import {version} from '../version.ts';

/** A pod that is ready may take some seconds more until its application listens, and its node until it has forgotten an earlier pod. */
const patienceMilliseconds = 60_000;

export type RepairProof = RepairVerdict & {readonly proof: Proof};

/**
 * Connects to every hostPort of the cluster as it is now, from its own node and from another one; again while some fail.
 * @param silentBefore applications that were silent before the repair (silentApplications)
 */
export async function proveRepair(client: ClusterClient, signal: AbortSignal, silentBefore: ReadonlySet<string>): Promise<RepairProof> {
	const end = Date.now() + patienceMilliseconds;
	for (;;) {
		const {evidence} = await clusterEvidence(client, {nodes: [], selector: undefined, namespace: undefined, version, signal});
		const diagnosis = diagnose(evidence);
		const generatedAt = new Date().toISOString();
		const proof = await proveHostPorts(client, {evidence, diagnosis, signal, generatedAt, fromClient: false});
		const verdict = judgeRepair(proof, diagnosis, silentBefore);
		if (verdict.ok || Date.now() > end) return {...verdict, proof};
		await wait(1000, undefined, {signal});
	}
}
