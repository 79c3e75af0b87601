import {kubectl, list} from './kubectl.ts';

export const ownLabel = 'app.kubernetes.io/managed-by=kubectl-hostport';

/** `namespace/name` of every pod that the product made: those that are going, and those that nobody has asked to go. */
export async function leftovers(): Promise<{readonly going: readonly string[]; readonly staying: readonly string[]}> {
	const pods = await list('pods', '--all-namespaces', '--selector', ownLabel);
	const names = (wanted: boolean): readonly string[] =>
		pods
			.filter(({metadata}) => (metadata.deletionTimestamp !== undefined) === wanted)
			.map(({metadata}) => `${metadata.namespace}/${metadata.name}`);
	return {going: names(true), staying: names(false)};
}

/** After a run that was killed on purpose, so that the next test starts clean. */
export async function removeLeftovers(): Promise<void> {
	await kubectl(['delete', 'pods', '--all-namespaces', '--selector', ownLabel, '--grace-period=0', '--force']);
}
