import type {StoredObject} from '../api/object-store.ts';
import {mappedPorts} from '../node/port-mappings.ts';
import type {Pod, PodSpec} from '../objects/kubernetes-types.ts';

type Taint = {readonly key: string; readonly value?: string; readonly effect: string};
type Toleration = {readonly key?: string; readonly operator?: string; readonly value?: string; readonly effect?: string};

/** Taints that a DaemonSet's pods bear whatever their template says (kubernetes, pkg/controller/daemon/util). */
const daemonSetTolerates: readonly Toleration[] = [
	'not-ready',
	'unreachable',
	'disk-pressure',
	'memory-pressure',
	'pid-pressure',
	'unschedulable',
].map(name => ({
	key: `node.kubernetes.io/${name}`,
	operator: 'Exists',
}));

/** Whether a pod may be on a node by its nodeSelector, the node's taints and, but for DaemonSets, by being cordoned. */
export function mayRunOn(spec: PodSpec, node: StoredObject, options: {readonly daemonSet: boolean}): boolean {
	const {labels = {}} = node.metadata;
	if (!Object.entries(spec.nodeSelector ?? {}).every(([key, value]) => labels[key] === value)) return false;
	const {taints = [], unschedulable = false} = (node['spec'] ?? {}) as {taints?: readonly Taint[]; unschedulable?: boolean};
	if (unschedulable && !options.daemonSet) return false;
	const tolerations = [...((spec['tolerations'] ?? []) as readonly Toleration[]), ...(options.daemonSet ? daemonSetTolerates : [])];
	return taints.every(taint => taint.effect === 'PreferNoSchedule' || tolerations.some(toleration => tolerates(toleration, taint)));
}

function tolerates({key, operator = 'Equal', value = '', effect = ''}: Toleration, taint: Taint): boolean {
	if (effect !== '' && effect !== taint.effect) return false;
	if (operator === 'Exists') return key === undefined || key === taint.key;
	return key === taint.key && value === (taint.value ?? '');
}

/** Whether two pods on one node would ask for the same hostPort. A pod that is going still holds its own. */
export function portsClash(one: Pod, other: Pod): boolean {
	if (other.status.phase === 'Succeeded' || other.status.phase === 'Failed') return false;
	const taken = new Set(mappedPorts(other).map(({hostPort, protocol = 'TCP'}) => `${hostPort}/${protocol}`));
	return mappedPorts(one).some(({hostPort, protocol = 'TCP'}) => taken.has(`${hostPort}/${protocol}`));
}
