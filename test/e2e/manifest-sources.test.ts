import {createHash} from 'node:crypto';
import {copyFile, mkdir, mkdtemp, readFile, rm, symlink} from 'node:fs/promises';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import {afterAll, afterEach, beforeAll, describe, expect, test} from 'vitest';
import {resetCluster} from './support/cilium.ts';
import {setPortmap} from './support/hands-on-nodes.ts';
import {kubectl, until} from './support/kubectl.ts';
import {importImages, nodes} from './support/nodes.ts';
import {run} from './support/processes.ts';
import {hostport} from './support/product.ts';
import {needsOwnCluster, nothingStaysBehind} from './support/suite.ts';
import {clusterScripts, isOwnCluster, outsideAddress, runFolder} from './support/tested-cluster.ts';

const portmap = '/usr/lib/cni/portmap';
const ours = 'app.kubernetes.io/name=kubectl-hostport-portmap';
const plugins = 'registry.test/plugins:1';
const fetcher = 'registry.test/fetcher:1';
const why = 'it puts images on the nodes and looks into their folders';
/** The nodes reach this machine by its address on their bridge. */
const address = outsideAddress;

nothingStaysBehind();

describe('manifest daemonset takes portmap', () => {
	let folder = '';
	let server: http.Server | undefined;
	let url = '';
	let sum = '';

	beforeAll(async () => {
		if (!isOwnCluster) return;
		await resetCluster('1.10.16');
		folder = await mkdtemp(path.join(os.tmpdir(), 'hostport-e2e-sources-'));
		await makeImages(folder);
		const archive = path.join(folder, 'cni-plugins-linux-amd64.tgz');
		await run('tar', ['-C', path.dirname(portmap), '-czf', archive, './portmap'], {timeoutSeconds: 30});
		const content = await readFile(archive);
		sum = createHash('sha256').update(content).digest('hex');
		server = http.createServer((_request, answer) => answer.end(content));
		await new Promise<void>(resolve => server?.listen(0, address, resolve));
		const own = server.address();
		url = `http://${address}:${typeof own === 'object' ? own?.port : ''}/${path.basename(archive)}`;
	});
	afterEach(async () => {
		if (!isOwnCluster) return;
		await kubectl(['--namespace=kube-system', 'delete', 'daemonset,configmap', '--selector', ours]);
		await kubectl(['--namespace=kube-system', 'wait', '--for=delete', 'pods', '--selector', ours, '--timeout=60s']);
		for (const {name} of nodes) await setPortmap(name, 'none');
	});
	afterAll(async () => {
		server?.close();
		await rm(folder, {recursive: true, force: true});
	});

	const apply = async (...words: readonly string[]): Promise<void> => {
		const {stdout, stderr, exitCode} = await hostport(['manifest', 'daemonset', ...words]);
		expect({exitCode, stderr}).toEqual({exitCode: 0, stderr: ''});
		await kubectl(['apply', '--filename', '-'], stdout);
	};
	const isKept = async (): Promise<void> => {
		await kubectl(['--namespace=kube-system', 'rollout', 'status', 'daemonset/kubectl-hostport-portmap', '--timeout=90s']);
		for (const {name} of nodes) expect(await portmapOf(name)).toEqual(await readFile(portmap));
	};

	test('from an image, by an init container that does not see the node', async context => {
		needsOwnCluster(context, why);
		await apply('--portmap', `image:${plugins}`);
		await isKept();
	});

	test('from an address, and puts it back where it is deleted or damaged', async context => {
		needsOwnCluster(context, why);
		await apply('--portmap', `url:${url}`, '--portmap-sha256', sum, '--image', fetcher);
		await isKept();
		await setPortmap('node-1', 'none');
		await setPortmap('node-2', 'aarch64');
		await until('portmap to be back', 60, async () => {
			const seen = await Promise.all(nodes.map(async ({name}) => portmapOf(name)));
			const right = await readFile(portmap);
			return seen.every(content => content?.equals(right)) ? true : undefined;
		});
	});

	test('from no address whose content has another checksum: nothing is put anywhere, and the log says why', async context => {
		needsOwnCluster(context, why);
		await apply('--portmap', `url:${url}`, '--portmap-sha256', 'ab'.repeat(32), '--image', fetcher);
		const log = await until('a word in the log of each node', 90, async () => {
			const text = await kubectl(['--namespace=kube-system', 'logs', '--selector', ours, '--prefix', '--tail=3']).catch(() => '');
			return new Set(text.match(/^\[\S+/gmu)).size === nodes.length ? text : undefined;
		});
		expect(log).toContain(`has sha256 ${sum}, wanted is ${'ab'.repeat(32)}`);
		for (const {name} of nodes) expect(await portmapOf(name)).toBeUndefined();
		const ready = await kubectl([
			'--namespace=kube-system',
			'get',
			'daemonset',
			'kubectl-hostport-portmap',
			'--output=jsonpath={.status.numberReady}',
		]);
		expect(ready).toBe('0');
	});
});

const portmapOf = async (node: string): Promise<Buffer | undefined> =>
	readFile(path.join(runFolder, node, 'cni-bin', 'portmap')).catch(() => undefined);

/** An image with portmap in it and no more than the copying needs, and one with curl; both on every node, as no registry is there. */
async function makeImages(folder: string): Promise<void> {
	const small = path.join(folder, 'plugins');
	await mkdir(path.join(small, 'opt/cni/bin'), {recursive: true});
	await copyFile(portmap, path.join(small, 'opt/cni/bin/portmap'));
	await addBusybox(small, ['sh', 'cp']);
	await makeImage(folder, plugins, small);

	const large = path.join(folder, 'fetcher');
	await addBusybox(large, [
		'sh',
		'cat',
		'chmod',
		'cp',
		'cut',
		'grep',
		'gzip',
		'head',
		'mkdir',
		'mv',
		'rm',
		'sed',
		'sha256sum',
		'sleep',
		'stat',
		'tail',
		'tar',
		'test',
		'timeout',
		'tr',
		'uname',
	]);
	await addWithLibraries(large, '/usr/bin/curl');
	// Debian's portmap runs in this container too, before it is put in place.
	for (const library of await librariesOf(portmap)) await addFile(large, library);
	await makeImage(folder, fetcher, large);
}

async function makeImage(folder: string, name: string, root: string): Promise<void> {
	const archive = path.join(folder, `${path.basename(root)}.tar`);
	await run(path.join(clusterScripts, 'mkimg'), [archive, name, root, '/bin/sh'], {timeoutSeconds: 60});
	await importImages(archive);
}

async function addBusybox(root: string, applets: readonly string[]): Promise<void> {
	await mkdir(path.join(root, 'bin'), {recursive: true});
	await copyFile('/bin/busybox', path.join(root, 'bin/busybox'));
	for (const applet of applets) await symlink('busybox', path.join(root, 'bin', applet));
}

async function addWithLibraries(root: string, program: string): Promise<void> {
	for (const file of [program, ...(await librariesOf(program))]) await addFile(root, file);
}

async function librariesOf(program: string): Promise<readonly string[]> {
	const said = await run('ldd', [program], {timeoutSeconds: 20});
	return said.split('\n').flatMap(line => /(?:=> |^\s+)(\/\S+)/u.exec(line)?.[1] ?? []);
}

async function addFile(root: string, file: string): Promise<void> {
	await mkdir(path.join(root, path.dirname(file)), {recursive: true});
	await copyFile(file, path.join(root, file));
}
