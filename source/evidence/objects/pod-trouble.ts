import {at, listOf} from '../untyped.ts';
import {line} from './metadata.ts';

/** Reason and message of what keeps a pod from running well, in one line; empty for a pod that says nothing of the kind. */
export function troubleOf(pod: unknown): string {
	const status = at(pod, 'status');
	const statuses = [...listOf(at(status, 'initContainerStatuses')), ...listOf(at(status, 'containerStatuses'))];
	const unscheduled = listOf(at(status, 'conditions')).find(
		condition => at(condition, 'type') === 'PodScheduled' && at(condition, 'status') === 'False',
	);
	const waiting = statuses.map(container => at(container, 'state', 'waiting')).filter(state => at(state, 'reason') !== undefined);
	// ContainerCreating says only that something else is in the way.
	const worst = waiting.find(state => at(state, 'reason') !== 'ContainerCreating' && at(state, 'reason') !== 'PodInitializing');
	// Whatever ails it goes with it.
	if (at(pod, 'metadata', 'deletionTimestamp') !== undefined) return 'Terminating';
	if (at(status, 'reason') !== undefined) return said(status);
	if (worst !== undefined) return said(worst);
	if (unscheduled !== undefined) return said(unscheduled);
	return waiting[0] === undefined ? '' : said(waiting[0]);
}

export function isPodReady(pod: unknown): boolean {
	return listOf(at(pod, 'status', 'conditions')).some(condition => at(condition, 'type') === 'Ready' && at(condition, 'status') === 'True');
}

function said(state: unknown): string {
	const [reason, message] = [line(at(state, 'reason')), line(at(state, 'message'))];
	return message === '' ? reason : `${reason}: ${message}`;
}
