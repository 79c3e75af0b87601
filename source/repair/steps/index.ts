import type {Refusal} from '../../diagnosis/refusals.ts';
import {choiceRows, type ChoiceName, type ChoiceRow, type Chosen} from '../../choices.ts';
import type {Doubt, Offering, StepKind} from '../define-step.ts';
import {insist} from '../acts/patience.ts';
import type {Plan, Step, StrategyOption, Warning} from '../plan/plan.ts';
import type {Planning} from '../plan/planning.ts';
import type {Captured, DoubtContext, StepContext, UndoContext, Undone} from '../step-work.ts';
import {awaitConflist} from './await-conflist.ts';
import {awaitNativeStep} from './await-native.ts';
import {canaryAgent} from './canary-agent.ts';
import {canaryConfig} from './canary-config.ts';
import {endCanary} from './end-canary.ts';
import {finalProof} from './final-proof.ts';
import {guardNewNodes} from './guard-new-nodes.ts';
import {patchConfigMap} from './patch-configmap.ts';
import {putBinary} from './put-binary.ts';
import {recreatePods} from './recreate-pods.ts';
import {rollAgents} from './roll-agents.ts';
import {testPod} from './test-pod.ts';

/** Every kind of step, one row each. What a run, its rollback, its rights, its journal do with steps are walks over these. */
export const stepKinds: readonly StepKind[] = [
	putBinary,
	canaryConfig,
	testPod,
	patchConfigMap,
	endCanary,
	canaryAgent,
	rollAgents,
	awaitConflist,
	awaitNativeStep,
	recreatePods,
	guardNewNodes,
	finalProof,
];

const byKind: ReadonlyMap<string, StepKind> = new Map(stepKinds.map(each => [each.kind, each]));

/** What a kind of this name is; undefined where this version knows none. */
export const kindNamed = (kind: string): StepKind | undefined => byKind.get(kind);

/** The kind of a step of ours. @throws Error where there is none: plans and journals hold known kinds only */
export function kindOf({kind}: Pick<Step, 'kind'>): StepKind {
	const found = byKind.get(kind);
	if (found === undefined) throw new Error(`unknown kind of step: ${kind}`);
	return found;
}

/** The steps of a plan, in their order; none where only those that end a plan would be in it. */
export function plannedSteps(planning: Planning): Step[] {
	const planned = stepKinds
		.flatMap(each => each.plan(planning).map(step => ({kind: each, place: each.order.plan(planning), step})))
		.sort((a, b) => a.place - b.place);
	if (planned.every(({kind}) => kind.isClosing === true)) return [];
	return planned.map(({kind, step: {node = '', checkBefore = 'none', parameters, ...rest}}) => ({
		...withWords(kind, node, parameters),
		...rest,
		checkBefore,
	}));
}

/** A step as far as its node and parameters tell it; what a plan knows besides is empty. */
export function withWords(kind: StepKind, node: string, parameters: unknown): Step {
	const {id, title, undo} = kind.words(node, parameters);
	return {
		id,
		kind: kind.kind,
		title,
		node,
		preview: {text: title, changes: []},
		checkBefore: '',
		checkAfter: '',
		undo,
		blastRadius: '',
		binaries: kind.binaries?.(parameters) ?? [],
		parameters,
	};
}

/** The same step with other parameters, and the words that go with them. */
export function withParameters(step: Step, parameters: unknown): Step {
	const {id, title, undo, binaries} = withWords(kindOf(step), step.node, parameters);
	return {...step, id, title, undo, binaries, parameters};
}

/** What each kind says of all its steps in a plan, in the order of the table. */
function eachKind<T>(steps: readonly Step[], say: (kind: StepKind, own: readonly Step[]) => readonly T[]): T[] {
	return stepKinds.flatMap(kind => {
		const own = steps.filter(step => step.kind === kind.kind);
		return own.length === 0 ? [] : say(kind, own);
	});
}

/** Warnings of the kinds of step that a plan has. */
export const stepWarnings = (planning: Planning, steps: readonly Step[]): Warning[] =>
	eachKind(steps, (kind, own) => kind.warnings?.(own, planning) ?? []);

/** Refusals of all kinds of step. */
export const stepRefusals = (planning: Planning): Refusal[] => stepKinds.flatMap(kind => kind.refusals?.(planning) ?? []);
/** What all kinds of step leave to the person. */
export const stepsRemaining = (planning: Planning): string[] => stepKinds.flatMap(kind => kind.remaining?.(planning) ?? []);

/** Pods that no step restarts, and why. */
export const podsNotRestartedBySteps = (planning: Planning): Plan['left'] => stepKinds.flatMap(kind => kind.left?.(planning) ?? []);

/** Whether the steps of a choice take the binary of every architecture, whichever nodes lack it. */
export const takesAll = (chosen: Chosen): boolean => stepKinds.some(kind => kind.takesAll?.(chosen) === true);

/** A choice as it is offered on a cluster. */
export type Offer = {readonly row: ChoiceRow; readonly names: readonly string[]};

/** The choices that there are on the cluster that is seen. */
export function offersOn(seen: Offering): Offer[] {
	return choiceRows.flatMap(row => {
		const names = actingBy(row.name)?.offers?.[row.name]?.(seen);
		return names === undefined ? [] : [{row, names}];
	});
}

/** Whom a choice would add steps for; undefined where it adds none. */
export function addedBy(name: ChoiceName, without: Pick<Plan, 'steps'>, withIt: Pick<Plan, 'steps'>): readonly string[] | undefined {
	const kind = actingBy(name);
	const before = new Set(without.steps.map(({id}) => id));
	const added = withIt.steps.filter(step => step.kind === kind?.kind && !before.has(step.id));
	return added.length === 0 ? undefined : added.flatMap(step => kind?.named?.(step.parameters) ?? []);
}

const actingBy = (name: ChoiceName): StepKind | undefined => stepKinds.find(({offers}) => offers?.[name] !== undefined);

/** What the steps do, in one sentence: `portmap: puts portmap on 3 nodes, changes cilium-config.` Empty where there is nothing to say. */
export function summaryOf(strategy: string, steps: readonly Step[]): string {
	const parts = eachKind(steps, (kind, own) => (kind.summary === undefined ? [] : [kind.summary(own)]));
	return parts.length === 0 ? '' : `${strategy}: ${parts.join(', ')}.`;
}

/** What the steps add, interrupt and change for others. `option`: the strategy that they bring about, as it stands on the cluster. */
export const sideEffectsOf = (steps: readonly Step[], option: StrategyOption | undefined): string[] =>
	option === undefined ? [] : eachKind(steps, (kind, own) => kind.sideEffects?.(own, option) ?? []);

/** Whether this step is one after which a runtime may call portmap. */
export const chains = (step: Step): boolean => kindOf(step).chains?.(step.parameters) === true;

/** What can be done with one step, its kind's work and its own values put together. */
export type BoundStep = {
	check(context: StepContext): Promise<string | undefined>;
	capture(context: StepContext): Promise<Captured>;
	apply(context: StepContext, before: Captured): Promise<void>;
	verify(context: StepContext, before: Captured): Promise<string>;
	revert(context: UndoContext, before: Captured): Promise<Undone>;
	tidy(context: StepContext, before: Captured): Promise<void>;
	doubts(context: DoubtContext, before: Captured, on: 'resume' | 'undo'): Promise<readonly Doubt[]>;
};

/** Each of these may be done twice, so an API server that is away for a while is waited for here, once for all kinds. */
export function bind(step: Step): BoundStep {
	const work = kindOf(step);
	return {
		check: async context => insist(async () => work.check(step, context), context),
		capture: async context => insist(async () => work.capture(step, context), context),
		apply: async (context, before) => insist(async () => work.apply(step, context, before), context),
		verify: async (context, before) => insist(async () => work.verify(step, context, before), context),
		revert: async (context, before) => insist(async () => work.revert(step, context, before), context),
		tidy: async (context, before) => insist(async () => work.tidy?.(step, context, before), context),
		doubts: async (context, before, on) => insist(async () => (await work.doubts?.(step, context, before, on)) ?? [], context),
	};
}
