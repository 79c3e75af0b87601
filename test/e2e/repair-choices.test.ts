import {createServer as createHttpServer} from 'node:http';
import {createServer} from 'node:https';
import {connect, type AddressInfo} from 'node:net';
import {createHash} from 'node:crypto';
import {cp, mkdir, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {createAuthority} from '../cluster/certificates.ts';
import {resetCluster} from './support/cilium.ts';
import {setPortmap} from './support/hands-on-nodes.ts';
import {kubectl, list, rollOut, until, waitForRollOut} from './support/kubectl.ts';
import {importImages} from './support/nodes.ts';
import {makePod, removePod, waitForPod} from './support/pods.ts';
import {run} from './support/processes.ts';
import {hostport} from './support/product.ts';
import {binariesOf, expectPodsStart, expectWeb, stateOfRepair, type StateOfRepair} from './support/repair.ts';
import {needsOwnCluster, nothingStaysBehind} from './support/suite.ts';
import {clusterScripts, isOwnCluster, namespace, outsideAddress, root, runFolder} from './support/tested-cluster.ts';
import {watchHostport} from './support/watched-run.ts';

const web = path.join(root, 'test/e2e/workloads/web.yaml');
const portmap = '/usr/lib/cni/portmap';
const why = 'it has hands on the nodes and changes Cilium';
const image = 'registry.test/plugins:1';

let folder = '';
let before: StateOfRepair;

nothingStaysBehind();

beforeAll(async () => {
	if (!isOwnCluster) return;
	folder = await mkdtemp(path.join(os.tmpdir(), 'hostport-e2e-'));
	await resetCluster('1.10.16');
	await rollOut(web, 'deployment/web');
	before = await stateOfRepair();
});

afterAll(async () => {
	if (folder !== '') await rm(folder, {recursive: true, force: true});
});

/** What a plan says whose sources were read and whose writes the server tried; nothing is changed by it. */
async function planned(
	words: readonly string[],
	environment: NodeJS.ProcessEnv = {},
): Promise<{readonly exitCode: number | null; readonly said: string}> {
	const {exitCode, stdout, stderr} = await hostport(['fix', '--dry-run=server', ...words], {environment});
	return {exitCode, said: stdout + stderr};
}

const sumOf = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');

describe('where the binary comes from', () => {
	/** Every way has to bring these very bytes. */
	let sum = '';
	let archive = '';

	beforeAll(async () => {
		if (!isOwnCluster) return;
		sum = sumOf(await readFile(portmap));
		archive = path.join(folder, 'cni-plugins-linux-amd64-v1.1.1.tgz');
		await run('tar', ['-czf', archive, '-C', path.dirname(portmap), './portmap', './loopback'], {timeoutSeconds: 60});
	});

	test('a file, a release archive, and what is said of an old version', async context => {
		needsOwnCluster(context, why);
		const file = await planned(['--portmap', portmap]);
		expect([file.exitCode, file.said]).toEqual([0, expect.stringContaining(`for amd64 from ${portmap}, sha256 ${sum}`)]);
		expect(file.said).toMatch(/the server accepts: set cni-chaining-mode=portmap.* in cilium-config/u);
		const packed = await planned(['--portmap', archive]);
		expect([packed.exitCode, packed.said]).toEqual([0, expect.stringContaining(`portmap 1.1.1 for amd64 from ${archive}, sha256 ${sum}`)]);
	});

	test('another node that has a good one, also without being told', async context => {
		needsOwnCluster(context, why);
		const none = await planned([]);
		expect([none.exitCode, none.said]).toEqual([2, expect.stringContaining('this repair needs a source for the portmap binary')]);
		const bare = await planned(['--portmap', 'node:node-2']);
		expect([bare.exitCode, bare.said]).toEqual([3, expect.stringMatching(/node-2 has no readable portmap in \/opt\/cni\/bin/u)]);
		await setPortmap('node-2', 'working');
		try {
			for (const words of [['--portmap', 'node:node-2'], []]) {
				const {exitCode, said} = await planned(words);
				expect([exitCode, said]).toEqual([0, expect.stringContaining(`from node node-2, sha256 ${sum}`)]);
			}
		} finally {
			await setPortmap('node-2', 'none');
		}
	});

	test('an address, by way of a proxy, held to its checksum', async context => {
		needsOwnCluster(context, why);
		const content = await readFile(archive);
		const authority = await createAuthority();
		const {certificate, key} = await authority.issue({commonName: 'mirror', names: ['127.0.0.1', 'localhost']});
		const trusted = path.join(folder, 'authority.pem');
		await writeFile(trusted, authority.certificate);
		let published = `${sumOf(content)}  ${path.basename(archive)}\n`;
		const server = createServer({cert: certificate, key}, (request, response) =>
			response.end(request.url?.endsWith('.sha256') === true ? published : content),
		);
		const tunnels: string[] = [];
		const proxy = createHttpServer().on('connect', (request, client, head) => {
			tunnels.push(request.url ?? '');
			const upstream = connect(port(server), '127.0.0.1', () => {
				client.write('HTTP/1.1 200 Connection established\r\n\r\n');
				upstream.write(head);
				upstream.pipe(client).pipe(upstream);
			});
			for (const end of [client, upstream]) end.on('error', () => end.destroy());
		});
		await Promise.all([listen(server), listen(proxy)]);
		const url = `https://localhost:${port(server)}/${path.basename(archive)}`;
		const environment = {
			NODE_EXTRA_CA_CERTS: trusted,
			HTTPS_PROXY: `http://127.0.0.1:${port(proxy)}`,
			NO_PROXY: `10.88.0.0/16,${outsideAddress}`,
		};
		try {
			const well = await planned(['--portmap', url], environment);
			expect([well.exitCode, well.said]).toEqual([0, expect.stringContaining(`portmap 1.1.1 for amd64 from ${url}, sha256 ${sum}`)]);
			expect(tunnels.length).toBeGreaterThan(0);
			expect(new Set(tunnels)).toEqual(new Set([`localhost:${port(server)}`]));
			published = `${'0'.repeat(64)}\n`;
			const bad = await planned(['--portmap', url], environment);
			expect([bad.exitCode, bad.said]).toEqual([2, expect.stringMatching(/has sha256 [\da-f]{64}, but .*\.sha256 says 0{64}/u)]);
			const given = await planned(['--portmap', url, '--portmap-sha256', sumOf(content)], environment);
			expect([given.exitCode, given.said]).toEqual([0, expect.stringContaining(sum)]);
			const plain = await planned(['--portmap', url.replace('https:', 'http:')], environment);
			expect([plain.exitCode, plain.said]).toEqual([2, expect.stringContaining('without protection')]);
		} finally {
			server.close();
			proxy.close();
		}
	});

	test('an image that has it', async context => {
		needsOwnCluster(context, why);
		const content = path.join(folder, 'image');
		await mkdir(path.join(content, 'bin'), {recursive: true});
		await mkdir(path.join(content, 'opt/cni/bin'), {recursive: true});
		for (const name of ['busybox', 'sh', 'sleep', 'cat']) await cp('/bin/busybox', path.join(content, 'bin', name), {dereference: true});
		await cp(portmap, path.join(content, 'opt/cni/bin/portmap'));
		const tar = path.join(folder, 'image.tar');
		await run(path.join(clusterScripts, 'mkimg'), [tar, image, content, '/bin/sh'], {timeoutSeconds: 60});
		await importImages(tar);
		const {exitCode, said} = await planned(['--portmap', `image:${image}`]);
		expect([exitCode, said]).toEqual([0, expect.stringContaining(`from image ${image}, sha256 ${sum}`)]);
		const none = await planned(['--portmap', 'image:docker.io/library/busybox:1.36']);
		expect([none.exitCode, none.said]).toEqual([3, expect.stringMatching(/the image .*busybox:1\.36 has no portmap in/u)]);
		expect(await stateOfRepair()).toEqual(before);
	});
});

test('whoever else writes cilium-config is named before the confirmation, with the form that lasts', async context => {
	needsOwnCluster(context, why);
	const marks = [
		['label', 'app.kubernetes.io/managed-by', 'Helm', 'Helm manages cilium-config'],
		['annotate', 'argocd.argoproj.io/tracking-id', 'cilium:/ConfigMap:kube-system/cilium-config', 'Argo CD manages cilium-config'],
		['label', 'helm.toolkit.fluxcd.io/name', 'cilium', 'Flux manages cilium-config'],
		['annotate', 'objectset.rio.cattle.io/id', 'helm-controller', 'The RKE2 or k3s Helm controller'],
		['label', 'addon.kops.k8s.io/name', 'networking.cilium.io', 'kops manages cilium-config'],
	] as const;
	const configMap = ['--namespace', 'kube-system', 'configmap', 'cilium-config'];
	for (const [verb, key, value, words] of marks) {
		await kubectl([verb, ...configMap, `${key}=${value}`]);
		try {
			const {stdout, exitCode} = await hostport(['fix', '--dry-run=client', '--portmap', portmap]);
			expect(exitCode).toBe(0);
			expect(stdout.slice(0, stdout.indexOf('Steps'))).toContain(words);
			expect(stdout).toMatch(/cni\.chainingMode=portmap|chainingMode: portmap/u);
		} finally {
			await kubectl([verb, ...configMap, `${key}-`]);
		}
	}
});

test('the node that goes first, and nodes that are skipped, are as the person says or refused', async context => {
	needsOwnCluster(context, why);
	const first = await hostport(['fix', '--dry-run=client', '--portmap', portmap, '--canary', 'node-2']);
	expect(first.stdout).toContain('restart the agent of node-2 first');
	const unknown = await hostport(['fix', '--dry-run=client', '--portmap', portmap, '--canary', 'node-9']);
	expect([unknown.exitCode, unknown.stderr]).toEqual([2, expect.stringContaining('node not found: node-9')]);
	const answering = await hostport(['fix', '--dry-run=client', '--portmap', portmap, '--skip', 'node-2']);
	expect([answering.exitCode, answering.stderr]).toEqual([1, expect.stringContaining('node-2 is reachable and cannot be skipped')]);
	const json = await hostport(['fix', '--dry-run=client', '--portmap', portmap, '--output', 'json']);
	expect(JSON.parse(json.stdout)).toMatchObject({kind: 'Plan', refusals: []});
});

test('native is tried on one node, fails honestly where eBPF carries nothing, and is rolled back exactly', async context => {
	needsOwnCluster(context, why);
	const {exitCode, stdout, stderr} = await hostport(['fix', '--yes', '--strategy', 'native', '--auto-rollback', '--output', 'json'], {
		timeoutSeconds: 400,
	});
	const result = JSON.parse(stdout) as {outcome: string; steps: ReadonlyArray<{id: string; state: string}>};
	expect([exitCode, result.outcome], stderr).toEqual([4, 'rolled-back']);
	expect(stderr).toMatch(/hostPort \d+ of the test pod does not answer on node-\d/u);
	expect(stderr).toContain('rolling back');
	expect(await stateOfRepair()).toEqual(before);
	expect(await list('ciliumnodeconfigs', '--namespace', 'kube-system').catch(() => [])).toEqual([]);
	await expectPodsStart();
});

describe('every kind of pod, agents that only a person restarts, and a budget', () => {
	const kinds = path.join(root, 'test/e2e/workloads/kinds.yaml');
	const uidOf = async (pod: string): Promise<string> =>
		kubectl(['--namespace', namespace, 'get', 'pod', pod, '--output=jsonpath={.metadata.uid}']);
	const staticPod = (name: string): string => path.join(runFolder, name, 'manifests', 'static.yaml');
	const restart = async (type: 'OnDelete' | 'RollingUpdate'): Promise<string> => {
		const updateStrategy = type === 'OnDelete' ? {type, rollingUpdate: null} : {type, rollingUpdate: {maxUnavailable: 2}};
		return kubectl([
			'--namespace',
			'kube-system',
			'patch',
			'daemonset',
			'cilium',
			'--type=merge',
			'--patch',
			JSON.stringify({spec: {updateStrategy}}),
		]);
	};

	beforeAll(async () => {
		if (!isOwnCluster) return;
		await restart('OnDelete');
		await kubectl(['--namespace', namespace, 'apply', '--filename', kinds]);
		// policy/v1 came with Kubernetes 1.21, and policy/v1beta1 went with 1.25.
		const versions = (await kubectl(['api-versions'])).split('\n');
		const apiVersion = versions.includes('policy/v1') ? 'policy/v1' : 'policy/v1beta1';
		const spec = {minAvailable: 2, selector: {matchLabels: {app: 'web'}}};
		const budget = {apiVersion, kind: 'PodDisruptionBudget', metadata: {name: 'web', namespace}, spec};
		await kubectl(['apply', '--filename', '-'], JSON.stringify(budget));
		await makePod('bare', {hostPort: 8083, node: 'node-1'});
		await writeFile(staticPod('node-1'), await readFile(path.join(root, 'test/e2e/workloads/static.yaml')));
		await waitForRollOut('statefulset/database');
		await waitForPod('bare');
		await until('the static pod', 90, async () => ((await list('pods', '--namespace', namespace)).some(isStatic) ? true : undefined));
	});
	afterAll(async () => {
		if (!isOwnCluster) return;
		await rm(staticPod('node-1'), {force: true});
		await kubectl(['--namespace', namespace, 'delete', '--ignore-not-found', '--filename', kinds, '--timeout=120s']);
		await kubectl(['--namespace', namespace, 'delete', 'poddisruptionbudget', 'web', '--ignore-not-found']);
		await removePod('bare');
		await restart('RollingUpdate');
	});

	test('a budget is waited for, a StatefulSet restarts, what nothing restarts is skipped and named', async context => {
		needsOwnCluster(context, why);
		const running = await watchHostport(['fix', '--yes', '--portmap', `image:${image}`, '--canary', 'node-2']);
		const uids = {database: await uidOf('database-0'), bare: await uidOf('bare'), static: await uidOf('static-node-1')};
		await running.comesTo(`pods/${namespace}/Deployment/web`, 'started');
		await sleep(5000);
		expect(await list('pods', '--namespace', namespace, '--selector', 'app=web')).toHaveLength(2);
		await kubectl(['--namespace', namespace, 'delete', 'poddisruptionbudget', 'web']);
		const ended = await running.ended;
		// The run is done; pods that were left do not answer, which is a fault all the same.
		expect(ended.exitCode, ended.stderr).toBe(1);
		expect(ended.stderr).toMatch(/Run \S+ is done, but a hostPort still does not answer/u);
		await expectWeb('web');
		expect(await uidOf('database-0')).not.toBe(uids.database);
		expect([await uidOf('bare'), await uidOf('static-node-1')]).toEqual([uids.bare, uids.static]);
		for (const told of [ended.stdout, ended.stderr]) {
			expect(told).toMatch(/hostport-e2e\/bare: its hostPort does not work until the pod restarts; it has no owner/u);
			expect(told).toMatch(/hostport-e2e\/static-node-1: .*; it is a static pod: move its manifest/u);
		}

		expect(ended.stdout).toMatch(/Deletes the agents' pods of every node, one after another, and waits/u);
	});

	test('a pod without an owner restarts from its own manifest where that was asked for', async context => {
		needsOwnCluster(context, why);
		const uid = await uidOf('bare');
		await hostport(['fix', '--yes', '--portmap', portmap, '--allow-bare-pods'], {timeoutSeconds: 400});
		await waitForPod('bare');
		expect(await uidOf('bare')).not.toBe(uid);
		expect(await kubectl(['--namespace', namespace, 'get', 'pod', 'bare', '--output=jsonpath={.spec.nodeName}'])).toBe('node-1');
	});

	test('rollback puts back what the runs have changed, and names the pod that keeps its rules', async context => {
		needsOwnCluster(context, why);
		// The bare pod was restarted by a run of its own, to which portmap was chained already.
		const second = await hostport(['rollback', '--yes'], {timeoutSeconds: 400});
		expect([second.exitCode, second.stderr]).toEqual([0, expect.stringContaining('the CNI config that mapped their ports existed before')]);
		const first = await hostport(['rollback', '--yes'], {timeoutSeconds: 400});
		expect([first.exitCode, first.stderr]).toEqual([
			0,
			expect.stringMatching(/still mapped by portmap: hostport-e2e\/bare\. They answer until they are deleted/u),
		]);
		expect(first.stderr).not.toContain('hostport-e2e/web');
		const {chains, ...rest} = await stateOfRepair();
		expect(rest).toEqual({data: before.data, files: before.files});
		expect(chains.flatMap(({names}) => names)).toHaveLength(1);
		expect((await binariesOf('node-1')).includes('portmap')).toBe(true);
		await expectWeb('refused');
		await expectPodsStart();
	});
});

const isStatic = ({metadata}: {readonly metadata: {readonly name: string}}): boolean => metadata.name === 'static-node-1';

const port = (server: {address(): unknown}): number => (server.address() as AddressInfo).port;

async function listen(server: {listen(port: number, host: string, done: () => void): unknown}): Promise<void> {
	await new Promise<void>(resolve => {
		server.listen(0, '127.0.0.1', resolve);
	});
}
