import type {NodeAccess} from '../../access/access.ts';
import {entryOf} from '../journal.ts';
import type {Step} from '../plan/plan.ts';
import type {RunEnvironment} from './run-environment.ts';
import type {StepContext} from '../step-work.ts';
import {chains} from '../steps/index.ts';

/** What a step acts with: the tools, with writers kept open until the step is through. */
export function stepContext(
	step: Step,
	{tools, keeper, signal, seenRunning, budgets, vouched, vouch, onEvent}: RunEnvironment,
): {context: StepContext; close: () => Promise<void>} {
	const open = new Map<string, Promise<NodeAccess>>();
	const say = (text: string): void => onEvent({type: 'progress', id: step.id, text});
	const context: StepContext = {
		...tools,
		plan: keeper.journal().plan,
		startsChaining: keeper.journal().plan.steps.some(chains),
		run: keeper.journal().id,
		seenRunning,
		budgets,
		vouched,
		vouch,
		signal,
		say,
		tell: text => onEvent({type: 'progress', id: '', text}),
		async note(more) {
			await keeper.record(step.id, {before: {...entryOf(keeper.journal(), step).before, ...more}});
		},
		async openWriter(node, folder, own) {
			const key = JSON.stringify([node, folder]);
			const opened = open.get(key) ?? tools.openWriter(node, folder, own);
			open.set(key, opened);
			try {
				return await opened;
			} catch (error) {
				open.delete(key);
				throw error;
			}
		},
	};
	return {
		context,
		async close() {
			for (const opened of await Promise.allSettled(open.values())) {
				// What cannot be removed now ends by itself at its deadline, and `cleanup` finds it.
				if (opened.status === 'fulfilled')
					await opened.value.close().catch((error: unknown) => say(`${opened.value.label} could not be removed: ${String(error)}`));
			}
		},
	};
}
