import type {Step} from '../../repair/plan/plan.ts';
import {countText} from '../writing.ts';

/** Steps of one kind that are the same but for the node stand together. */
export function stepGroups<Of extends Pick<Step, 'kind' | 'node'>>(steps: readonly Of[]): readonly Of[][] {
	const groups: Of[][] = [];
	for (const step of steps) {
		const last = groups.at(-1);
		if (step.node !== '' && last?.[0]?.kind === step.kind) last.push(step);
		else groups.push([step]);
	}

	return groups;
}

/** `put portmap on 3 nodes` for one step on each of them. */
export function titleOfAll(steps: ReadonlyArray<Pick<Step, 'title' | 'node'>>): string {
	const {title = '', node = ''} = steps[0] ?? {};
	return steps.length < 2 ? title : title.replace(node, countText(steps.length, 'node'));
}
