import * as z from 'zod/mini';
import {ActionableError} from '../../errors.ts';
import {defineStep, stepsOf} from '../define-step.ts';
import {assertServicesKept} from '../acts/kept-services.ts';
import {assertKept, patchConfigMap} from './patch-configmap.ts';

/** Connects to every hostPort, by the way that the caller gives. What it found goes into the result of the run. */
export const finalProof = defineStep({
	kind: 'final-proof',
	parameters: z.strictObject({}),
	captured: z.object({}),
	parallel: 1,
	order: {plan: () => 100, undo: 7},
	words: () => ({id: 'proof', title: 'connect to every hostPort', undo: 'nothing to undo'}),
	isClosing: true,
	plan: () => [
		{
			parameters: {},
			preview: {text: 'Connects to every hostPort from its own node and from another node.', changes: []},
			checkAfter: 'cilium-config still says what was written; every hostPort answers',
			blastRadius: 'one short connection to each hostPort',
		},
	],

	resume: {isDue: () => true},
	async check(_step, context) {
		// Whatever puts cilium-config back takes seconds or minutes for it, and the next start of an agent would undo the repair.
		for (const step of stepsOf(context.plan, patchConfigMap)) await assertKept(step, context);
		return context.prove === undefined ? 'not tried: no hostPort can be reached from here; see kubectl hostport verify' : undefined;
	},
	capture: async () => ({}),
	apply: async () => undefined,

	async verify(_step, {plan, prove, lostServices, signal, say}) {
		await assertServicesKept({...(lostServices !== undefined && {lostServices}), signal});
		const result = await prove?.({signal, say, left: new Set(plan.left.map(({pod}) => pod))});
		if (result === undefined || result.ok) return result?.summary ?? '';
		throw new ActionableError(
			`not every hostPort answers: ${result.summary}`,
			'The change itself is complete. See: kubectl hostport verify, and kubectl hostport check for the cause.',
		);
	},

	revert: async () => ({state: 'left', says: 'nothing to undo'}),
});
