import {virtualKind} from '../cilium/virtual-nodes.ts';
import type {NodeView} from './node-view.ts';
import type {View} from './view.ts';

/** Nodes that a repair concerns: Linux nodes with a host of their own. One that is down is among them: it may come back. */
export function repairable(view: View): NodeView[] {
	return view.nodes.filter(node => node.skipped === '' || isDown(node));
}

/** A node skipped of the look only because it does not answer. */
export function isDown({node}: Pick<NodeView, 'node'>): boolean {
	return node.ready === false && (node.os === '' || node.os === 'linux') && virtualKind(node.labels, node.taints) === '';
}

/** What the agents run with, of any node: a node's own overrides count as much as cilium-config itself. */
export function settingsOf(view: View): Array<NonNullable<NodeView['settings']>> {
	return [
		view.evidence.cilium?.configMap?.data ?? {},
		...repairable(view).flatMap(node => (node.settings === undefined ? [] : [node.settings])),
	];
}
