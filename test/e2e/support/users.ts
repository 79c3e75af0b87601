import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {kubectl} from './kubectl.ts';
import {namespace} from './tested-cluster.ts';

type Rule = {readonly apiGroups: readonly string[]; readonly resources: readonly string[]; readonly verbs: readonly string[]};

/** A user who may just these things in all namespaces: a service account with a kubeconfig of its own. */
export async function userWith(name: string, rules: readonly Rule[]): Promise<{readonly kubeconfig: string; remove(): Promise<void>}> {
	const user = `e2e-${name}`;
	const rbac = 'rbac.authorization.k8s.io';
	const objects = [
		{apiVersion: 'v1', kind: 'ServiceAccount', metadata: {name: user, namespace}},
		{apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata: {name: user}, rules},
		{
			apiVersion: `${rbac}/v1`,
			kind: 'ClusterRoleBinding',
			metadata: {name: user},
			roleRef: {apiGroup: rbac, kind: 'ClusterRole', name: user},
			subjects: [{kind: 'ServiceAccount', name: user, namespace}],
		},
	];
	await kubectl(['apply', '--filename', '-'], JSON.stringify({apiVersion: 'v1', kind: 'List', items: objects}));
	const token = (await kubectl(['--namespace', namespace, 'create', 'token', user, '--duration=1h'])).trim();
	const config = JSON.parse(await kubectl(['config', 'view', '--raw', '--minify', '--output=json'])) as {
		users: object[];
		contexts: Array<{context: object}>;
	};
	const [context] = config.contexts;
	const folder = await mkdtemp(path.join(os.tmpdir(), 'hostport-e2e-user-'));
	const kubeconfig = path.join(folder, 'config');
	const own = {...config, users: [{name: user, user: {token}}], contexts: [{...context, context: {...context?.context, user}}]};
	await writeFile(kubeconfig, JSON.stringify(own), {mode: 0o600});
	return {
		kubeconfig,
		async remove() {
			await kubectl(['delete', 'clusterrole,clusterrolebinding', user]);
			await kubectl(['--namespace', namespace, 'delete', 'serviceaccount', user]);
			await rm(folder, {recursive: true});
		},
	};
}
