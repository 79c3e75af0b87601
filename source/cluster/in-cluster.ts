import {readFile} from 'node:fs/promises';
import path from 'node:path';
import type {Kubeconfig} from './kubeconfig.ts';

const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The connection a pod gets from its service account, in the form of a kubeconfig (client-go, rest.InClusterConfig).
 * Gives undefined outside a pod.
 */
export async function inClusterKubeconfig(environment: NodeJS.ProcessEnv, folder = serviceAccountFolder): Promise<Kubeconfig | undefined> {
	const {KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port} = environment;
	if (!host || !port) return undefined;
	const tokenFile = path.join(folder, 'token');
	const [token, namespace] = await Promise.all([readIfThere(tokenFile), readIfThere(path.join(folder, 'namespace'))]);
	if (token === undefined) return undefined;
	const name = 'in-cluster';
	return {
		files: [folder],
		currentContext: name,
		contexts: new Map([[name, {cluster: name, user: name, namespace: environment['POD_NAMESPACE'] || namespace?.trim()}]]),
		clusters: new Map([
			[name, {server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`, 'certificate-authority': path.join(folder, 'ca.crt')}],
		]),
		users: new Map([[name, {tokenFile}]]),
	};
}

async function readIfThere(file: string): Promise<string | undefined> {
	try {
		return await readFile(file, 'utf8');
	} catch {
		// Not in a pod, or a pod without a service account: not an error, there is just no such way in.
		return undefined;
	}
}
