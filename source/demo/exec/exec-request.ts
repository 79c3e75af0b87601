import {badRequest} from '../api/api-failure.ts';
import type {Pod} from '../objects/kubernetes-types.ts';

/** What an exec request asks for. */
export type ExecRequest = {
	readonly container: Pod['spec']['containers'][number];
	/** The command and its words, as given: no shell has seen them. */
	readonly command: readonly string[];
	readonly stdin: boolean;
	readonly stdout: boolean;
	readonly stderr: boolean;
};

/** @throws ApiFailure 400 with the words of a real server where the request or the pod does not allow an exec. */
export function readExecRequest(pod: Pod, query: URLSearchParams): ExecRequest {
	const command = query.getAll('command');
	if (command.length === 0 || command[0] === '') throw badRequest('you must specify at least 1 command for the container');
	const flag = (name: string) => ['true', '1'].includes(query.get(name) ?? '');
	const [stdin, stdout, stderr] = [flag('stdin'), flag('stdout'), flag('stderr')];
	if (!stdin && !stdout && !stderr) throw badRequest('you must specify at least one of stdin, stdout, stderr');
	const {namespace, name} = pod.metadata;
	const wanted = query.get('container') ?? '';
	const all = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
	if (wanted === '' && pod.spec.containers.length > 1) {
		throw badRequest(
			`a container name must be specified for pod ${name}, choose one of: [${pod.spec.containers.map(c => c.name).join(' ')}]`,
		);
	}
	const container = wanted === '' ? pod.spec.containers[0] : all.find(one => one.name === wanted);
	if (!container) throw badRequest(`container ${wanted} is not valid for pod ${name}`);
	const status = pod.status.containerStatuses?.find(one => one.name === container.name);
	if (pod.status.phase !== 'Running' || !status?.state['running']) {
		throw badRequest(`container not found ("${container.name}") in pod ${namespace}/${name}: it is not running`);
	}
	return {container, command, stdin, stdout, stderr};
}
