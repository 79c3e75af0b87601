import {describe, expect, it} from 'vitest';
import {finalProof} from '../../../source/repair/steps/final-proof.ts';
import type {StepContext} from '../../../source/repair/step-work.ts';
import type {Step} from '../../../source/repair/plan/plan.ts';

const step = {kind: 'final-proof', parameters: {}} as Step<Record<string, never>>;
const context = (own: Partial<StepContext>): StepContext =>
	({
		signal: AbortSignal.timeout(90_000),
		plan: {steps: [], left: []} as unknown as StepContext['plan'],
		prove: async () => ({ok: true, summary: '2 of 2 connections work', proof: null}),
		...own,
	}) as StepContext;

describe('the last step of a repair', () => {
	it('is done where every hostPort answers and every Service still does', async () => {
		await expect(finalProof.verify(step, context({lostServices: async () => []}), {})).resolves.toBe('2 of 2 connections work');
	});

	it('fails where a Service lost its traffic to a hostPort, and names it', async () => {
		const lost = context({
			lostServices: async () => ['service default/web:8080 answered at 10.96.0.7 from node-1 before and does not any more'],
		});
		await expect(finalProof.verify(step, lost, {})).rejects.toThrow('default/web:8080');
	});

	it('fails where a hostPort does not answer', async () => {
		const silent = context({prove: async () => ({ok: false, summary: '0 of 2 connections work', proof: null})});
		await expect(finalProof.verify(step, silent, {})).rejects.toThrow('0 of 2');
	});

	it('is skipped, and says so, where no connection can be tried', async () => {
		const {prove: _, ...without} = context({});
		await expect(finalProof.check(step, without)).resolves.toContain('not tried');
	});
});
