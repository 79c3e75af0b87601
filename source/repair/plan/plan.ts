import type {Chosen} from '../../choices.ts';
import type {FileChange} from './needed-change.ts';
import type {Refusal} from '../../diagnosis/refusals.ts';
import type {Strategy} from '../../diagnosis/strategy.ts';

/** What a person sees before saying yes: the files that change, or the exact action where none does. */
export type Preview = {readonly text: string; readonly changes: readonly FileChange[]};

/** One act with its checks and its way back; plain values, because a plan is saved in the journal. What a kind does is in `steps/`. */
export type Step<Own = unknown> = {
	/** `binary/node-1`, `configmap`, `pods/default/DaemonSet/web`. */
	readonly id: string;
	readonly kind: string;
	readonly title: string;
	/** Empty for what belongs to the whole cluster. */
	readonly node: string;
	readonly preview: Preview;
	readonly checkBefore: string;
	readonly checkAfter: string;
	readonly undo: string;
	/** What it touches and what can be felt while it runs, in words. */
	readonly blastRadius: string;
	/** GOARCH names of the portmap binaries that it brings along: read and checked before anything is changed. */
	readonly binaries: readonly string[];
	/** What the kind has to know, by its own schema. */
	readonly parameters: Own;
};

/** What has to be known before saying yes. */
export type Warning = {readonly message: string; readonly hint: string};

/** One of the two strategies, as it stands on this cluster. */
export type StrategyOption = {
	readonly strategy: Strategy;
	readonly possible: boolean;
	readonly recommended: boolean;
	/** Why it is not possible; empty where it is. */
	readonly refusals: readonly Refusal[];
	/** What it changes and breaks on a cluster whose agents start to serve hostPort by it. */
	readonly effects: readonly string[];
	/** Why it is recommended; empty otherwise. */
	readonly reason: string;
};

/** What a person has chosen about a repair. */
export type Choice = Chosen & {
	readonly strategy: Strategy;
	/** Only these nodes; possible where the cluster's settings need no change. */
	readonly nodes?: readonly string[];
};

/** What the planner cannot see in the evidence. */
export type Surroundings = {
	/** The API version under which CiliumNodeConfig exists; undefined where it does not. */
	readonly nodeConfigApi?: string;
};

/** Where the runtime of a node searches portmap, and the versions of the CNI specification that it calls it with. */
export type BinaryPlace = {readonly node: string; readonly folder: string; readonly cniVersions: readonly string[]};

/** Ordered steps from a diagnosis and a choice. Without steps and without refusals there is nothing to do. */
export type Plan = {
	readonly apiVersion: 'hostport.dev/v1';
	readonly kind: 'Plan';
	readonly server: string;
	/** Cilium's namespace: where the journal lives. */
	readonly namespace: string;
	/** As the API server tells it, `v1.26.9`. */
	readonly kubernetes: string;
	readonly ciliumVersion: string;
	readonly choice: Choice;
	readonly options: readonly StrategyOption[];
	readonly steps: readonly Step[];
	/** What the steps do, in one sentence; empty where they do nothing that is worth one. */
	readonly summary: string;
	/** What these steps add, interrupt and change for others, one line each; nothing of steps that the plan does not have. */
	readonly sideEffects: readonly string[];
	readonly refusals: readonly Refusal[];
	readonly warnings: readonly Warning[];
	/** Every node whose runtime calls portmap when the plan is carried out, with the folder that it searches; none by the native way. */
	readonly binaries: readonly BinaryPlace[];
	/** Nodes that the plan skips, and why. */
	readonly skipped: ReadonlyArray<{readonly node: string; readonly reason: string}>;
	/** Pods, `namespace/name`, that a restart would mend and that no step restarts. */
	readonly left: ReadonlyArray<{readonly pod: string; readonly reason: string}>;
	/** What is left for the person, those pods among it. */
	readonly remaining: readonly string[];
};

/** Every node that a plan knows: one beside these has joined since. */
export function nodesKnown({binaries, skipped}: Pick<Plan, 'binaries' | 'skipped'>): ReadonlySet<string> {
	return new Set([...binaries, ...skipped].map(({node}) => node));
}
