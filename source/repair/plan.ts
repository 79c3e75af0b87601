import type {FileChange} from './needed-change.ts';
import type {Refusal} from '../diagnosis/refusals.ts';
import type {Strategy} from '../diagnosis/strategy.ts';
import type {KeyChanges} from './wanted-keys.ts';

/** Which list a node's runtime has to load: with portmap chained, or Cilium's own alone. */
export type ListForm = 'portmap' | 'plain';

/** What a step of each kind has to know; plain values, because a plan is saved in the journal. */
export type Parameters = {
	'put-binary': {
		/** Folder on the node that the container runtime searches. */
		readonly folder: string;
		/** GOARCH name of the node. */
		readonly architecture: string;
	};
	'canary-config': {
		readonly namespace: string;
		/** `cilium.io/v2alpha1` or `cilium.io/v2`. */
		readonly api: string;
		readonly settings: Readonly<Record<string, string>>;
		/** Value of the node's label `kubernetes.io/hostname`. */
		readonly hostname: string;
		readonly expect: ListForm | 'native';
	};
	'canary-agent': {readonly expect: ListForm | 'native'};
	'end-canary': {readonly namespace: string; readonly api: string};
	'test-pod': {readonly namespace: string; readonly image: string; readonly hostPort: number; readonly address: string};
	'patch-configmap': {
		readonly namespace: string;
		readonly name: string;
		readonly changes: KeyChanges;
		/** The version that the preview was made from. */
		readonly resourceVersion: string;
		/** Its data, values cut as in the evidence: what a change by someone else is told against. */
		readonly seen: Readonly<Record<string, string>>;
		/** The new settings make the runtime call portmap. */
		readonly chains: boolean;
	};
	'roll-agents': {
		readonly namespace: string;
		readonly daemonSet: string;
		/** Agents of these nodes alone, re-created one after another; empty: all, by the DaemonSet's own strategy. */
		readonly nodes: readonly string[];
		/** Nodes that are down and whose agents nobody waits for. */
		readonly leftOut: number;
	};
	'await-conflist': {readonly nodes: readonly string[]; readonly form: ListForm; readonly before: ListForm | 'mixed'};
	'await-native': {readonly nodes: readonly string[]};
	'recreate-pods': {
		readonly namespace: string;
		/** `DaemonSet/web`; empty for a bare pod. */
		readonly owner: string;
		readonly pods: ReadonlyArray<{readonly name: string; readonly uid: string; readonly node: string; readonly ready: boolean}>;
		/** The list changes in this plan, so that undoing it means re-creating the pods once more. */
		readonly changesList: boolean;
	};
	'guard-new-nodes': {
		readonly namespace: string;
		readonly image: string;
		/** Folder of CNI binaries on the nodes. */
		readonly folder: string;
		/** GOARCH names that it carries a binary for. */
		readonly architectures: readonly string[];
		/** Nodes that are down and that nobody waits for. */
		readonly leftOut: number;
	};
	'final-proof': Record<string, never>;
};

export type StepKind = keyof Parameters;

/** What a person sees before saying yes: the files that change, or the exact action where none does. */
export type Preview = {readonly text: string; readonly changes: readonly FileChange[]};

export type StepOf<Kind extends StepKind> = {
	/** `binary/node-1`, `configmap`, `pods/default/DaemonSet/web`. */
	readonly id: string;
	readonly kind: Kind;
	readonly title: string;
	/** Empty for what belongs to the whole cluster. */
	readonly node: string;
	readonly preview: Preview;
	readonly checkBefore: string;
	readonly checkAfter: string;
	readonly undo: string;
	/** What it touches and what can be felt while it runs, in words. */
	readonly blastRadius: string;
	readonly parameters: Parameters[Kind];
};

/** One act with its checks and its way back. */
export type Step = {[Kind in StepKind]: StepOf<Kind>}[StepKind];

/** What has to be known before saying yes. */
export type Warning = {readonly message: string; readonly hint: string};

/** One of the two ways, as it stands on this cluster. */
export type StrategyOption = {
	readonly strategy: Strategy;
	readonly possible: boolean;
	readonly recommended: boolean;
	/** Why it is not possible; empty where it is. */
	readonly refusals: readonly Refusal[];
	/** What it changes, costs and breaks. */
	readonly costs: readonly string[];
	/** Why it is recommended; empty otherwise. */
	readonly reason: string;
};

export type Choice = {
	readonly strategy: Strategy;
	/** Where the portmap binary comes from, as typed, tried in this order for each architecture: `FILE`, `node:NAME`, `image:REF`, `release:VERSION`, `https://…`. */
	readonly sources?: readonly string[];
	/** The node that goes first; chosen where it is not given. */
	readonly canary?: string;
	/** Only these nodes; possible where the cluster's settings need no change. */
	readonly nodes?: readonly string[];
	/** Nodes that are down and that the person answers for. */
	readonly leaveOut?: readonly string[];
	/** Pods without an owner may be deleted and made anew. */
	readonly allowBarePods?: boolean;
	/** A DaemonSet is installed that keeps portmap on the nodes, those that join included. */
	readonly daemonSet?: boolean;
};

/** What the planner cannot see in the evidence. */
export type Surroundings = {
	/** The API version under which CiliumNodeConfig exists; undefined where it does not. */
	readonly nodeConfigApi?: string;
};

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
	readonly refusals: readonly Refusal[];
	readonly warnings: readonly Warning[];
	/** Every node whose runtime calls portmap when the plan is carried out, with the folder that it searches; none by the native way. */
	readonly binaries: ReadonlyArray<{readonly node: string; readonly folder: string}>;
	/** Nodes that the plan passes by, and why. */
	readonly skipped: ReadonlyArray<{readonly node: string; readonly reason: string}>;
	/** Pods, `namespace/name`, that only start anew would mend and that no step takes. */
	readonly left: ReadonlyArray<{readonly pod: string; readonly reason: string}>;
	/** What is left for the person, those pods among it. */
	readonly remaining: readonly string[];
};

/** The steps of one kind. */
export function stepsOf<Kind extends StepKind>(plan: Pick<Plan, 'steps'>, kind: Kind): ReadonlyArray<StepOf<Kind>> {
	return plan.steps.filter((step): step is StepOf<Kind> & Step => step.kind === kind);
}

/** Whether carrying out the plan makes some runtime call portmap that did not before. */
export function startsChaining(plan: Pick<Plan, 'steps'>): boolean {
	return plan.steps.some(chains);
}

/** Every node that a plan knows: one beside these has joined since. */
export function nodesKnown({binaries, skipped}: Pick<Plan, 'binaries' | 'skipped'>): ReadonlySet<string> {
	return new Set([...binaries, ...skipped].map(({node}) => node));
}

/** Whether this step is one after which a runtime may call portmap. */
export function chains(step: Step): boolean {
	if (step.kind === 'patch-configmap') return step.parameters.chains;
	if (step.kind === 'canary-config' || step.kind === 'canary-agent') return step.parameters.expect === 'portmap';
	return step.kind === 'await-conflist' && step.parameters.form === 'portmap';
}
