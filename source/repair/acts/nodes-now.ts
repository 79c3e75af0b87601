import type {V1Node} from '@kubernetes/client-node';
import type {Wire} from '../../cluster/cluster-client.ts';
import {nodesKnown, type Plan} from '../plan/plan.ts';
import type {StepContext} from '../step-work.ts';

/** The nodes that the cluster has at this moment, without those of Windows. */
export async function nodesNow({client, signal}: Pick<StepContext, 'client' | 'signal'>): Promise<ReadonlySet<string>> {
	const all = await client.list<Wire<V1Node>>('/api/v1/nodes', {signal});
	return new Set(
		all.filter(({metadata}) => metadata?.labels?.['kubernetes.io/os'] !== 'windows').map(({metadata}) => metadata?.name ?? ''),
	);
}

/** Nodes that have joined since the plan was made. */
export async function joinedNodes(context: Pick<StepContext, 'client' | 'signal'> & {readonly plan: Plan}): Promise<readonly string[]> {
	const known = nodesKnown(context.plan);
	return [...(await nodesNow(context))].filter(name => !known.has(name)).sort();
}
