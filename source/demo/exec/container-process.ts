import {spawn, type ChildProcess} from 'node:child_process';
import {constants} from 'node:os';
import {commandOnNode} from './container-paths.ts';
import type {ExecRequest} from './exec-request.ts';
import type {Pod} from '../objects/kubernetes-types.ts';

/** Where a container's commands run: the node's folder, and before the user's own PATH the stand-ins of the node's programs. */
export type ProcessPlace = {
	readonly nodeFolder: string;
	readonly commandFolder: string;
	/** Port of the demo's network (network.ts), which makes the connections of its nodes and pods. */
	readonly networkPort: number;
};

/**
 * Runs a container's command as a process of this machine, in its own process group, with paths turned to the node's
 * folder. No shell is added and the user's environment stays out, but for PATH.
 */
export function startContainerProcess(
	pod: Pod,
	request: ExecRequest,
	{nodeFolder, commandFolder, networkPort}: ProcessPlace,
): ChildProcess {
	const [program = '', ...words] = commandOnNode(request.command, pod.spec, request.container, nodeFolder);
	const {securityContext} = request.container;
	const networkAdmin = securityContext?.privileged === true || securityContext?.capabilities?.add?.includes('NET_ADMIN') === true;
	return spawn(program, words, {
		cwd: nodeFolder,
		detached: true,
		stdio: [request.stdin ? 'pipe' : 'ignore', request.stdout ? 'pipe' : 'ignore', request.stderr ? 'pipe' : 'ignore'],
		env: {
			PATH: `${commandFolder}:${process.env['PATH'] ?? '/usr/bin:/bin'}`,
			HOME: '/root',
			HOSTNAME: pod.spec.hostNetwork === true ? (pod.spec.nodeName ?? '') : pod.metadata.name,
			HOSTPORT_DEMO_ANSWERS: `${nodeFolder}/answers`,
			HOSTPORT_DEMO_NETWORK: String(networkPort),
			HOSTPORT_DEMO_NODE: pod.spec.nodeName ?? '',
			...(networkAdmin && {HOSTPORT_DEMO_NET_ADMIN: '1'}),
			...(pod.metadata.labels?.['k8s-app'] === 'cilium' && {HOSTPORT_DEMO_AGENT: '1'}),
		},
	});
}

/** Ends a process and everything that it started. */
export function killProcessGroup(child: ChildProcess): void {
	if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
	try {
		process.kill(-child.pid, 'SIGKILL');
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
	}
}

/** The code by which a shell, and so Kubernetes, names an end by signal. */
export function exitCodeOf(code: number | null, signal: NodeJS.Signals | null): number {
	return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}
