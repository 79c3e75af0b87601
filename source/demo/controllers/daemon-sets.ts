import type {Pod, Workload} from '../objects/kubernetes-types.ts';
import {hashLabel, templateHash} from '../objects/pod-objects.ts';
import type {Control} from './control.ts';
import {deletePod, isGoing, isReady, makePod, podsOf, setStatus} from './owned-pods.ts';
import {mayRunOn} from './placement.ts';

/** One pod on every node that may have it; with RollingUpdate those of an older template go, `maxUnavailable` at a time. */
export function reconcileDaemonSet(control: Control, key: string): void {
	const {store, resource} = control;
	const set = store.get(resource('daemonsets'), key) as Workload | undefined;
	if (!set) return;
	const nodes = store
		.all(resource('nodes'))
		.filter(node => mayRunOn(set.spec.template.spec, node, {daemonSet: true}))
		.map(node => node.metadata.name);
	const pods = podsOf(control, set);
	const byNode = new Map(pods.map(pod => [pod.spec.nodeName, pod]));
	for (const node of nodes) if (!byNode.has(node)) makePod(control, set, node);
	const wanted = new Set(nodes);
	for (const pod of pods) if (!wanted.has(pod.spec.nodeName ?? '')) deletePod(control, pod);
	const hash = templateHash(set.spec.template);
	const isCurrent = (pod: Pod) => pod.metadata.labels?.[hashLabel('DaemonSet')] === hash;
	if ((set.spec.updateStrategy?.type ?? 'RollingUpdate') === 'RollingUpdate')
		roll(
			control,
			set,
			nodes.length,
			pods.filter(isReady).length,
			pods.filter(pod => !isCurrent(pod) && !isGoing(pod)),
		);
	const ready = pods.filter(isReady).length;
	setStatus(control, resource('daemonsets'), set, {
		observedGeneration: set.metadata.generation ?? 1,
		desiredNumberScheduled: nodes.length,
		currentNumberScheduled: pods.length,
		updatedNumberScheduled: pods.filter(pod => isCurrent(pod) && !isGoing(pod)).length,
		numberReady: ready,
		numberAvailable: ready,
		...(ready < nodes.length && {numberUnavailable: nodes.length - ready}),
		numberMisscheduled: 0,
	});
}

function roll(control: Control, {spec}: Workload, desired: number, ready: number, outdated: readonly Pod[]): void {
	// Those that do not work anyway go first and cost nothing.
	for (const pod of outdated) if (!isReady(pod)) deletePod(control, pod);
	const allowed = countOf(spec.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1, desired) - (desired - ready);
	for (const pod of outdated.filter(isReady).slice(0, Math.max(0, allowed))) deletePod(control, pod);
}

/** A number or a percentage of `whole`, at least 1. */
function countOf(value: number | string, whole: number): number {
	return Math.max(1, typeof value === 'number' ? value : Math.ceil((Number.parseInt(value, 10) * whole) / 100));
}
