import {permissionText, type Permission} from '../cluster/permissions.ts';
import {stepsOf, type Plan} from './plan.ts';

/** A right that a plan needs, and for what. */
export type NeededPermission = Permission & {readonly why: string};

/** Every right that carrying out a plan and undoing it takes (exec: kubernetes/kubernetes #134577). */
export function permissionsNeeded(plan: Plan): NeededPermission[] {
	const {namespace} = plan;
	const needed: NeededPermission[] = [
		...['get', 'create', 'update', 'patch', 'delete'].map(verb => ({
			verb,
			resource: 'configmaps',
			namespace,
			why: 'the journal and the lock of the run',
		})),
		...['get', 'create'].map(verb => ({verb, resource: 'pods', subresource: 'exec', namespace, why: 'looking at the nodes'})),
		{verb: 'list', resource: 'pods', namespace, why: 'finding the agents'},
		{verb: 'list', resource: 'nodes', why: 'seeing nodes that join or go meanwhile'},
	];
	if (stepsOf(plan, 'put-binary').length > 0 || stepsOf(plan, 'test-pod').length > 0 || plan.binaries.length > 0) {
		const why = 'the pods that write, look and test';
		needed.push(...['create', 'get', 'delete'].map(verb => ({verb, resource: 'pods', namespace, why})));
	}

	if (stepsOf(plan, 'test-pod').length > 0)
		needed.push({verb: 'list', resource: 'pods', why: 'seeing that the test pod has an address of its own'});
	if (stepsOf(plan, 'roll-agents').length > 0) {
		needed.push(...['get', 'patch'].map(verb => ({verb, group: 'apps', resource: 'daemonsets', namespace, why: 'restarting the agents'})));
		needed.push({verb: 'delete', resource: 'pods', namespace, why: 're-creating an agent'});
	}

	if (stepsOf(plan, 'guard-new-nodes').length > 0) {
		const why = 'the DaemonSet for nodes that join';
		needed.push(...['get', 'create', 'patch', 'delete'].map(verb => ({verb, group: 'apps', resource: 'daemonsets', namespace, why})));
		needed.push({verb: 'list', resource: 'configmaps', namespace, why});
	}

	if (stepsOf(plan, 'canary-config').length > 0) {
		needed.push(
			...['create', 'delete'].map(verb => ({
				verb,
				group: 'cilium.io',
				resource: 'ciliumnodeconfigs',
				namespace,
				why: 'the first node alone',
			})),
		);
	}

	for (const {parameters} of stepsOf(plan, 'recreate-pods')) {
		needed.push(...['get', 'list'].map(verb => ({verb, resource: 'pods', namespace: parameters.namespace, why: 're-creating pods'})));
		if (parameters.owner === '') {
			needed.push(
				...['create', 'delete'].map(verb => ({verb, resource: 'pods', namespace: parameters.namespace, why: 'restarting a bare pod'})),
				...['create', 'delete'].map(verb => ({verb, resource: 'secrets', namespace, why: "a bare pod's manifest while it restarts"})),
			);
		} else {
			needed.push({verb: 'create', resource: 'pods', subresource: 'eviction', namespace: parameters.namespace, why: 're-creating pods'});
		}

		if (parameters.owner.startsWith('DaemonSet/')) {
			const why = 'how many of its pods may be away';
			needed.push({verb: 'get', group: 'apps', resource: 'daemonsets', namespace: parameters.namespace, why});
		}
	}

	return [...new Map(needed.map(each => [permissionText(each), each])).values()];
}
