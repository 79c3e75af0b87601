import type {Diagnosis} from '../../diagnosis/diagnosis.ts';
import type {NodeView} from '../../diagnosis/node-view.ts';
import type {View} from '../../diagnosis/view.ts';
import type {FileChange} from './needed-change.ts';
import type {Choice, Surroundings} from './plan.ts';
import type {KeyChanges} from './wanted-keys.ts';
import {listed} from '../../words.ts';

/** What every part of the planner looks at. */
export type Planning = {
	readonly view: View;
	readonly diagnosis: Diagnosis;
	readonly choice: Choice;
	readonly surroundings: Surroundings;
	/** Linux nodes that answer and are not skipped, sorted by name. */
	readonly nodes: readonly NodeView[];
	readonly unreachable: readonly NodeView[];
	readonly changes: KeyChanges;
	readonly fileChanges: readonly FileChange[];
};

/** `node-1`, or `node-1 and 4 more`. */
export function listOf(nodes: ReadonlyArray<{readonly name: string}>): string {
	const names = nodes.map(({name}) => name);
	return names.length === 0 ? 'no node' : listed(names, 1);
}

/** Namespace of Cilium; empty where there is none. */
export const namespaceOf = ({view}: Planning): string => view.evidence.cilium?.namespace ?? '';

/** Whether cilium-config has to change, and with it every agent. */
export const changesSettings = ({changes}: Planning): boolean => Object.keys(changes).length > 0;

/** The files of a node that change; of the empty name: those of the cluster. */
export const fileChangesOf = ({fileChanges}: Planning, node: string): readonly FileChange[] =>
	fileChanges.filter(change => change.node === node);

/** Words that belong to the way of portmap alone. */
export const chained = ({choice}: Planning, words: string): string => (choice.strategy === 'portmap' ? words : '');

/** Why nothing is done on a node. */
export function passedBy(node: NodeView, {unreachable, choice}: Pick<Planning, 'unreachable' | 'choice'>): string {
	if (unreachable.includes(node)) return `it is unreachable: ${node.skipped || node.node.readyMessage || 'not ready'}`;
	if (node.skipped !== '') return node.skipped;
	return (choice.nodes ?? []).length > 0 ? 'not among the nodes named' : 'not affected';
}

/** Nodes whose agent has to restart: all for new settings, else those that run without the settings that are there. */
export function nodesToRestart(planning: Planning): {readonly nodes: readonly NodeView[]; readonly isAll: boolean} {
	if (changesSettings(planning)) return {nodes: planning.nodes, isAll: true};
	const isStale = (node: NodeView): boolean => (planning.choice.strategy === 'portmap' ? node.chained : node.native.on) === false;
	return {nodes: planning.nodes.filter(isStale), isAll: false};
}
