import {isLoopback} from '../entry-judgement.ts';
import {finding, type Found, hostPortsOn} from '../finding.ts';
import {isStray} from '../stray-endpoints.ts';
import {refusedPrograms, type RefusedPrograms} from '../refused-programs.ts';
import {secondsOf} from '../time.ts';
import type {NodeView} from '../node-view.ts';
import type {View} from '../view.ts';
import {nodesInTitle, some} from '../wording.ts';
import {count} from '../../words.ts';
import {defineCause} from './cause.ts';

type Refusing = {readonly node: NodeView; readonly refused: RefusedPrograms};

/** The agent's entries are right, and the kernel does not take the programs that would look at them. */
export const hp36 = defineCause({
	code: 'HP36',
	title: 'The kernel refuses Cilium’s program',
	meaning:
		'The agent’s entries are there, in `service list` and `bpf lb list`, but the program that should use them is not on the node’s devices: the kernel’s verifier refused it, or it did not compile. The node’s own sockets and its pods may still get an answer; other nodes and outside clients do not.',
	proof: [
		'according to `bpftool net` one of Cilium’s devices has no ingress program; or `endpoint-N-regeneration-recovery` is among the failing controllers of the status',
		'log line `Error while rewriting endpoint BPF program` (later `reloading`), with `identity=1` for the node itself: then an error, else a warning',
	],
	toldApart: ['HP10: there the entry is missing', 'HP20: there one address is not served, and the others are'],
	cure: ['Use another release of Cilium or another kernel, or turn off the feature that the refused program is for.'],
	falseLeads: [
		'`cilium status` says Ok, and every entry is there.',
		'`retrieving device lxc…: Link not found` for an endpoint whose address no pod has: a stray endpoint of a failed pod start. Cilium removes it within 10 minutes.',
	],
	sources: [
		'measured: Cilium 1.15.19 with IPv6 on Linux 6.18 (docs/paths.md)',
		'recorded: Cilium 1.20.2 after pods could not start (HP02)',
		'Cilium documentation, system requirements',
	],
	find(view: View): Found[] {
		const found: Refusing[] = view.judged.flatMap(node => {
			const refused = node.observation && refusedPrograms(node.observation, line => isStray(line, view, node));
			return refused === undefined ? [] : [{node, refused}];
		});
		const host = found.filter(({refused}) => refused.isHost);
		const bare = found.filter(({refused}) => !refused.isHost && refused.bareDevices.length > 0);
		return [
			...refusing(view, host, 'host'),
			...refusing(view, bare, 'bare'),
			...refusing(
				view,
				found.filter(each => !host.includes(each) && !bare.includes(each)),
				'endpoints',
			),
		];
	},
});

const remedies = {
	host: 'Upgrade Cilium to a release that was tested with this kernel, or run the kernel that it was tested with; or turn off the feature of the refused program (its name tells, for example ipv6). Then check that the log line does not return.',
	bare: 'Run check again in a minute: an agent that has just started may still be compiling. If the program is still missing, the agent’s log says why.',
	// What restarts the network of a node or makes a device again takes Cilium's program away with it (cilium/cilium#24571).
	lost: 'Restart the agent pods there: they attach the program again. If it is lost again, find what restarts the network or creates the device again (networking service, NetworkManager, a bond).',
	endpoints: 'Read the agent’s log: it says why an endpoint is not updated. Until then recent changes may not apply to these pods.',
};

/** An agent compiles for a minute or two after its start. */
const compilingSeconds = 600;

function runsForLong({node}: NodeView, {evidence}: View): boolean {
	const [started, now] = [secondsOf(node.agent?.startedAt), secondsOf(evidence.collectedAt)];
	return node.agent?.ready === true && started !== undefined && now !== undefined && now - started > compilingSeconds;
}

function refusing(view: View, found: readonly Refusing[], kind: Exclude<keyof typeof remedies, 'lost'>): Found[] {
	const nodes = found.map(({node}) => node);
	const hostPorts =
		kind === 'endpoints'
			? []
			: hostPortsOn(
					view,
					nodes.filter(({native}) => native.on === true),
				).filter(({port}) => !isLoopback(port.hostIP));
	const devices = [...new Set(found.flatMap(({refused}) => refused.bareDevices))];
	const titles = {
		host: `the kernel refuses Cilium’s program for the devices of ${nodesInTitle(nodes)}: its entries have no effect for outside clients`,
		bare: `Cilium’s program is not on ${some(devices)} of ${nodesInTitle(nodes)}: its entries have no effect for outside clients`,
		endpoints: `Cilium cannot renew the programs of ${count(found.flatMap(({refused}) => refused.endpoints).length, 'endpoint')} on ${nodesInTitle(nodes)}`,
	};
	return finding({
		severity: kind === 'host' && hostPorts.length > 0 ? 'error' : 'warning',
		nodes,
		hostPorts,
		title: titles[kind],
		because: found.slice(0, 3).flatMap(({node, refused}) => [
			...(refused.bareDevices.length === 0
				? []
				: [
						{
							source: `bpftool net on ${node.name}`,
							says: `no ingress program of Cilium on ${refused.bareDevices.join(', ')}`,
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
		remedy: remedies[kind === 'bare' && nodes.every(node => runsForLong(node, view)) ? 'lost' : kind],
	});
}
