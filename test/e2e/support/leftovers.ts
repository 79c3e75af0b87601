import {kubectl, list} from './kubectl.ts';

export const ownLabel = 'app.kubernetes.io/managed-by=kubectl-hostport';

/** `namespace/name: phase` of every pod that the product made and has not removed. */
export async function leftovers(): Promise<readonly string[]> {
	return (await list('pods', '--all-namespaces', '--selector', ownLabel)).map(
		({metadata, status}) => `${metadata.namespace}/${metadata.name}: ${status?.phase}`,
	);
}

/** After a run that was killed on purpose, so that the next test starts clean. */
export async function removeLeftovers(): Promise<void> {
	await kubectl(['delete', 'pods', '--all-namespaces', '--selector', ownLabel, '--grace-period=0', '--force']);
}
