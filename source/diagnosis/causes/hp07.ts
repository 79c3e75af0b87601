import type {Finding, Proof} from '../diagnosis.ts';
import type {HostPortReason, HostPortView} from '../host-port-view.ts';
import type {NodeView} from '../node-view.ts';
import {staleMappings, type StaleMapping} from '../stale-mappings.ts';
import type {View} from '../view.ts';
import {count, nodesInTitle} from '../wording.ts';
import type {Cause} from './cause.ts';

/** A mapping that outlived its pod stands first and catches the traffic of the next. */
export const hp07: Cause = {code: 'HP07', find: view => [...catching(view), ...preceding(view)]};

/** The same where it stands behind, or nobody has the port: it waits to do so. Ranked apart, for it does no harm today. */
export const hp07Waiting: Cause = {code: 'HP07', find: view => [...waiting(view, true), ...waiting(view, false)]};

function catching(view: View): Finding[] {
	return caught(view, 'shadowed', {
		by: 'an older rule',
		proof: ({name, shadow, pod, diagnosis}) => ({
			source: `nat table (${shadow?.build ?? ''}) on ${diagnosis.node}`,
			says: `${shadow?.chain ?? ''} comes first and leads to ${shadow?.targetIP ?? ''}:${shadow?.targetPort ?? 0}; ${name} is at ${pod.podIPs.join(', ')}`,
		}),
		remedy: where => `Delete the stale jump in CNI-HOSTPORT-DNAT and its chain on ${where}; the pod's own rule then counts.`,
	});
}

/** The same by a rule that is not portmap's, in PREROUTING itself. */
function preceding(view: View): Finding[] {
	return caught(view, 'preceded', {
		by: "a rule that is not portmap's",
		proof: ({name, preceding: rule, pod, diagnosis}) => ({
			source: `nat table on ${diagnosis.node}`,
			says: `${rule?.line ?? ''}; it stands before the jump to CNI-HOSTPORT-DNAT and ${rule?.does ?? ''}; ${name} is at ${pod.podIPs.join(', ')}`,
		}),
		remedy: where => `Find out who makes that rule on ${where} (a proxy, a container engine, a script), and take it away or move the port.`,
	});
}

type Catching = {
	readonly by: string;
	readonly proof: (hostPort: HostPortView) => Proof;
	/** @param where the nodes, as a title names them */
	readonly remedy: (where: string) => string;
};

function caught(view: View, wanted: HostPortReason, {by, proof, remedy}: Catching): Finding[] {
	const hostPorts = view.hostPorts.filter(({reason}) => reason === wanted);
	const names = new Set(hostPorts.map(({pod}) => pod.node));
	const nodes = view.judged.filter(({name}) => names.has(name));
	return hostPorts.length === 0
		? []
		: [
				{
					code: 'HP07',
					severity: 'error',
					nodes: nodes.map(({name}) => name),
					hostPorts: hostPorts.map(({name}) => name),
					title: `${by} catches the traffic of ${count(hostPorts.length, 'hostPort')} on ${nodesInTitle(nodes)}`,
					because: hostPorts.slice(0, 3).map(proof),
					remedy: remedy(nodesInTitle(nodes)),
					repairable: false,
				},
			];
}

/** Of ports that a pod has now, or of ports that none has. */
function waiting(view: View, isInUse: boolean): Finding[] {
	const found = view.judged
		.flatMap(node => left(view, node).map(stale => ({node, stale, hostPorts: hostPortsOf(view, node, stale)})))
		.filter(({hostPorts}) => hostPorts.length > 0 === isInUse);
	const nodes = [...new Set(found.map(({node}) => node))];
	return found.length === 0
		? []
		: [
				{
					code: 'HP07',
					severity: isInUse ? 'warning' : 'info',
					nodes: nodes.map(({name}) => name),
					hostPorts: [...new Set(found.flatMap(({hostPorts}) => hostPorts))],
					title: `${count(found.length, 'rule')} of portmap on ${nodesInTitle(nodes)} ${found.length === 1 ? 'was' : 'were'} left behind by pods that are gone`,
					because: found.slice(0, 3).map(({node, stale: {mapping, because}}) => ({
						source: `nat table (${mapping.build}) on ${node.name}`,
						says: `${mapping.chain}: ${mapping.hostPort}/${mapping.protocol} → ${mapping.targetIP}:${mapping.targetPort}, ${
							because === 'no-pod' ? 'where no pod with that hostPort is' : 'which another rule before it serves already'
						}`,
					})),
					remedy: `Delete these jumps in CNI-HOSTPORT-DNAT and their chains on ${nodesInTitle(nodes)}, before a pod is made whose own rule would stand behind them.`,
					repairable: false,
				},
			];
}

/** Without those that the first finding is about, and without dead weight: where eBPF serves hostPort no rule is asked. */
function left(view: View, node: NodeView): readonly StaleMapping[] {
	const caught = view.hostPortsOf(node).filter(({reason}) => reason === 'shadowed');
	return node.path === 'native'
		? []
		: staleMappings(view, node).filter(
				({mapping}) => !caught.some(({port}) => port.hostPort === mapping.hostPort && port.protocol === mapping.protocol),
			);
}

function hostPortsOf(view: View, node: NodeView, {mapping}: StaleMapping): string[] {
	return view
		.hostPortsOf(node)
		.filter(({port}) => port.hostPort === mapping.hostPort && port.protocol === mapping.protocol)
		.map(({name}) => name);
}
