import {mkdtemp, readdir, readFile, rm, stat, utimes, writeFile} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {patchCiliumConfig, resetCluster, restartAgents} from './support/cilium.ts';
import {kubectl, list, rollOut, until, waitForRollOut} from './support/kubectl.ts';
import {fetchFrom, installPortmap, nodes} from './support/nodes.ts';
import {run} from './support/processes.ts';
import {check, hostport} from './support/product.ts';
import {testedVersions} from './support/versions.ts';
import {needsOwnCluster, nothingStaysBehind} from './support/suite.ts';
import {addressOf, clusterScripts, isOwnCluster, root, runFolder} from './support/tested-cluster.ts';

const otelCollector = path.join(root, 'test/e2e/workloads/otel-collector.yaml');
const portmap = '/usr/lib/cni/portmap';
const newAddress = addressOf['node-3'];
const ours = 'app.kubernetes.io/name=kubectl-hostport-portmap';
const why = 'nodes join and leave';

nothingStaysBehind();

describe.each(testedVersions)('a node that joins after the repair, Cilium %s', version => {
	beforeAll(async () => {
		if (!isOwnCluster) return;
		await resetCluster(version);
		await installPortmap();
		// As by hand, long after the nodes joined, however young this cluster is.
		const later = Date.now() / 1000 + 3600;
		for (const {name} of nodes) await utimes(path.join(runFolder, name, 'cni-bin', 'portmap'), later, later);
		await patchCiliumConfig({'cni-chaining-mode': 'portmap'});
		await restartAgents();
		await rollOut(otelCollector, 'daemonset/otel-collector');
	});
	afterAll(async () => {
		if (!isOwnCluster) return;
		await kubectl(['--namespace', 'kube-system', 'delete', 'daemonset,configmap', '--selector', ours]);
		await removeNode();
	});

	test('is announced as broken while nothing guards new nodes, and the nodes of today are well', async context => {
		needsOwnCluster(context, why);

		const {result, codes, exitCode} = await check();

		// Nothing is wrong today, and that is said first.
		expect(codes).toEqual(['HP22', 'HP25']);
		expect(result.findings[1]?.title).toContain('no pod will start on a new node');
		expect(result.nodes.map(({verdict}) => verdict)).toEqual(['ok', 'ok']);
		expect(exitCode).toBe(0);
	});

	test('is broken indeed, and named: HP02', async context => {
		needsOwnCluster(context, why);
		await addNode();
		await until('the agent of node-3', 60, async () => ((await portmapOf()) === undefined && (await conflistOf()) ? true : undefined));
		expect(await fetchFrom('outside', newAddress, 4318)).not.toBe('otel');

		const {result, exitCode} = await check();

		expect(result.findings[0]).toMatchObject({code: 'HP02', nodes: ['node-3']});
		expect(result.nodes.find(({name}) => name === 'node-3')?.verdict).toBe('broken');
		expect(exitCode).toBe(1);
	});

	test('is mended by the DaemonSet, whose binary came in ConfigMaps: no registry, no download', async context => {
		needsOwnCluster(context, why);
		const {stdout, exitCode} = await hostport(['manifest', 'daemonset', '--portmap', `file:${portmap}`]);
		expect(exitCode).toBe(0);

		await kubectl(['apply', '--filename', '-'], stdout);
		await kubectl(['--namespace', 'kube-system', 'rollout', 'status', 'daemonset/kubectl-hostport-portmap', '--timeout=120s']);

		expect(await portmapOf()).toEqual(await readFile(portmap));
		await waitForRollOut('daemonset/otel-collector');
		expect(await fetchFrom('outside', newAddress, 4318)).toBe('otel');
		const checked = await check();
		expect(checked.codes).not.toContain('HP25');
		expect(checked.codes).not.toContain('HP02');
		expect(checked.exitCode).toBe(0);
		expect((await hostport(['verify'])).exitCode).toBe(0);
	});

	test('works by itself where the DaemonSet is there before it', async context => {
		needsOwnCluster(context, why);
		await removeNode();
		await addNode();

		await until('an answer of the new node', 150, async () =>
			(await fetchFrom('outside', newAddress, 4318)) === 'otel' ? true : undefined,
		);

		const {result, exitCode} = await check();
		expect(result.nodes.map(({name, verdict}) => `${name} ${verdict}`)).toEqual(['node-1 ok', 'node-2 ok', 'node-3 ok']);
		expect(exitCode).toBe(0);
	});

	test('applied again the manifest changes nothing, and removed it leaves the binary', async context => {
		needsOwnCluster(context, why);
		const {stdout} = await hostport(['manifest', 'daemonset', '--portmap', `file:${portmap}`]);
		const again = await kubectl(['apply', '--filename', '-'], stdout);
		expect(
			again
				.trim()
				.split('\n')
				.filter(line => !line.endsWith('unchanged')),
		).toEqual([]);

		await kubectl(['--namespace', 'kube-system', 'delete', 'daemonset,configmap', '--selector', ours]);
		await kubectl(['--namespace', 'kube-system', 'wait', '--for=delete', 'pods', '--selector', ours, '--timeout=60s']);

		expect(await list('configmaps', '--namespace', 'kube-system', '--selector', ours)).toEqual([]);
		expect(await portmapOf()).toEqual(await readFile(portmap));
	});
});

test('the init script puts portmap into a fresh folder without a network, and does nothing the second time', async context => {
	needsOwnCluster(context, 'it runs Debian’s portmap');
	const folder = await mkdtemp(path.join(os.tmpdir(), 'hostport-e2e-node-'));
	try {
		const {stdout, exitCode} = await hostport(['manifest', 'init-script', '--portmap', `file:${portmap}`], {
			kubeconfig: path.join(folder, 'none'),
		});
		expect(exitCode).toBe(0);
		const script = path.join(folder, 'init.sh');
		await writeFile(script, stdout);
		const binaries = path.join(folder, 'opt', 'cni', 'bin');
		const offline = ['--net', 'sh', script, binaries];

		await run('unshare', offline, {timeoutSeconds: 60});
		const first = await stat(path.join(binaries, 'portmap'));
		expect(await run('unshare', offline, {timeoutSeconds: 60})).toBe('');

		expect(await readFile(path.join(binaries, 'portmap'))).toEqual(await readFile(portmap));
		expect((await stat(path.join(binaries, 'portmap'))).ino).toBe(first.ino);
		expect(await readdir(binaries)).toEqual(['portmap']);
	} finally {
		await rm(folder, {recursive: true});
	}
});

const addNode = async (): Promise<string> => run(path.join(clusterScripts, 'add-node'), [], {timeoutSeconds: 100});

async function removeNode(): Promise<void> {
	if ((await readdir(runFolder)).includes('node-3')) await run(path.join(clusterScripts, 'remove-node'), ['node-3'], {timeoutSeconds: 100});
}

const portmapOf = async (): Promise<Buffer | undefined> =>
	readFile(path.join(runFolder, 'node-3', 'cni-bin', 'portmap')).catch(() => undefined);

/** Whether Cilium has written its list there. */
async function conflistOf(): Promise<boolean> {
	return (await readdir(path.join(runFolder, 'node-3', 'cni-conf')).catch((): string[] => [])).includes('05-cilium.conflist');
}
