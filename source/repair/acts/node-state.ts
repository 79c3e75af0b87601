import type {NodeAccess} from '../../access/access.ts';
import {agentCommands, runFirst} from '../../access/agent-command.ts';
import {ClusterError} from '../../cluster/cluster-error.ts';
import {ActionableError, messageOf} from '../../errors.ts';
import {readLoadedConflist, type LoadedConflist} from './loaded-conflist.ts';
import {until, type Look, type Waiting} from './patience.ts';
import type {ConflistForm} from '../checked-values.ts';
import {AgentAway, type StepContext} from '../step-work.ts';

/** An agent writes its list as soon as it is ready; a controller that is behind may take a minute. */
const listMilliseconds = 180_000;

/** An agent that is being re-created does not answer for some seconds; a minute or two is too long. */
const answerMilliseconds = 120_000;

/**
 * Asks something of a node through its agent, again while that agent comes and goes: a pod that is not there yet or no more
 * is no failure here, a refusal is.
 */
export async function askAgent<T>(
	context: StepContext,
	node: string,
	ask: (access: NodeAccess) => Promise<Look<T>>,
	what: Pick<Waiting, 'what' | 'hint' | 'limitMilliseconds'>,
): Promise<T> {
	const {clock, signal, say} = context;
	return until(
		async () => {
			try {
				const access = await context.openAgent(node, signal);
				try {
					return await ask(access);
				} finally {
					await access.close();
				}
			} catch (error) {
				signal.throwIfAborted();
				if (error instanceof ClusterError && error.status !== 401 && error.status !== 403) return {stillAt: `${node}: ${messageOf(error)}`};
				if (error instanceof AgentAway) return {stillAt: error.message};
				throw error;
			}
		},
		{clock, signal, say, ...what},
	);
}

/** Waits until the runtime of a node loads the conflist in this form; returns the file's name. */
export async function awaitConflistOf(context: StepContext, node: string, form: ConflistForm): Promise<string> {
	return askAgent(
		context,
		node,
		async access => {
			const list = await readLoadedConflist(access, context.signal);
			return list.form === form
				? {value: list.file}
				: {stillAt: `${node}: ${list.file || 'no file'} is ${list.form === 'portmap' ? 'chained' : list.form}`};
		},
		{
			what: `${node} does not load a CNI config ${form === 'portmap' ? 'with portmap' : 'without portmap'}`,
			hint: 'Check the log of its agent; kubectl hostport check tells whether another file is loaded first.',
			limitMilliseconds: listMilliseconds,
		},
	);
}

/** The conflist that a node loads at this moment, read through its agent. */
export async function readConflistOf(context: StepContext, node: string): Promise<LoadedConflist> {
	return askAgent(context, node, async access => ({value: await readLoadedConflist(access, context.signal)}), {
		what: `the CNI config of ${node} cannot be read`,
		hint: 'Check that its agent runs.',
		limitMilliseconds: answerMilliseconds,
	});
}

/** Waits until the agent of a node reports that it serves hostPort itself. */
export async function awaitNative(context: StepContext, node: string): Promise<string> {
	return askAgent(
		context,
		node,
		async ({runProgram, label}) => {
			const limits = {signal: context.signal, timeoutMilliseconds: 30_000};
			const answer = runProgram && (await runFirst(agentCommands('status', '-o', 'json'), runProgram, limits));
			if (answer === undefined) throw new ActionableError(`${label} has no cilium command`, 'Use the image that Cilium publishes.');
			const {stdout, exitCode} = answer;
			if (exitCode !== 0) return {stillAt: `${node}: the agent does not answer yet`};
			return reportsHostPort(stdout) ? {value: 'HostPort enabled'} : {stillAt: `${node}: the agent reports HostPort disabled`};
		},
		{
			what: `the agent of ${node} does not serve hostPort`,
			hint: 'Check its log; kubectl hostport check tells what overrides cilium-config.',
			limitMilliseconds: listMilliseconds,
		},
	);
}

/** `features.hostPort.enabled` of `status -o json`; the field is omitted where it is false (api/v1/models, kube_proxy_replacement.go). */
function reportsHostPort(json: string): boolean {
	try {
		const status = JSON.parse(json) as {'kube-proxy-replacement'?: {features?: {hostPort?: {enabled?: unknown}}}} | null;
		return status?.['kube-proxy-replacement']?.features?.hostPort?.enabled === true;
	} catch (error) {
		throw new ActionableError('the status of an agent is not JSON', 'See: cilium status -o json in that pod.', {cause: error});
	}
}
