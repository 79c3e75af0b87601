import type {Finding} from '../diagnosis.ts';
import {refusedPrograms, type RefusedPrograms} from '../refused-programs.ts';
import type {NodeView} from '../node-view.ts';
import type {View} from '../view.ts';
import {count, nodesInTitle, some} from '../wording.ts';
import type {Cause} from './cause.ts';

type Refusing = {readonly node: NodeView; readonly refused: RefusedPrograms};

/** The agent's entries are right, and the kernel does not take the programs that would look at them. */
export const hp36: Cause = {
	code: 'HP36',
	find(view: View): Finding[] {
		const found: Refusing[] = view.judged.flatMap(node => {
			const refused = node.observation && refusedPrograms(node.observation);
			return refused === undefined ? [] : [{node, refused}];
		});
		return [
			...finding(
				view,
				found.filter(({refused}) => refused.isHost === true),
				true,
			),
			...finding(
				view,
				found.filter(({refused}) => refused.isHost !== true),
				false,
			),
		];
	},
};

function finding(view: View, found: readonly Refusing[], isHost: boolean): Finding[] {
	const nodes = found.map(({node}) => node);
	const hostPorts = nodes.filter(({native}) => native.on === true).flatMap(node => view.hostPortsOf(node));
	return found.length === 0
		? []
		: [
				{
					code: 'HP36',
					severity: isHost && hostPorts.length > 0 ? 'error' : 'warning',
					nodes: nodes.map(({name}) => name),
					hostPorts: isHost ? hostPorts.map(({name}) => name) : [],
					title: isHost
						? `Cilium’s program for the devices of ${nodesInTitle(nodes)} is refused: nothing from outside meets its entries`
						: `Cilium cannot renew the programs of ${count(found.flatMap(({refused}) => refused.endpoints).length, 'endpoint')} on ${nodesInTitle(nodes)}`,
					because: found.slice(0, 3).flatMap(({node, refused}) => [
						{
							source: `cilium status on ${node.name}`,
							says: `${some(refused.endpoints.map(endpoint => `endpoint-${endpoint}-regeneration-recovery`))} fails again and again`,
						},
						...refused.lines.slice(0, 2).map(line => ({source: `agent log on ${node.name}`, says: line})),
					]),
					remedy: isHost
						? 'Upgrade Cilium to a release that was tested with this kernel, or run the kernel that it was tested with; or turn off what the refused program is for (its name says: ipv6, for instance). Then see that the log line does not come back.'
						: 'Read the agent’s log: it says why an endpoint is not renewed. Until then what changed since may not hold for these pods.',
					repairable: false,
				},
			];
}
