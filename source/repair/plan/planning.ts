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
	/** Linux nodes that answer and are not left out, sorted by name. */
	readonly nodes: readonly NodeView[];
	readonly leftOut: readonly NodeView[];
	readonly changes: KeyChanges;
	readonly fileChanges: readonly FileChange[];
};

/** `node-1`, or `node-1 and 4 more`. */
export function listOf(nodes: ReadonlyArray<{readonly name: string}>): string {
	const names = nodes.map(({name}) => name);
	return names.length === 0 ? 'no node' : listed(names, 1);
}

export const namespaceOf = ({view}: Planning): string => view.evidence.cilium?.namespace ?? '';

/** Whether cilium-config has to change, and with it every agent. */
export const changesSettings = ({changes}: Planning): boolean => Object.keys(changes).length > 0;

/** The files of a node that change; of the empty name: those of the cluster. */
export const fileChangesOf = ({fileChanges}: Planning, node: string): readonly FileChange[] =>
	fileChanges.filter(change => change.node === node);

/** Words that belong to the way of portmap alone. */
export const chained = ({choice}: Planning, words: string): string => (choice.strategy === 'portmap' ? words : '');

/** The node that goes first where there are several: the one named, else a worker that schedules pods and whose agent is well. */
export function canaryOf(planning: Planning): NodeView | undefined {
	const {nodes, choice} = planning;
	if (!changesSettings(planning) || nodes.length < 2) return undefined;
	const rank = (node: NodeView): number =>
		(node.node.schedulable ? 0 : 4) + (node.node.agent?.ready === true ? 0 : 2) + (isControl(node) ? 1 : 0);
	return nodes.find(({name}) => name === choice.canary) ?? [...nodes].sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1))[0];
}

/** Nodes whose agent has to restart: all for new settings, else those that run without the settings that are there. */
export function nodesToRestart(planning: Planning): {readonly nodes: readonly NodeView[]; readonly isAll: boolean} {
	if (changesSettings(planning)) return {nodes: planning.nodes, isAll: true};
	const isStale = (node: NodeView): boolean => (planning.choice.strategy === 'portmap' ? node.chained : node.native.on) === false;
	return {nodes: planning.nodes.filter(isStale), isAll: false};
}

// Labels of kubeadm, old and new.
const isControl = ({node}: NodeView): boolean =>
	Object.keys(node.labels).some(label => /^node-role\.kubernetes\.io\/(?:control-plane|master)$/.test(label));
