import {mkdtemp, rm} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {kubectl} from './kubectl.ts';
import {makeServiceAccount} from './service-account.ts';
import {namespace} from './tested-cluster.ts';

type Rule = {readonly apiGroups: readonly string[]; readonly resources: readonly string[]; readonly verbs: readonly string[]};

/** A user who may just these things in all namespaces. */
export async function userWith(name: string, rules: readonly Rule[]): Promise<{readonly kubeconfig: string; remove(): Promise<void>}> {
	const user = `e2e-${name}`;
	const folder = await mkdtemp(path.join(os.tmpdir(), 'hostport-e2e-user-'));
	const {subject, kubeconfig} = await makeServiceAccount(user, folder);
	const role = {apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: {name: user}, rules};
	await kubectl(['apply', '--filename', '-'], JSON.stringify(role));
	await kubectl(['create', 'clusterrolebinding', user, `--clusterrole=${user}`, subject]);
	return {
		kubeconfig,
		async remove() {
			await kubectl(['delete', 'clusterrole,clusterrolebinding', user]);
			await kubectl(['--namespace', namespace, 'delete', 'serviceaccount', user]);
			await rm(folder, {recursive: true});
		},
	};
}
