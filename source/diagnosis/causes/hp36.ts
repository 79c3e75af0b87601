import type {Finding} from '../diagnosis.ts';
import {isLoopback} from '../entry-judgement.ts';
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
		const host = found.filter(({refused}) => refused.isHost);
		const bare = found.filter(({refused}) => !refused.isHost && refused.bareDevices.length > 0);
		return [
			...finding(view, host, 'host'),
			...finding(view, bare, 'bare'),
			...finding(
				view,
				found.filter(each => !host.includes(each) && !bare.includes(each)),
				'endpoints',
			),
		];
	},
};

const remedies = {
	host: 'Upgrade Cilium to a release that was tested with this kernel, or run the kernel that it was tested with; or turn off what the refused program is for (its name says: ipv6, for instance). Then see that the log line does not come back.',
	bare: 'Ask again in a minute: an agent that has just started may still be compiling. If the program stays away, the agent’s log says why.',
	endpoints: 'Read the agent’s log: it says why an endpoint is not renewed. Until then what changed since may not hold for these pods.',
};

function finding(view: View, found: readonly Refusing[], kind: keyof typeof remedies): Finding[] {
	const nodes = found.map(({node}) => node);
	const hostPorts =
		kind === 'endpoints'
			? []
			: nodes
					.filter(({native}) => native.on === true)
					.flatMap(node => view.hostPortsOf(node))
					.filter(({port}) => !isLoopback(port.hostIP));
	const devices = [...new Set(found.flatMap(({refused}) => refused.bareDevices))];
	const titles = {
		host: `the kernel refuses Cilium’s program for the devices of ${nodesInTitle(nodes)}: nothing from outside meets its entries`,
		bare: `Cilium’s program is not on ${some(devices)} of ${nodesInTitle(nodes)}: nothing from outside meets its entries`,
		endpoints: `Cilium cannot renew the programs of ${count(found.flatMap(({refused}) => refused.endpoints).length, 'endpoint')} on ${nodesInTitle(nodes)}`,
	};
	return found.length === 0
		? []
		: [
				{
					code: 'HP36',
					severity: kind === 'host' && hostPorts.length > 0 ? 'error' : 'warning',
					nodes: nodes.map(({name}) => name),
					hostPorts: hostPorts.map(({name}) => name),
					title: titles[kind],
					because: found.slice(0, 3).flatMap(({node, refused}) => [
						...(refused.bareDevices.length === 0
							? []
							: [
									{
										source: `bpftool net on ${node.name}`,
										says: `no program of Cilium for what comes in by ${refused.bareDevices.join(', ')}`,
									},
								]),
						...(refused.endpoints.length === 0
							? []
							: [
									{
										source: `cilium status on ${node.name}`,
										says: `${some(refused.endpoints.map(endpoint => `endpoint-${endpoint}-regeneration-recovery`))} fails again and again`,
									},
								]),
						...refused.lines.slice(0, 2).map(line => ({source: `agent log on ${node.name}`, says: line})),
					]),
					remedy: remedies[kind],
					repairable: false,
				},
			];
}
