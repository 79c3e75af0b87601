import {insist} from '../patience.ts';
import type {Step, StepKind} from '../plan.ts';
import type {Captured, StepContext, StepWork, UndoContext, Undone} from '../step-work.ts';
import {awaitConflist, awaitNativeStep} from './await-conflist.ts';
import {canaryAgent, canaryConfig, endCanary} from './canary-config.ts';
import {finalProof} from './final-proof.ts';
import {guardNewNodes} from './guard-new-nodes.ts';
import {patchConfigMap} from './patch-configmap.ts';
import {putBinary} from './put-binary.ts';
import {recreatePods} from './recreate-pods.ts';
import {rollAgents} from './roll-agents.ts';
import {testPod} from './test-pod.ts';

/** One row a kind of step. `parallel`: so many steps of the kind may run at the same time. `undoOrder`: the lower the earlier. */
const works: {readonly [Kind in StepKind]: {readonly work: StepWork<Kind>; readonly parallel: number; readonly undoOrder: number}} = {
	'test-pod': {work: testPod, parallel: 1, undoOrder: 0},
	'patch-configmap': {work: patchConfigMap, parallel: 1, undoOrder: 1},
	'end-canary': {work: endCanary, parallel: 1, undoOrder: 2},
	'canary-config': {work: canaryConfig, parallel: 1, undoOrder: 3},
	'canary-agent': {work: canaryAgent, parallel: 1, undoOrder: 3},
	'roll-agents': {work: rollAgents, parallel: 1, undoOrder: 4},
	'await-conflist': {work: awaitConflist, parallel: 1, undoOrder: 5},
	'await-native': {work: awaitNativeStep, parallel: 1, undoOrder: 5},
	'recreate-pods': {work: recreatePods, parallel: 8, undoOrder: 6},
	'final-proof': {work: finalProof, parallel: 1, undoOrder: 7},
	// Last: as long as any list names portmap, the binary has to be there, on a node that joins meanwhile too.
	'guard-new-nodes': {work: guardNewNodes, parallel: 1, undoOrder: 8},
	'put-binary': {work: putBinary, parallel: 16, undoOrder: 9},
};

/** What can be done with one step, its kind's work and its own values put together. */
export type BoundStep = {
	check(context: StepContext): Promise<string | undefined>;
	capture(context: StepContext): Promise<Captured>;
	apply(context: StepContext, before: Captured): Promise<void>;
	verify(context: StepContext, before: Captured): Promise<string>;
	undo(context: UndoContext, before: Captured): Promise<Undone>;
	tidy(context: StepContext, before: Captured): Promise<void>;
};

export function bind(step: Step): BoundStep {
	// The row of a step's own kind takes that very step: TypeScript cannot follow this through a union.
	const work = works[step.kind].work as StepWork<StepKind>;
	const own = step as Parameters<typeof work.check>[0];
	// Each of these may be done twice, so an API server that is away for a while is waited for here, once for all kinds.
	return {
		check: async context => insist(async () => work.check(own, context), context),
		capture: async context => insist(async () => work.capture(own, context), context),
		apply: async (context, before) => insist(async () => work.apply(own, context, before), context),
		verify: async (context, before) => insist(async () => work.verify(own, context, before), context),
		undo: async (context, before) => insist(async () => work.undo(own, context, before), context),
		tidy: async (context, before) => insist(async () => work.tidy?.(own, context, before), context),
	};
}

export function parallelOf({kind}: Step): number {
	return works[kind].parallel;
}

export function undoOrderOf({kind}: Step): number {
	return works[kind].undoOrder;
}
