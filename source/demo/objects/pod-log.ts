import {agentLog} from '../node/agent-state.ts';
import {badRequest} from '../api/api-failure.ts';
import {cniFile} from '../node/cni-file.ts';
import type {DemoNode} from '../node/demo-node.ts';
import type {Pod} from './kubernetes-types.ts';

/**
 * A container's log, with `tailLines`, `limitBytes` and `timestamps`. The agent's is that of its version; others have one line.
 * @throws ApiFailure 400 where the container has no log yet
 */
export function podLog(pod: Pod, node: DemoNode | undefined, query: URLSearchParams): string {
	const container = query.get('container') ?? pod.spec.containers[0]?.name ?? '';
	if (!pod.spec.containers.some(({name}) => name === container))
		throw badRequest(`container ${container} is not valid for pod ${pod.metadata.name}`);
	if (pod.status.phase === 'Pending')
		throw badRequest(`container "${container}" in pod "${pod.metadata.name}" is waiting to start: ContainerCreating`);
	if (query.get('previous') === 'true')
		throw badRequest(`previous terminated container "${container}" in pod "${pod.metadata.name}" not found`);
	const agent = container === 'cilium-agent' ? node?.agent : undefined;
	const startedAt = agent?.startedAt ?? new Date(pod.status.startTime ?? 0);
	const messages = agent ? agentLog(agent, cniFile(agent)?.name ?? '') : [`level=info msg="${container} started"`];
	const stamp = query.get('timestamps') === 'true';
	const lines = messages.map((message, index) =>
		stamp ? `${new Date(startedAt.getTime() + index * 20).toISOString()} ${message}\n` : `${message}\n`,
	);
	const tail = query.get('tailLines');
	const text = (tail === null ? lines : lines.slice(-Number(tail) || lines.length)).join('');
	const limit = query.get('limitBytes');
	return limit === null ? text : text.slice(0, Number(limit));
}
