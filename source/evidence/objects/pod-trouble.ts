import {printableLine} from '../../foreign-text.ts';
import {at, listOf, numberOf, textOf} from '../untyped.ts';
import {line, timeOf} from './metadata.ts';
import {terminating} from '../../terminating.ts';

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
	if (at(pod, 'metadata', 'deletionTimestamp') !== undefined) return terminating;
	if (at(status, 'reason') !== undefined) return said(status);
	if (worst !== undefined)
		return [said(worst), lastWords(statuses.find(each => at(each, 'state', 'waiting') === worst))].filter(Boolean).join('; ');
	if (unscheduled !== undefined) return said(unscheduled);
	return waiting[0] === undefined ? '' : said(waiting[0]);
}

/** Whether the condition Ready is true. */
export function isPodReady(pod: unknown): boolean {
	return listOf(at(pod, 'status', 'conditions')).some(condition => at(condition, 'type') === 'Ready' && at(condition, 'status') === 'True');
}

/** When the youngest of the containers that run was started; null where none says so. */
export function runsSince(pod: unknown): string | null {
	const times = listOf(at(pod, 'status', 'containerStatuses')).flatMap(status => timeOf(at(status, 'state', 'running', 'startedAt')) ?? []);
	return times.sort().at(-1) ?? null;
}

/** How often the container that was started again most was, and how it ended last; empty where none was. */
export function restartsOf(pod: unknown): string {
	const [most] = listOf(at(pod, 'status', 'containerStatuses'))
		.map(status => ({status, count: numberOf(at(status, 'restartCount')) ?? 0}))
		.filter(({count}) => count > 0)
		.sort((one, other) => other.count - one.count);
	if (most === undefined) return '';
	const ended = at(most.status, 'lastState', 'terminated');
	const code = numberOf(at(ended, 'exitCode'));
	const last = code === undefined ? '' : `, last after exit code ${code} (${line(at(ended, 'reason'), 64)})`;
	return `${line(at(most.status, 'name'))} ${most.count === 1 ? 'once' : `${most.count} times`}${last}`;
}

/** What a container that is started again and again said when it ended, where it says so itself. */
function lastWords(status: unknown): string {
	const said = printableLine(textOf(at(status, 'lastState', 'terminated', 'message')), 300);
	return said === '' ? '' : `${line(at(status, 'name'))}: ${said}`;
}

function said(state: unknown): string {
	const [reason, message] = [line(at(state, 'reason')), line(at(state, 'message'))];
	return message === '' ? reason : `${reason}: ${message}`;
}
