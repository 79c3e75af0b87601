import type {Proof} from '../proof/proof.ts';
import {proveHostPorts, type ProveHostPortsOptions} from '../proof/prove-host-ports.ts';
import {withConnection} from './connection.ts';
import type {Look} from './look.ts';
import type {Session} from './session.ts';
import {proofAccesses, type NodeAccesses} from './node-accesses.ts';

/** What a proof may make on the cluster, and who hears of its answers as they come. */
export type VerifyOptions = Pick<
	ProveHostPortsOptions,
	'withPods' | 'testPodOn' | 'fromClient' | 'settlesUntil' | 'onSettle' | 'onQuestions' | 'onResult' | 'onPod'
>;

/** Connects to every hostPort of what was seen, by the accesses that the flags allow. @throws as `proveHostPorts` */
export async function verify(session: Session, seen: Look, accesses: NodeAccesses, options: VerifyOptions): Promise<Proof> {
	const {concurrency} = session.reach;
	return withConnection(session, async client => {
		const proof = await proveHostPorts(client, {
			...seen,
			signal: session.signal,
			generatedAt: new Date().toISOString(),
			...proofAccesses(accesses),
			demoNetwork: session.demoNetwork,
			...(concurrency !== undefined && {concurrency}),
			settle: true,
			...options,
		});
		const lacksAgents = seen.evidence.cilium === null && seen.evidence.pods.length > 0 && accesses.via !== 'ssh';
		const here = 'no Cilium agent was found: connections could only start from this machine';
		return lacksAgents ? {...proof, unasked: [here, ...proof.unasked]} : proof;
	});
}
