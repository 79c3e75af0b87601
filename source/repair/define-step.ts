import type * as z from 'zod/mini';
import type {Evidence} from '../evidence/evidence.ts';
import type {Refusal} from '../diagnosis/refusals.ts';
import type {ApiRequest} from '../cluster/cluster-client.ts';
import type {ChoiceName, Chosen} from '../choices.ts';
import type {Entry, Journal} from './journal.ts';
import type {Plan, Preview, Step, StrategyOption, Warning} from './plan/plan.ts';
import type {Planning} from './plan/planning.ts';
import type {Captured, DoubtContext, Rehearsed, StepContext, UndoContext, Undone} from './step-work.ts';

type Frozen<Value> =
	Value extends ReadonlyArray<infer Item>
		? ReadonlyArray<Frozen<Item>>
		: Value extends object
			? {readonly [Key in keyof Value]: Frozen<Value[Key]>}
			: Value;

/** What a schema lets through, for whoever only reads it. */
export type Checked<Schema extends z.ZodMiniType> = Frozen<z.output<Schema>>;

/** What a step is called, made from nothing but its node and its parameters: the words of a plan and of a journal are the same. */
export type Words = {readonly id: string; readonly title: string; readonly undo: string};

/** One step of a kind as the planner wants it, with what a person has to know of it. */
export type Planned<Own> = {
	/** Empty for what belongs to the whole cluster. */
	readonly node?: string;
	readonly parameters: Own;
	readonly preview: Preview;
	readonly checkBefore?: string;
	readonly checkAfter: string;
	readonly blastRadius: string;
};

/** Rights that a kind of step takes; asked for before anything is written, and printed by `manifest rbac`. */
export type Right<Own = unknown> = {
	readonly verbs: readonly string[];
	readonly group?: string;
	readonly resource: string;
	readonly subresource?: string;
	/** In Cilium's namespace, in that of the pods that we make (Cilium's unless another is chosen), of the workload that the step restarts, or in all. */
	readonly where: 'cilium' | 'helpers' | 'workload' | 'everywhere';
	readonly why: string;
	/** The flag without which nobody needs it: it is in no role then, only named. */
	readonly flag?: string;
	/** Whether this very step takes it. */
	when?(own: Own): boolean;
};

/** What a journal asks for and nothing here vouches for: it is shown whole, and done only where the person says yes. */
export type Doubt = {
	/** What a yes is to, and to nothing else: the very value. */
	readonly id: string;
	/** Whom it concerns: `default/web-1`, `cilium-config`. */
	readonly about: string;
	/** One line, and the whole of it; printable. */
	readonly says: string;
	readonly shown: string;
	/** Answered by yes or no. */
	readonly question: string;
};

/** What a choice is offered by. */
export type Offering = Pick<Planning, 'view' | 'diagnosis'>;

/** A write that the server can try without doing it. */
export type DryRun = Pick<ApiRequest, 'method' | 'patchType' | 'path' | 'body'>;

/** A pod that a step makes, or a controller after it. */
export type PodToMake = {
	/** What it is called in an error: `the test pod`. */
	readonly what: string;
	readonly namespace: string;
	readonly manifest: object;
	/** It runs a script of ours in the image that we give it. */
	readonly isOurs: boolean;
	/** What works where the server does not let it in, after `What works instead:`. */
	readonly instead: string;
};

/** Two journals' worth of knowledge: the unfinished run, and the fresh plan that goes into it. */
export type Resuming = {
	readonly journal: Journal;
	readonly entry: Entry;
	readonly fresh: Plan;
	/** A step after which some runtime may call portmap has been begun. */
	readonly hasChained: boolean;
};

/**
 * Everything that is to be known of one kind of step: one file in `steps/` and one row in its index. Planning, rights, RBAC, dry run,
 * journal, run, resuming and undoing are walks over those rows. `Own`: its parameters; `Before`: what it has captured.
 */
export type StepKind<Own = unknown, Before = unknown> = {
	readonly kind: string;
	/** The parameters' type, and what a journal may say of them. */
	readonly parameters: z.ZodMiniType<Own>;
	/** The same for what `capture` and `note` write down. All of it may be absent: the step was not begun. */
	readonly captured: z.ZodMiniType<Before>;
	/** So many steps of the kind may run at the same time. */
	readonly parallel: number;
	readonly order: {
		/** Its place in a plan, the lower the earlier. The order is the safety. */
		plan(planning: Planning): number;
		/** Its place in a rollback. */
		readonly undo: number;
	};

	words(node: string, own: Own): Words;
	/** The steps of this kind that a plan needs. */
	plan(planning: Planning): ReadonlyArray<Planned<Own>>;
	/** The choices (`choices.ts`) that it acts by and that are offered: whom each concerns here, nodes or `namespace/pod`; undefined where it is not to be had. */
	readonly offers?: {readonly [Name in ChoiceName]?: (seen: Offering) => readonly string[] | undefined};
	/** Whom a step is for, in the question of such a choice. */
	named?(own: Own): string;
	/** Why a choice that it acts by cannot be followed here. */
	refusals?(planning: Planning): readonly Refusal[];
	/** Pods of its matter that a plan leaves as they are, with the reason: their hostPorts stay dead. */
	left?(planning: Planning): Plan['left'];
	/** Whether, by what is chosen, it brings along the binary of every architecture, whichever nodes lack it. */
	takesAll?(chosen: Chosen): boolean;
	/** What of its matter a plan leaves to the person, one line each. */
	remaining?(planning: Planning): readonly string[];
	/** It ends a plan that does something; alone it makes none. */
	readonly isClosing?: true;
	/** What several of them do together, for the sentence that sums a plan up. */
	summary?(steps: ReadonlyArray<Step<Own>>): string;
	/** What they add, interrupt or change for others, one line each. */
	sideEffects?(steps: ReadonlyArray<Step<Own>>, option: StrategyOption): readonly string[];
	/** What has to be known before saying yes to them. */
	warnings?(steps: ReadonlyArray<Step<Own>>, planning: Planning): readonly Warning[];
	/** GOARCH names of the portmap binaries that it brings along. */
	binaries?(own: Own): readonly string[];
	readonly rights?: ReadonlyArray<Right<Own>>;
	/** Namespace of the workload that it restarts; every other kind acts in Cilium's alone. */
	workload?(own: Own): string;
	dryRun?(own: Own): DryRun;
	/** Pods of it: before anything is changed the server is asked whether it lets them in. */
	pods?(step: Step<Own>, context: Rehearsed): Promise<readonly PodToMake[]>;
	/** Whether some runtime may call portmap after it. */
	chains?(own: Own): boolean;

	/** Why a journal cannot hold this step beside its others; empty where it can. `isChaining`: some runtime may call portmap by them. */
	contradiction?(own: Own, others: {readonly isChaining: boolean}): string;
	/** What of it is not of the Cilium that is seen, in words; empty where all is. */
	foreign?(own: Own, cilium: Evidence['cilium']): string;

	readonly resume?: {
		/** Whether an earlier step that the fresh plan does not have is still to be done. */
		isDue?(own: Own, resuming: Resuming): boolean;
		/** A fresh step knows the cluster as it is now, half repaired; the earlier one knows the beginning. */
		join?(own: Own, earlier: Own | undefined, resuming: Resuming): Own;
		/** When `tidy` is called before the run goes on: of a try that was cut off, or of an undoing that has begun. */
		readonly tidies?: ReadonlyArray<'cut off' | 'undone'>;
	};

	readonly undoing?: {
		/** It is senseless while cilium-config still has the new settings; and where those stay, this one has failed to take them away. */
		readonly settings?: 'needs the old' | 'brings the old';
		/** It is undone also where it was not begun, if some runtime may call portmap. */
		readonly evenUntouched?: true;
	};

	/** Text: it is done already, and how that was seen. Throws where it must not be done. */
	check(step: Step<Own>, context: StepContext): Promise<string | undefined>;
	capture(step: Step<Own>, context: StepContext): Promise<Captured>;
	apply(step: Step<Own>, context: StepContext, before: Before): Promise<void>;
	/** Proves that it worked: what was seen, in one line. */
	verify(step: Step<Own>, context: StepContext, before: Before): Promise<string>;
	revert(step: Step<Own>, context: UndoContext, before: Before): Promise<Undone>;
	/** Puts right what a try that was cut off has left, before the run goes on. */
	tidy?(step: Step<Own>, context: StepContext, before: Before): Promise<void>;
	/** What doing it once more, or undoing it, would take from a journal though nothing here vouches for it. */
	doubts?(step: Step<Own>, context: DoubtContext, before: Before, on: 'resume' | 'undo'): Promise<readonly Doubt[]>;
};

/**
 * Defines a kind of step. Each of its acts may be called twice: after a crash nobody knows how far it came, and after a passing failure
 * of the API server it is called again. So each looks at the real state first.
 */
export function defineStep<Own extends z.ZodMiniType, Before extends z.ZodMiniType>(
	definition: StepKind<Checked<Own>, Checked<Before>> & {readonly parameters: Own; readonly captured: Before},
): StepKind<Checked<Own>, Checked<Before>> {
	return definition;
}

/** The steps of one kind. */
export function stepsOf<Own, Before>({steps}: Pick<Plan, 'steps'>, {kind}: StepKind<Own, Before>): ReadonlyArray<Step<Own>> {
	return steps.filter((step): step is Step<Own> => step.kind === kind);
}
