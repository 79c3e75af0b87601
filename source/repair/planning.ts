import type {Diagnosis} from '../diagnosis/diagnosis.ts';
import type {NodeView} from '../diagnosis/node-view.ts';
import type {View} from '../diagnosis/view.ts';
import type {FileChange} from './needed-change.ts';
import type {Choice, Surroundings} from './plan.ts';
import type {KeyChanges} from './wanted-keys.ts';

/** What every part of the planner looks at. */
export type Planning = {
	readonly view: View;
	readonly diagnosis: Diagnosis;
	readonly choice: Choice;
	readonly surroundings: Surroundings;
	/** Linux nodes that answer and are not left out, sorted by name. */
	readonly nodes: readonly NodeView[];
	readonly leftOut: readonly NodeView[];
	readonly changes: KeyChanges;
	readonly fileChanges: readonly FileChange[];
};

/** `node-1`, or `node-1 and 4 more`. */
export function listOf(nodes: ReadonlyArray<{readonly name: string}>): string {
	const [first] = nodes;
	return first === undefined ? 'no node' : nodes.length === 1 ? first.name : `${first.name} and ${nodes.length - 1} more`;
}
