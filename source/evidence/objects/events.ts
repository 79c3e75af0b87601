import type {EventEvidence} from '../evidence.ts';
import {at, numberOf} from '../untyped.ts';
import {line, namespaceOf, timeOf} from './metadata.ts';
import type {PodStates} from './host-port-pods.ts';
import type {ObjectReader} from './object-reader.ts';

const reasons = ['FailedCreatePodSandBox', 'FailedKillPod', 'FailedScheduling', 'NetworkNotReady'];
const oneHour = 3_600_000;
/** Newest first; a broken node writes the same line again and again. */
const maximumEvents = 2000;

/** An event, and the pod that it tells of. */
export type SeenEvent = {readonly event: EventEvidence; readonly uid: string};

/** Events of the last hour that tell of sandboxes, scheduling and the node's network, the newest first. */
export async function readEvents(reader: ObjectReader, namespace: string | undefined, now: number): Promise<SeenEvent[]> {
	const lists = await Promise.all(
		reasons.map(async reason =>
			reader.list(
				{
					what: `events (${reason})`,
					of: 'events',
					right: namespace === undefined ? 'list events' : `list events in namespace ${namespace}`,
					path: namespace === undefined ? '/api/v1/events' : `/api/v1/namespaces/${encodeURIComponent(namespace)}/events`,
					query: {fieldSelector: `reason=${reason}`},
				},
				object => {
					const event = eventOf(object);
					const isRecent = event.lastSeen === null || Date.parse(event.lastSeen) >= now - oneHour;
					return event.reason === reason && isRecent ? {event, uid: line(at(object, 'involvedObject', 'uid'))} : undefined;
				},
			),
		),
	);
	const events = lists.flatMap(({items}) => items);
	return events.sort((one, other) => timeSeen(other.event) - timeSeen(one.event)).slice(0, maximumEvents);
}

/** Says of each event what became of its pod. An event that names no uid tells of nobody in particular. */
export function withPodStates(events: readonly SeenEvent[], {states, isComplete}: PodStates): EventEvidence[] {
	return events.map(({event, uid}) => ({...event, podIs: uid === '' ? '' : (states.get(uid) ?? (isComplete ? 'gone' : ''))}));
}

function eventOf(object: unknown): EventEvidence {
	// core/v1 as kubelets write it, and the newer form with a series.
	const lastSeen =
		timeOf(at(object, 'lastTimestamp')) ??
		timeOf(at(object, 'series', 'lastObservedTime')) ??
		timeOf(at(object, 'eventTime')) ??
		timeOf(at(object, 'metadata', 'creationTimestamp'));
	const about = at(object, 'involvedObject');
	return {
		reason: line(at(object, 'reason')),
		message: line(at(object, 'message'), 2048),
		namespace: line(at(about, 'namespace')) || namespaceOf(object),
		object: `${line(at(about, 'kind'))}/${line(at(about, 'name'))}`,
		node: line(at(object, 'source', 'host')) || (line(at(about, 'kind')) === 'Node' ? line(at(about, 'name')) : ''),
		count: numberOf(at(object, 'count')) ?? numberOf(at(object, 'series', 'count')) ?? 1,
		lastSeen: lastSeen === null || Number.isNaN(Date.parse(lastSeen)) ? null : lastSeen,
		podIs: '',
	};
}

function timeSeen({lastSeen}: EventEvidence): number {
	return lastSeen === null ? 0 : Date.parse(lastSeen);
}
