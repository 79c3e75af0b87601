import type {AccessKind} from '../access/access.ts';
import type {Reach} from '../cilium/expected-reach.ts';

/** `degraded`: the path works, but some hostPort of the node does not. */
export type Verdict = 'ok' | 'broken' | 'degraded' | 'unknown' | 'skipped';
/** How bad a finding is. */
export type Severity = 'error' | 'warning' | 'info';
/** What serves hostPort: eBPF (`native`), the portmap CNI plugin, the container runtime by itself (CRI-O), or nothing. */
export type HostPortServer = 'none' | 'portmap' | 'native' | 'runtime';

/** What serves hostPorts, in the words of a person; `path` is the word of the contract. */
export const servedBy: Readonly<Record<HostPortServer, string>> = {
	none: 'nothing',
	portmap: 'portmap',
	native: 'eBPF',
	runtime: 'the container runtime',
};

/** The states of a hostPort in the words of a person; `wired` and `unwired` are those of the contract. */
export const stateWords = {wired: 'mapped', unwired: 'not mapped', unknown: 'unknown'} as const;

/** One line of proof: where it was read and what stood there. */
export type Proof = {
	readonly source: string;
	readonly says: string;
};

/** One cause, with its proof. Field names are the contract's (`check -o json`). */
export type Finding = {
	readonly code: string;
	/** `error`: proved, and something does not work. `warning`: likely or to come. `info`: nothing to do. */
	readonly severity: Severity;
	readonly nodes: readonly string[];
	/** `namespace/pod:hostPort/PROTOCOL` of each hostPort concerned. */
	readonly hostPorts: readonly string[];
	readonly title: string;
	readonly because: readonly Proof[];
	readonly remedy: string;
	readonly repairable: boolean;
};

/** What is known of a node, as the contract has it. */
export type NodeDiagnosis = {
	readonly name: string;
	readonly verdict: Verdict;
	readonly kernel: string;
	readonly arch: string;
	readonly cni: {
		/** The file that the container runtime loads, or empty where it was not seen. */
		readonly file: string;
		/** Plugin types of that file, in order. */
		readonly plugins: readonly string[];
		/** Files of the binary folder, sorted; empty where it was not seen. */
		readonly binaries: readonly string[];
		readonly binDir: string;
	};
	readonly via: 'api' | AccessKind;
	/** Accesses that were tried, in order; `reason`: why one failed, or did not answer everything. */
	readonly attempts: ReadonlyArray<{readonly via: AccessKind; readonly ok: boolean; readonly reason: string}>;
	/** Why, where the verdict is unknown or skipped; and why a stronger access was needed. */
	readonly reason: string;
	/** Who is to reach a hostPort without hostIP there, by the node's version and strategy. */
	readonly reach: Reach;
};

/** What is known of a hostPort, as the contract has it. */
export type HostPortDiagnosis = {
	readonly namespace: string;
	readonly pod: string;
	readonly node: string;
	readonly hostIP: string;
	readonly hostPort: number;
	readonly containerPort: number;
	readonly protocol: string;
	/** `DaemonSet/web`; empty for a bare pod. */
	readonly owner: string;
	readonly state: 'wired' | 'unwired' | 'unknown';
	/** The rule or entry that carries it, where wired; why not, otherwise. */
	readonly by: string;
	/** Who is to reach it, by its node's version and strategy and by its hostIP. */
	readonly reach: Reach;
	/** What connections to it heard over TCP; none where nothing was tried. */
	readonly answers: readonly HostPortAnswer[];
};

/** One connection to a hostPort. */
export type HostPortAnswer = {
	/** Name of the node that it came from, or `client`: the machine that this program ran on. */
	readonly from: string;
	readonly address: string;
	readonly ok: boolean;
	/** `refused`, `timed out`, `unreachable`; empty where ok. */
	readonly error: string;
};

/** Where a connection came from that came from no node. */
export const client = 'client';

/** `from node-2: answered, from this machine: timed out`; empty where nothing was tried. */
export function answersText(answers: readonly HostPortAnswer[]): string {
	const said = answers.map(({from, ok, error}) => `from ${from === client ? 'this machine' : from}: ${ok ? 'answered' : error}`);
	return [...new Set(said)].join(', ');
}

/** The result of `check`: what scripts rely on. Findings come worst first; the first is the one to act on. */
export type Diagnosis = {
	readonly apiVersion: 'hostport.dev/v1';
	readonly kind: 'Diagnosis';
	/** RFC 3339. */
	readonly generatedAt: string;
	readonly cluster: {
		readonly server: string;
		readonly kubernetes: string;
		readonly cilium: {
			readonly version: string;
			readonly namespace: string;
			readonly path: HostPortServer;
		};
	};
	readonly nodes: readonly NodeDiagnosis[];
	readonly hostPorts: readonly HostPortDiagnosis[];
	readonly findings: readonly Finding[];
};

/** How a hostPort is named in findings and proofs. */
export function hostPortName(port: {namespace: string; pod: string; hostPort: number; protocol: string}): string {
	return `${port.namespace}/${port.pod}:${port.hostPort}/${port.protocol}`;
}
