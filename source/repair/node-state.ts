import {ActionableError} from '../errors.ts';
import {readLoadedList} from './loaded-list.ts';
import {until} from './patience.ts';
import type {ListForm} from './plan.ts';
import type {StepContext} from './step-work.ts';

/** An agent writes its list as soon as it is ready; a controller that is behind may take a minute. */
const listMilliseconds = 180_000;

/** Waits until the runtime of a node loads the list in this form; returns the file's name. */
export async function awaitList(context: StepContext, node: string, form: ListForm): Promise<string> {
	const {clock, signal, say} = context;
	return until(
		async () => {
			const list = await lookAtList(context, node);
			return list.form === form
				? {value: list.file}
				: {stillAt: `${node}: ${list.file || 'no file'} is ${list.form === 'portmap' ? 'chained' : list.form}`};
		},
		{
			clock,
			signal,
			say,
			what: `${node} does not load the list ${form === 'portmap' ? 'with portmap' : 'without portmap'}`,
			hint: 'See the log of its agent, and kubectl hostport check for a file that comes before it.',
			limitMilliseconds: listMilliseconds,
		},
	);
}

/** The list that a node loads at this moment, read through its agent. */
export async function lookAtList(context: StepContext, node: string): ReturnType<typeof readLoadedList> {
	const access = await context.openAgent(node, context.signal);
	try {
		return await readLoadedList(access, context.signal);
	} finally {
		await access.close();
	}
}

/** Waits until the agent of a node reports that it serves hostPort itself. */
export async function awaitNative(context: StepContext, node: string): Promise<string> {
	const {clock, signal, say} = context;
	return until(
		async () => {
			const access = await context.openAgent(node, signal);
			try {
				// The command's name changed in Cilium 1.15 (#28085).
				const script = 'if command -v cilium-dbg >/dev/null 2>&1; then cilium-dbg status -o json; else cilium status -o json; fi';
				const {stdout, exitCode} = await access.run(script, {signal, timeoutMilliseconds: 30_000});
				if (exitCode !== 0) return {stillAt: `${node}: the agent does not answer yet`};
				return reportsHostPort(stdout) ? {value: 'HostPort enabled'} : {stillAt: `${node}: the agent reports HostPort disabled`};
			} finally {
				await access.close();
			}
		},
		{
			clock,
			signal,
			say,
			what: `the agent of ${node} does not serve hostPort`,
			hint: 'See its log, and kubectl hostport check for what wins over cilium-config.',
			limitMilliseconds: listMilliseconds,
		},
	);
}

/** `features.hostPort.enabled` of `status -o json`; the field is left out where it is false (api/v1/models, kube_proxy_replacement.go). */
function reportsHostPort(json: string): boolean {
	try {
		const status = JSON.parse(json) as {'kube-proxy-replacement'?: {features?: {hostPort?: {enabled?: unknown}}}} | null;
		return status?.['kube-proxy-replacement']?.features?.hostPort?.enabled === true;
	} catch (error) {
		throw new ActionableError('the status of an agent is no JSON', 'See: cilium status -o json in that pod.', {cause: error});
	}
}
