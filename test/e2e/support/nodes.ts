import {copyFile, readFile, stat, utimes} from 'node:fs/promises';
import path from 'node:path';
import {kubectl, until} from './kubectl.ts';
import {run} from './processes.ts';
import {addressOf, clusterPrograms, networkOf, runFolder} from './tested-cluster.ts';

/** Nodes of the project's own cluster: folders and network namespaces of this machine. */
export const nodes = [
	{name: 'node-1', address: addressOf['node-1']},
	{name: 'node-2', address: addressOf['node-2']},
] as const;

/** Gives an archive of images to the containerd of every node. */
export async function importImages(archive: string): Promise<void> {
	for (const {name} of nodes) {
		const socket = path.join(runFolder, name, 'run/containerd.sock');
		const words = ['--address', socket, '--namespace', 'k8s.io', 'images', 'import', archive];
		await run(path.join(clusterPrograms, 'ctr'), words, {timeoutSeconds: 60});
	}
}

export const debianPortmap = '/usr/lib/cni/portmap';

/** Puts Debian's portmap into the CNI binary folder of every node. */
export async function installPortmap(): Promise<void> {
	for (const {name} of nodes) await copyPortmap(path.join(runFolder, name, 'cni-bin', 'portmap'));
}

/** As a node image brings it: with its package's time, which is older than the node. One put there by hand is younger (HP25). */
export async function copyPortmap(file: string): Promise<void> {
	await copyFile(debianPortmap, file);
	const {atime, mtime} = await stat(debianPortmap);
	await utimes(file, atime, mtime);
}

/** Stops the kubelet in its tracks: the node still has an address that accepts connections, and nobody answers them. */
export async function freezeKubelet(node: string): Promise<void> {
	process.kill(await processOf(`${node}-kubelet`), 'SIGSTOP');
}

/** Lets it go on, and waits for its next sign of life: frozen again before that, its node would soon be called NotReady. */
export async function thawKubelet(node: string): Promise<void> {
	const thawed = Date.now();
	process.kill(await processOf(`${node}-kubelet`), 'SIGCONT');
	await until(`a sign of life from ${node}`, 30, async () => {
		const renewed = await kubectl(['--namespace', 'kube-node-lease', 'get', 'lease', node, '--output=jsonpath={.spec.renewTime}']);
		return Date.parse(renewed) >= thawed ? renewed : undefined;
	});
	await kubectl(['wait', '--for=condition=Ready', `node/${node}`, '--timeout=60s']);
}

/** Id of a process of the cluster: `apiserver`, `node-2-kubelet`. Lines of the file: id, name, moment of birth (field 22 of /proc/PID/stat). */
export async function processOf(name: string): Promise<number> {
	const line = (await readFile(path.join(runFolder, 'pids'), 'utf8')).split('\n').find(each => each.split(' ')[1] === name);
	const [id = '', , born] = (line ?? '').split(' ');
	const stat = await readFile(`/proc/${id}/stat`, 'utf8');
	if (stat.slice(stat.lastIndexOf(')')).split(' ')[20] !== born) throw new Error(`${name} is not running`);
	return Number(id);
}

/** What an HTTP client says to `http://ADDRESS:PORT/`: the page, or why there is none. From this machine, or from a node. */
export async function fetchFrom(place: 'outside' | (typeof nodes)[number]['name'], address: string, port: number): Promise<string> {
	const client = ['curl', '--silent', '--show-error', '--max-time', '3', `http://${address}:${port}/`];
	const [file = '', ...words] = place === 'outside' ? client : ['ip', 'netns', 'exec', networkOf(place), ...client];
	try {
		return (await run(file, words, {timeoutSeconds: 10})).trim();
	} catch (error) {
		return /Couldn't connect|Connection refused/u.test(String(error)) ? 'refused' : String(error);
	}
}
