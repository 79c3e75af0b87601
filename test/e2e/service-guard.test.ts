import {afterEach, describe, expect, test} from 'vitest';
import {resetCluster} from './support/cilium.ts';
import {onNode} from './support/hands-on-nodes.ts';
import {kubectl, waitForRollOut} from './support/kubectl.ts';
import {fetchFrom} from './support/nodes.ts';
import {start, type Started} from './support/processes.ts';
import {hostport} from './support/product.ts';
import {needsOwnCluster, nothingStaysBehind} from './support/suite.ts';
import {addressOf, isOwnCluster, namespace, networkOf, outsideAddress} from './support/tested-cluster.ts';

// The Service kubernetes, which every cluster has; a pod has its port as hostPort.
const service = '10.96.0.1';
const node = 'node-1';
const why = 'it puts rules and addresses on a node';
const undo: Array<() => Promise<unknown> | void> = [];

nothingStaysBehind();
afterEach(async () => {
	for (const step of undo.splice(0).toReversed()) await step();
});

describe('a repair beside a Service that has the number of a hostPort', () => {
	test('keeps it where kube-proxy’s rules come first, as those of iptables mode do', async context => {
		needsOwnCluster(context, why);
		await makeScene();
		await kubeProxyRule(`DNAT --to-destination ${outsideAddress}:6443`);
		expect(await answerOfService()).toBe('the API server');

		const {stderr, exitCode} = await fix();

		expect(stderr).toContain('connections work');
		expect(exitCode).toBe(0);
		expect(await answerOfService()).toBe('the API server');
		expect(await fetchFrom('outside', addressOf['node-1'], 443)).toBe('edge');
	});

	test('goes back where the hostPort takes it, although something answers: IPVS, and portmap’s rules before kube-proxy’s', async context => {
		needsOwnCluster(context, why);
		await makeScene();
		await serveOnTheNode();
		expect(await answerOfService()).toBe('the API server');

		const {stderr, exitCode} = await fix('--auto-rollback');

		expect(stderr).toContain('a hostPort has taken the traffic of service default/kubernetes:443: traffic from node-1 to 10.96.0.1');
		expect(exitCode).toBe(4);
		expect(await answerOfService()).toBe('the API server');
		expect(await fetchFrom('outside', addressOf['node-1'], 443)).toBe('refused');
	});
});

const fix = async (...words: readonly string[]) =>
	hostport(['fix', '--portmap', '/usr/lib/cni/portmap', '--yes', ...words], {timeoutSeconds: 300});

/** A Deployment on one node, so that few pods have to restart. */
async function makeScene(): Promise<void> {
	if (!isOwnCluster) return;
	await resetCluster('1.10.16');
	const labels = {app: 'edge'};
	const command = ['sh', '-c', 'mkdir -p /tmp/www && echo edge >/tmp/www/index.html && exec httpd -f -p 8443 -h /tmp/www'];
	const image = 'docker.io/library/busybox:1.36';
	const ports = [{containerPort: 8443, hostPort: 443}];
	const containers = [{name: 'edge', image, imagePullPolicy: 'IfNotPresent', command, ports}];
	const pod = {nodeSelector: {'kubernetes.io/hostname': node}, terminationGracePeriodSeconds: 1, containers};
	const spec = {selector: {matchLabels: labels}, strategy: {type: 'Recreate'}, template: {metadata: {labels}, spec: pod}};
	const manifest = {apiVersion: 'apps/v1', kind: 'Deployment', metadata: {name: 'edge', namespace}, spec};
	await kubectl(['apply', '--filename', '-'], JSON.stringify(manifest));
	await waitForRollOut('deployment/edge');
}

/** What kube-proxy would write for the Service, in front of everything else. */
async function kubeProxyRule(target: string): Promise<void> {
	const nat = 'iptables --table nat';
	const chains = ['PREROUTING', 'OUTPUT'];
	await onNode(
		node,
		`${nat} -N KUBE-SERVICES; ${chains.map(chain => `${nat} -I ${chain} -j KUBE-SERVICES`).join('; ')}; ${nat} -A KUBE-SERVICES -d ${service}/32 -p tcp --dport 443 -j ${target}`,
	);
	undo.push(async () =>
		onNode(
			node,
			`${chains.map(chain => `${nat} -D ${chain} -j KUBE-SERVICES`).join('; ')}; ${nat} -F KUBE-SERVICES; ${nat} -X KUBE-SERVICES`,
		),
	);
}

/** As IPVS does: the address is the node's own, and what arrives there goes on to the API server, after the rules of nat. */
async function serveOnTheNode(): Promise<void> {
	await onNode(node, `ip address add ${service}/32 dev lo`);
	undo.push(async () => onNode(node, `ip address del ${service}/32 dev lo`));
	const program = `const net = require('node:net');
const end = (a, b) => a.on('error', () => b.destroy());
net.createServer(from => { const to = net.connect(6443, '${outsideAddress}'); from.pipe(to); to.pipe(from); end(from, to); end(to, from); }).listen(443, '${service}')`;
	const proxy: Started = start('ip', ['netns', 'exec', networkOf(node), process.execPath, '-e', program], {timeoutSeconds: 300});
	undo.push(async () => {
		proxy.signal('SIGTERM');
		await proxy.ended;
	});
}

/** Who answers at the Service's address on the node. */
async function answerOfService(): Promise<string> {
	const said = await onNode(node, `curl --silent --insecure --max-time 5 --retry 3 --retry-connrefused https://${service}/version || true`);
	return said.includes('gitVersion') ? 'the API server' : said || 'not the API server';
}
