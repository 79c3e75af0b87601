import type {NodeAccess} from '../access/access.ts';
import type {PodImage} from '../access/helper-pod-image.ts';
import type {ClusterClient} from '../cluster/cluster-client.ts';
import {ActionableError} from '../errors.ts';
import type {Clock} from '../clock.ts';
import type {Plan} from './plan/plan.ts';
import type {Portmap} from './sources/portmap.ts';

/** What was there before a step, as plain values: the journal keeps it, and undoing needs nothing else. */
export type Captured = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

/** There is no agent that runs on a node at this moment: it may come. */
export class AgentAway extends ActionableError {
	override readonly name = 'AgentAway';
}

/** What the repair is given to act with. */
export type RepairTools = {
	readonly client: ClusterClient;
	readonly clock: Clock;
	/** Exec in the Cilium agent's pod on a node, whichever pod that is now. @throws AgentAway where none runs */
	openAgent(node: string, signal: AbortSignal): Promise<NodeAccess>;
	/** An access that sees the node's folder of CNI binaries; it need not be able to write. */
	openReader(node: string, folder: string, signal: AbortSignal): Promise<NodeAccess>;
	/** An access that can put a file into the node's folder of CNI binaries; `put` is there. */
	openWriter(node: string, folder: string, signal: AbortSignal): Promise<NodeAccess>;
	/** Namespace of the pods that are made, where the person chose another than Cilium's. */
	readonly helperNamespace?: string;
	/** The image of the DaemonSet for new nodes, in Cilium's namespace; that of its step unless given. */
	readonly keeperImage?: PodImage;
	/** The image of a test pod on a node, and the node's own address. */
	testPodOn(node: string): PodImage & {readonly address: string};
	/** The binary for an architecture; read once, before anything is changed. */
	portmapFor(architecture: string, signal: AbortSignal): Promise<Portmap>;
	/** Remembers which Services that share a port number with a hostPort answer now; called before the first act. */
	readonly watchServices?: (signal: AbortSignal) => Promise<void>;
	/** Those of them that answer no more, one line each (HP15). */
	readonly lostServices?: (signal: AbortSignal) => Promise<readonly string[]>;
	/** Connects to every hostPort; `left` are pods that the plan leaves as they are. `summary` is one line; absent where no connection can be tried. */
	readonly prove?: (
		within: Pick<StepContext, 'signal' | 'say'> & {readonly left: ReadonlySet<string>},
	) => Promise<{readonly ok: boolean; readonly summary: string; readonly proof: unknown}>;
};

/** What is there before a run begins. */
export type Rehearsed = Pick<RepairTools, 'client' | 'testPodOn' | 'keeperImage' | 'helperNamespace'> & {
	/** An id for the names of pods that are sent. */
	readonly run: string;
	readonly signal: AbortSignal;
};

/** How long disruption budgets are still waited for, in all workloads of a run together. */
export type BudgetPatience = {
	/** One of them has refused for as long as a run waits for them. */
	isSpent: boolean;
};

/** What the work of a step is done with. */
export type StepContext = RepairTools & {
	readonly plan: Plan;
	/** Carrying out the plan makes some runtime call portmap that did not before. */
	readonly startsChaining: boolean;
	readonly run: string;
	/** When portmap was last seen to run on a node by this process: milliseconds of the clock. */
	readonly seenRunning: Map<string, number>;
	readonly budgets: BudgetPatience;
	/** Ids of doubts that are none: this machine has made what they are about, or the person has said yes to it. */
	readonly vouched: ReadonlySet<string>;
	/** Adds one that this process has just made; this machine knows it from now on. */
	readonly vouch: (id: string) => Promise<void>;
	/** Stops waits. An act that must not be cut in two does not hear it. */
	readonly signal: AbortSignal;
	/** One line on how far it is. */
	readonly say: (text: string) => void;
	/** One line that everybody is to see, in a log too. */
	readonly tell: (text: string) => void;
	/** Adds to what the journal keeps of the step, and what undoing it is given when it is tried again; written before it resolves. */
	readonly note: (more: Captured) => Promise<void>;
};

/** What a doubt is looked for with. */
export type DoubtContext = Pick<StepContext, 'client' | 'clock' | 'plan' | 'run' | 'signal' | 'vouched'>;

/** The same for undoing it. */
export type UndoContext = StepContext & {
	/** It came to its end; false: nobody knows how far it came. */
	readonly wasDone: boolean;
};

/** What came of undoing a step. */
export type Undone = {
	/** `left`: on purpose, and `says` why. */
	readonly state: 'undone' | 'left';
	readonly says: string;
};
