import {ActionableError} from '../../errors.ts';
import {assertServicesKept} from '../kept-services.ts';
import type {StepWork} from '../step-work.ts';

/** Connects to every hostPort, by the way that the caller gives. What it found goes into the result of the run. */
export const finalProof: StepWork<'final-proof'> = {
	check: async (_step, {prove}) =>
		prove === undefined ? 'not tried: nothing here can be connected to; see kubectl hostport verify' : undefined,
	capture: async () => ({}),
	apply: async () => undefined,

	async verify(_step, {prove, lostServices, signal}) {
		await assertServicesKept({...(lostServices !== undefined && {lostServices}), signal});
		const result = await prove?.(signal);
		if (result === undefined || result.ok) return result?.summary ?? '';
		throw new ActionableError(
			`not every hostPort answers: ${result.summary}`,
			'The change itself is complete. See: kubectl hostport verify, and kubectl hostport check for the cause.',
		);
	},

	undo: async () => ({state: 'left', says: 'nothing to undo'}),
};
