import {conflistChange, type ConflistRefusal} from './conflist-change.ts';
import {isExpected} from './host-port-view.ts';
import type {NodeView} from './node-view.ts';
import {repairable} from './repairable-nodes.ts';
import type {Refusal} from './refusals.ts';
import type {View} from './view.ts';
import {some} from './wording.ts';

/** What the CNI lists themselves say against portmap, once for all nodes of which the same is true. */
export function conflistRefusals(view: View, by: ConflistRefusal['by']): Array<Omit<Refusal, 'code'>> {
	const nodes = repairable(view);
	const found = nodes.flatMap(node => {
		const {refusal} = conflistChange(node, 'portmap');
		// A list that was not seen to its end, such as Multus', carries what is mapped all the same.
		return refusal?.by !== by || isCarried(view, node) ? [] : [{node, refusal}];
	});
	return [...Map.groupBy(found, ({refusal}) => JSON.stringify(refusal)).values()].flatMap(all =>
		all.slice(0, 1).map(({refusal: {message, hint}}) => ({
			message: all.length === nodes.length ? message : `${some(all.map(({node}) => node.name))}: ${message}`,
			hint,
			isOfNetwork: true,
		})),
	);
}

/** Whether there are hostPorts on the node and each of them is mapped. */
function isCarried(view: View, node: NodeView): boolean {
	const expected = view.hostPortsOf(node).filter(isExpected);
	return expected.length > 0 && expected.every(({diagnosis}) => diagnosis.state === 'wired');
}
