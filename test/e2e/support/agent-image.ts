import os from 'node:os';
import path from 'node:path';
import {kubectl} from './kubectl.ts';
import {puller} from './image-server.ts';
import {ciliumVersion, restartedCilium} from './real-cluster.ts';
import {addressOf} from './tested-cluster.ts';

/** Archives that the cluster's nodes were given. */
export const imageArchives = path.join(process.env['CLUSTER_CACHE'] ?? path.join(os.homedir(), '.cache/hostport-cluster'), 'images');
export const agentArchive = path.join(imageArchives, ciliumVersion, 'agent.tar');
export const busyboxArchive = path.join(imageArchives, 'base/busybox.tar');
/** This machine, as the nodes see it. */
export const hostAddress = addressOf['node-1'].replace(/\.\d+$/u, '.1');

const kept = /^(?:cilium.*|clang.*|iptables.*|ip6tables.*|xtables-.*|ipset|ip|tc|bpftool|kmod|modprobe|mount|nsenter)$/u;
/** Every program of the agent's image but Cilium's own and those that it calls: no shell, no coreutils, as images without a distribution are. */
export const isSparedProgram = (file: string): boolean => /^(?:usr\/)?(?:local\/)?s?bin\//u.test(file) && !kept.test(path.basename(file));

type AgentImage = {
	readonly image: string;
	/** Pull secrets in the pods' own specification. */
	readonly secrets?: readonly string[];
};

/**
 * Gives the agents' main container another image, and takes away its lifecycle hooks, which are bash's: with an image that has no shell the
 * kubelet would restart it for ever. Init containers, which are scripts too, keep their image. What it gives puts all back.
 */
export async function runAgentsOf({image, secrets = []}: AgentImage): Promise<() => Promise<void>> {
	const read = await kubectl(['--namespace', 'kube-system', 'get', 'daemonset', 'cilium', '--output=jsonpath={.spec.template.spec}']);
	const before = JSON.parse(read) as {containers: Array<{name: string; lifecycle?: object}>};
	const containers = before.containers.map(each =>
		each.name === 'cilium-agent' ? {...each, image, imagePullPolicy: 'IfNotPresent', lifecycle: undefined} : each,
	);
	const put = async (spec: object): Promise<void> => {
		const patch = JSON.stringify([{op: 'replace', path: '/spec/template/spec', value: spec}]);
		await kubectl(['--namespace', 'kube-system', 'patch', 'daemonset', 'cilium', '--type=json', '--patch', patch]);
		await restartedCilium();
	};
	try {
		await put({...before, containers, ...(secrets.length > 0 && {imagePullSecrets: secrets.map(name => ({name}))})});
	} catch (error) {
		await put(before);
		throw error;
	}

	return async () => put(before);
}

/** A Secret to pull with. */
export async function makePullSecret(namespace: string, name: string, host: string): Promise<void> {
	const words = ['--namespace', namespace, 'create', 'secret', 'docker-registry', name, `--docker-server=http://${host}`];
	const secret = await kubectl([
		...words,
		`--docker-username=${puller.username}`,
		`--docker-password=${puller.password}`,
		'--dry-run=client',
		'--output=json',
	]);
	await kubectl(['apply', '--filename', '-'], secret);
}
