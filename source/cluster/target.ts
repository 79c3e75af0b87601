import type {ConnectionFlags} from './connection-flags.ts';
import {chooseTarget} from './connection-target.ts';
import {inClusterKubeconfig} from './in-cluster.ts';
import type {Kubeconfig} from './kubeconfig.ts';
import {findKubeconfig} from './kubeconfig-search.ts';

/**
 * Whether flags and kubeconfig name a server at all; nobody is asked, and no plug-in is run.
 * @throws UsageError when the command line names what does not exist
 * @throws ActionableError when a kubeconfig cannot be used
 */
export async function assertTarget(flags: ConnectionFlags, environment: NodeJS.ProcessEnv, signal: AbortSignal): Promise<void> {
	chooseTarget(await kubeconfigFor(flags, environment, signal), flags);
}

/** A pod's service account serves only where no kubeconfig and no server is named. */
export async function kubeconfigFor(flags: ConnectionFlags, environment: NodeJS.ProcessEnv, signal: AbortSignal): Promise<Kubeconfig> {
	const found = await findKubeconfig(flags.kubeconfig, environment, signal);
	const isEmpty = found.clusters.size === 0 && found.contexts.size === 0;
	return isEmpty && !flags.server ? ((await inClusterKubeconfig(environment)) ?? found) : found;
}
