import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import {kubectl} from './kubectl.ts';
import {namespace} from './tested-cluster.ts';

type Kubeconfig = {users: Array<{name: string; user: object}>};

/** A user who may nothing yet, as a ServiceAccount in the tests' namespace: what to bind a role to, and its kubeconfig's path in `folder`. */
export async function makeServiceAccount(name: string, folder: string): Promise<{readonly subject: string; readonly kubeconfig: string}> {
	const account = {apiVersion: 'v1', kind: 'ServiceAccount', metadata: {name, namespace}};
	await kubectl(['apply', '--filename', '-'], JSON.stringify(account));
	const token = (await kubectl(['--namespace', namespace, 'create', 'token', name, '--duration=2h'])).trim();
	const config = JSON.parse(await kubectl(['config', 'view', '--raw', '--output=json'])) as Kubeconfig;
	const file = path.join(folder, `${name}.conf`);
	await writeFile(file, JSON.stringify({...config, users: config.users.map(({name: user}) => ({name: user, user: {token}}))}));
	return {subject: `--serviceaccount=${namespace}:${name}`, kubeconfig: file};
}

/** Gives it the roles of a manifest, one of the cluster and one of kube-system, both of this name. */
export async function bindRoles(subject: string, manifest: string, role: string): Promise<void> {
	await kubectl(['apply', '--filename', '-'], manifest);
	for (const kind of ['clusterrole', 'role']) {
		const binding = await kubectl([
			'--namespace=kube-system',
			'create',
			`${kind}binding`,
			role,
			`--${kind}=${role}`,
			subject,
			'--dry-run=client',
			'--output=yaml',
		]);
		await kubectl(['apply', '--filename', '-'], binding);
	}
}

export async function removeRoles(...roles: readonly string[]): Promise<void> {
	await kubectl(['delete', 'clusterrole,clusterrolebinding', ...roles, '--ignore-not-found']);
	await kubectl(['--namespace=kube-system', 'delete', 'role,rolebinding', ...roles, '--ignore-not-found']);
}
