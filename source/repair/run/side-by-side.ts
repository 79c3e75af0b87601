import pMap from 'p-map';
import type {Step} from '../plan/plan.ts';
import {kindOf} from '../steps/index.ts';

/** Steps of the same kind that stand together may go on side by side. */
export function groupsOf(steps: readonly Step[]): Step[][] {
	const groups: Step[][] = [];
	for (const step of steps) {
		const last = groups.at(-1);
		if (last?.[0]?.kind === step.kind) last.push(step);
		else groups.push([step]);
	}

	return groups;
}

/**
 * Does something with each step of a group, as many at a time as their kind allows. Those that are under way come to their end.
 * @param isLast whether none is begun after this failure; after an abortion none is
 * @returns what failed of it
 */
export async function sideBySide(
	group: readonly Step[],
	act: (step: Step) => Promise<void>,
	{signal, isLast}: {readonly signal: AbortSignal; readonly isLast: (error: unknown) => boolean},
): Promise<readonly unknown[]> {
	const failures: unknown[] = [];
	const [first] = group;
	if (first === undefined) return failures;
	await pMap(
		group,
		async step => {
			if (failures.some(isLast) || signal.aborted) return;
			await act(step).catch((error: unknown) => failures.push(error));
		},
		{concurrency: kindOf(first).parallel},
	);
	return failures;
}
