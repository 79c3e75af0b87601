/** Where a connection comes from, as seen from the node that the hostPort's pod runs on. */
export type Origin = 'same-node' | 'other-node' | 'pod' | 'client';

/** What one connection says of the hostPort: `not proven` where the answer would be the same with and without a fault. */
export type ProofVerdict = 'works' | 'fails' | 'not proven';

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
	/** The rule or entry that carries the hostPort, or why none does, by the diagnosis made just before. */
	readonly by: string;
};

/** The same for a pod's own IP and container port, tried from its node: a dead application is not hostPort's fault. */
export type PodResult = Pick<ProofResult, 'hostPort' | 'node' | 'address' | 'ok' | 'milliseconds' | 'error'>;

export type Proof = {
	readonly apiVersion: 'hostport.dev/v1';
	readonly kind: 'Proof';
	/** RFC 3339. */
	readonly generatedAt: string;
	readonly results: readonly ProofResult[];
	readonly pods: readonly PodResult[];
	/** Places and hostPorts that could not be asked, one line each: what, and why. */
	readonly unasked: readonly string[];
};

/** One connection to try: the id ties the answer to the question. */
export type Probe = {
	readonly id: number;
	readonly protocol: 'TCP' | 'UDP';
	readonly address: string;
	readonly port: number;
};

export type ProbeAnswer = {readonly ok: boolean; readonly milliseconds: number; readonly error: string};

/** What is not one of the contract's fields in an answer that was not judged yet. */
export type UnjudgedResult = Omit<ProofResult, 'verdict' | 'note'>;
