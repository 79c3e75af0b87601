import {printableLine} from '../foreign-text.ts';
import type {ConnectionFlags} from './connection-flags.ts';
import {chooseTarget, type ConnectionTarget} from './connection-target.ts';
import {inClusterKubeconfig} from './in-cluster.ts';
import type {Kubeconfig} from './kubeconfig.ts';
import {findKubeconfig} from './kubeconfig-search.ts';

/**
 * Which server flags and kubeconfig name, as whom; nobody is asked, and no plug-in is run.
 * @throws UsageError when the command line names what does not exist
 * @throws ActionableError when a kubeconfig cannot be used
 */
export async function targetOf(flags: ConnectionFlags, environment: NodeJS.ProcessEnv, signal: AbortSignal): Promise<ConnectionTarget> {
	return chooseTarget(await kubeconfigFor(flags, environment, signal), flags);
}

/** The server of a target and its context, for display. */
export const namesOf = ({server, context}: ConnectionTarget): {readonly server: string; readonly context: string | undefined} => ({
	server: server.href.replace(/\/+$/u, ''),
	context: context === undefined ? undefined : printableLine(context),
});

/** A pod's service account serves only where no kubeconfig and no server is named. */
async function kubeconfigFor(flags: ConnectionFlags, environment: NodeJS.ProcessEnv, signal: AbortSignal): Promise<Kubeconfig> {
	const found = await findKubeconfig(flags.kubeconfig, environment, signal);
	const isEmpty = found.clusters.size === 0 && found.contexts.size === 0;
	return isEmpty && !flags.server ? ((await inClusterKubeconfig(environment)) ?? found) : found;
}
