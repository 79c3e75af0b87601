import {spawnSync} from 'node:child_process';
import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {afterEach, expect, test} from 'vitest';
import {patchCiliumConfig, resetCluster} from './support/cilium.ts';
import {kubectl, rollOut} from './support/kubectl.ts';
import {removeLeftovers} from './support/leftovers.ts';
import {freezeKubelet, nodes, processOf, thawKubelet} from './support/nodes.ts';
import {run} from './support/processes.ts';
import {hostport} from './support/product.ts';
import {binariesOf, expectPodsStart, expectPodStarts, expectWeb, runIds, stateOfRepair} from './support/repair.ts';
import {needsOwnCluster} from './support/suite.ts';
import {clusterScripts, isOwnCluster, root, runFolder} from './support/tested-cluster.ts';
import {watchHostport} from './support/watched-run.ts';

const web = path.join(root, 'test/e2e/workloads/web.yaml');
const portmap = '/usr/lib/cni/portmap';
const fix = ['fix', '--yes', '--portmap', portmap];

/** The case, under a version; gives what a rollback has to bring back. Up to 1.13 no pod has to be made to write to a node, so it is quicker. */
async function begin(version: '1.10.16' | '1.17.4'): Promise<unknown> {
	await resetCluster(version);
	await rollOut(web, 'deployment/web');
	return await stateOfRepair();
}

afterEach(async () => {
	if (isOwnCluster) await removeLeftovers();
});

/** Fix, again: it has to end well, whatever came before it. */
async function expectFixEnds(): Promise<void> {
	const {exitCode, stderr} = await hostport(fix, {timeoutSeconds: 400});
	expect(exitCode, stderr).toBe(0);
	await expectWeb('web');
}

test('a kubelet that stops in the middle: the run waits, can be stopped, and goes on when the node is back', async context => {
	needsOwnCluster(context, 'it freezes a kubelet');
	await begin('1.10.16');
	const running = await watchHostport(fix);
	await running.comesTo('agents', 'started');
	await freezeKubelet('node-2');
	try {
		await kubectl(['wait', '--for=condition=Ready=Unknown', 'node/node-2', '--timeout=120s']);
		running.signal('SIGINT');
		const ended = await running.ended;
		expect(ended.exitCode, ended.stderr).toBe(130);
		expect(ended.stderr).toMatch(/was interrupted\. Resume: kubectl hostport fix/u);

		// What the node has is not known now: nothing is planned for it unless somebody answers for it.
		const blind = await hostport(['fix', '--dry-run=client', '--portmap', portmap]);
		expect(blind.stdout + blind.stderr).toMatch(/node-2/u);
	} finally {
		await thawKubelet('node-2');
	}

	await kubectl(['wait', '--for=condition=Ready', 'node/node-2', '--timeout=120s']);
	await expectPodsStart();
	await expectFixEnds();
});

test('a kubelet that is killed and comes back in the middle is waited for', async context => {
	needsOwnCluster(context, 'it kills a kubelet');
	await begin('1.17.4');
	const running = await watchHostport(fix);
	await running.comesTo('binary/', 'started');
	await restart('node-2-kubelet', 10);
	const ended = await running.ended;
	expect(ended.exitCode, ended.stderr).toBe(0);
	await expectWeb('web');
	await expectPodsStart();
});

test('an API server that is killed and started again in the middle is waited for', async context => {
	needsOwnCluster(context, 'it kills the API server');
	await begin('1.10.16');
	const running = await watchHostport(fix);
	await running.comesTo('canary/', 'started');
	await restart('apiserver', 10);
	const ended = await running.ended;
	expect(ended.exitCode, ended.stderr).toBe(0);
	await expectWeb('web');
	await expectPodsStart();
});

test('a full disk stops the run before anything is chained, and leaves nothing on the node', async context => {
	needsOwnCluster(context, 'it mounts a small file system');
	const before = await begin('1.17.4');
	const folder = '/opt/cni/bin';
	const kubelet = String(await processOf('node-2-kubelet'));
	const inside = (...words: readonly string[]): void => {
		const {status, stderr} = spawnSync('nsenter', ['-t', kubelet, '-m', '-p', ...words]);
		if (status !== 0) throw new Error(stderr.toString());
	};
	inside(
		'sh',
		'-c',
		`mkdir -p /tmp/kept && cp -a ${folder}/. /tmp/kept/ && mount -t tmpfs -o size=2500k tmpfs ${folder} && cp /tmp/kept/cilium-cni ${folder}/ && head -c 1000000 /dev/zero >${folder}/filler`,
	);
	try {
		const ended = await hostport(fix, {timeoutSeconds: 240});
		expect(ended.exitCode, ended.stderr).toBe(3);
		expect(ended.stderr).toMatch(/cannot be written|No space/u);
		const listed = spawnSync('nsenter', ['-t', kubelet, '-m', '-p', 'ls', '-A', folder]).stdout.toString();
		expect(listed).not.toContain('portmap');
	} finally {
		inside('umount', '-l', folder);
	}

	expect(await stateOfRepair()).toEqual(before);
	await expectFixEnds();
});

test('an upload that is cut chains nothing by half a file: it is told, or tried again', async context => {
	needsOwnCluster(context, 'it kills the process that receives');
	const before = await begin('1.17.4');
	const folder = await mkdtemp(path.join(os.tmpdir(), 'hostport-e2e-'));
	// So large that it can be met on its way: what follows a program's end is nobody's.
	const large = Buffer.concat([await readFile(portmap), Buffer.alloc(8_000_000)]);
	await writeFile(path.join(folder, 'portmap'), large);
	const running = await watchHostport(['fix', '--yes', '--portmap', path.join(folder, 'portmap')]);
	await running.comesTo('binary/', 'started');
	process.kill(await receiver(), 'SIGKILL');
	const ended = await running.ended;
	await rm(folder, {recursive: true});
	// What was on its way may have arrived whole, or the node never tells of the end and the connection is made once more.
	if (ended.exitCode !== 0) {
		expect([ended.exitCode, ended.stderr]).toEqual([
			3,
			expect.stringMatching(/was not written by pod .*: it (?:arrived with another (?:size|checksum)|cannot be written)/u),
		]);
		expect(await stateOfRepair()).toEqual(before);
		for (const {name} of nodes) expect((await binariesOf(name)).filter(file => file.startsWith('.'))).toEqual([]);
		await expectFixEnds();
	} else for (const {name} of nodes) expect((await readFile(path.join(runFolder, name, 'cni-bin', 'portmap'))).equals(large)).toBe(true);

	await expectPodsStart();
});

test('a binary for another machine, a part of a file, or one whose sum is another is refused before anything is changed', async context => {
	needsOwnCluster(context, 'it has hands on the nodes');
	const before = await begin('1.17.4');
	const folder = await mkdtemp(path.join(os.tmpdir(), 'hostport-e2e-'));
	try {
		const whole = await readFile(portmap);
		const other = Buffer.from(whole);
		other.writeUInt16LE(183, 18);
		await writeFile(path.join(folder, 'arm64'), other);
		await writeFile(path.join(folder, 'begun'), whole.subarray(0, whole.length / 10));
		// Its header is whole, its table of parts too, and it names portmap's chain: only running it shows that the rest is missing.
		await writeFile(path.join(folder, 'cut'), whole.subarray(0, whole.indexOf('CNI-HOSTPORT-DNAT') + 100));
		const forArm = await hostport(['fix', '--yes', '--portmap', path.join(folder, 'arm64')]);
		expect([forArm.exitCode, forArm.stderr]).toEqual([3, expect.stringMatching(/no portmap for amd64 nodes: .*is for arm64/u)]);
		const begun = await hostport(['fix', '--yes', '--portmap', path.join(folder, 'begun')]);
		expect([begun.exitCode, begun.stderr]).toEqual([2, expect.stringMatching(/not portmap or only part of it/u)]);
		const cut = await hostport(['fix', '--yes', '--portmap', path.join(folder, 'cut')], {timeoutSeconds: 240});
		expect([cut.exitCode, cut.stderr]).toEqual([3, expect.stringMatching(/it does not run there/u)]);
		const sum = await hostport([...fix, '--portmap-sha256', '0'.repeat(64)]);
		expect([sum.exitCode, sum.stderr]).toEqual([2, expect.stringMatching(/has sha256 [\da-f]{64}, and --portmap-sha256 says 0{64}/u)]);
		expect(await stateOfRepair()).toEqual(before);
		for (const {name} of nodes) expect(await binariesOf(name)).toEqual(['cilium-cni', 'loopback']);
	} finally {
		await rm(folder, {recursive: true});
	}
});

test('cilium-config changed by someone else between preview and act stops the run and is told', async context => {
	needsOwnCluster(context, 'it changes cilium-config');
	const before = await begin('1.10.16');
	const running = await watchHostport(fix);
	await running.comesTo('binary/', 'started');
	await patchCiliumConfig({debug: 'true'});
	const ended = await running.ended;
	expect(ended.exitCode, ended.stderr).toBe(3);
	expect(ended.stderr).toMatch(/changed by someone else since the preview: debug/u);
	await expectPodsStart();
	await expectFixEnds();

	// And later: a key that is ours no more is left alone, which is a rollback that failed.
	await patchCiliumConfig({'cni-chaining-mode': 'generic-veth'});
	const failed = await hostport(['rollback', '--yes'], {timeoutSeconds: 400});
	expect(failed.exitCode, failed.stderr).toBe(5);
	expect(failed.stderr).toMatch(/cni-chaining-mode in cilium-config was changed by someone else since/u);
	await patchCiliumConfig({'cni-chaining-mode': 'portmap'});
	expect((await hostport(['rollback', '--yes'], {timeoutSeconds: 400})).exitCode).toBe(0);
	await patchCiliumConfig({debug: null});
	expect(await stateOfRepair()).toEqual(before);
});

test('the second of two at the same time is told who is at work', async context => {
	needsOwnCluster(context, 'it changes Cilium');
	await begin('1.10.16');
	const first = await watchHostport(fix);
	const id = await first.begun();
	const second = await hostport(fix, {timeoutSeconds: 240});
	expect(second.exitCode).not.toBe(0);
	expect(second.stderr).toContain(`with run ${id}`);
	const ended = await first.ended;
	expect(ended.exitCode, ended.stderr).toBe(0);
	expect(await runIds()).toEqual([id]);
	await expectWeb('web');
});

test('a node that joins in the middle without portmap is named, and the next fix puts it there', async context => {
	needsOwnCluster(context, 'a node joins');
	await begin('1.17.4');
	const running = await watchHostport(fix);
	try {
		await running.comesTo('configmap', 'done');
		// Held still, so that the node is there for certain before the run is through.
		running.signal('SIGSTOP');
		await run(path.join(clusterScripts, 'add-node'), [], {timeoutSeconds: 150});
		running.signal('SIGCONT');
		const ended = await running.ended;
		expect(ended.exitCode, ended.stderr).toBe(3);
		expect(ended.stderr).toMatch(/node-3 joined meanwhile, and no pod can start there/u);
		await expectPodsStart();
		const mended = await hostport(fix, {timeoutSeconds: 400});
		expect(mended.exitCode, mended.stderr).toBe(0);
		// The web pods may be on any two of the three nodes now.
		expect((await hostport(['verify'])).exitCode).toBe(0);
		expect(await readdir(path.join(runFolder, 'node-3', 'cni-bin'))).toContain('portmap');
		await expectPodStarts('node-3');
	} finally {
		running.signal('SIGCONT');
		if ((await readdir(runFolder)).includes('node-3'))
			await run(path.join(clusterScripts, 'remove-node'), ['node-3'], {timeoutSeconds: 100});
	}
});

async function restart(name: string, seconds: number): Promise<void> {
	await run(path.join(clusterScripts, 'restart'), [name, String(seconds)], {timeoutSeconds: 60});
}

/** The process in a pod of this cluster that takes a file from its stdin: whatever the receiving shell has begun. */
async function receiver(): Promise<number> {
	const read = async (id: string, file: string): Promise<string> => readFile(`/proc/${id}/${file}`, 'utf8').catch(() => '');
	const receives = async (id: string): Promise<boolean> => (await read(id, 'cmdline')).startsWith('sh\0-c\0folder=$1 name=$2 temporary=$3');
	const deadline = Date.now() + 60_000;
	while (Date.now() < deadline) {
		for (const id of await readdir('/proc')) {
			if (!/^\d+$/u.test(id)) continue;
			const stat = await read(id, 'stat');
			const parent = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? '';
			// Seen from here the groups of this cluster's nodes begin at the root.
			if (parent !== '' && (await receives(parent)) && /:\/hp\d+-node-\d/u.test(await read(id, 'cgroup'))) return Number(id);
		}

		await sleep(2);
	}

	throw new Error('no process that receives a file was met');
}
