import type {Target} from '../connect/connection.ts';

/**
 * Where a connection comes from, as seen from the node that the hostPort's pod runs on. `same-node` and `other-node` leave from the
 * host network of a node, at 127.0.0.1 from its loopback; `pod-itself` from the hostPort's own pod.
 */
export type Origin = 'same-node' | 'other-node' | 'pod' | 'pod-itself' | 'client';

/**
 * What one connection says of the hostPort. `not proven`: the answer would be the same with and without a fault. `not served`: this
 * place gets no answer by version, strategy or hostIP, and it got none.
 */
export type ProofVerdict = 'works' | 'fails' | 'not proven' | 'not served';

/** Whether a place is to get an answer, before anybody has asked. */
export type Expected = 'answer' | 'no answer' | 'unknown';

/** One connection that was tried. Field names are the contract's (`verify -o json`). */
export type ProofResult = {
	/** `namespace/pod:hostPort/PROTOCOL`. */
	readonly hostPort: string;
	/** The node that the hostPort's pod runs on. */
	readonly node: string;
	readonly from: Origin;
	/** The node that the connection left from; empty for the user's own machine. */
	readonly via: string;
	/** The address connected to, without the port. */
	readonly address: string;
	readonly ok: boolean;
	/** From the call to the connection (TCP) or to the first answer (UDP), rounded up to a tenth; 0 where there was none. */
	readonly milliseconds: number;
	/** `refused`, `timed out`, `unreachable`, `no answer`, `reset`, `not permitted`, or the system's own words; empty where ok. */
	readonly error: string;
	readonly verdict: ProofVerdict;
	/** Where the blame lies or why nothing is proved, in one line; empty where the error says it all. */
	readonly note: string;
	/** Its pod was no longer the one that was looked at. */
	readonly gone?: true;
	/** The rule or entry that carries the hostPort, or why none does, by the diagnosis made just before. */
	readonly by: string;
	/** By the version and strategy of the hostPort's node and by its hostIP. */
	readonly expected: Expected;
	/** Code of the finding that explains the verdict, `HP11`; empty where there is none. */
	readonly finding: string;
};

/** The same for a pod's own IP and container port, tried from its node: a dead application is not hostPort's fault. */
export type PodResult = Pick<ProofResult, 'hostPort' | 'node' | 'address' | 'ok' | 'milliseconds' | 'error'>;

/** What `verify` found, as the contract has it. */
export type Proof = {
	readonly apiVersion: 'hostport.dev/v1';
	readonly kind: 'Proof';
	/** RFC 3339. */
	readonly generatedAt: string;
	readonly results: readonly ProofResult[];
	readonly pods: readonly PodResult[];
	/** Places and hostPorts that could not be asked, one line each: what, and why. */
	readonly unasked: readonly string[];
	/** Places that were not asked and are not missed for a verdict, one line each: what, and why. */
	readonly skipped: readonly string[];
};

/** One connection to try: the id ties the answer to the question. */
export type Probe = Target & {readonly id: number};

/** An answer that was not judged yet, and why its place is expected to get none. */
export type UnjudgedResult = Omit<ProofResult, 'verdict' | 'note' | 'finding'> & {readonly because: string};
