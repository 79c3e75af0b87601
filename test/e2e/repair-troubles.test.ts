import {spawnSync} from 'node:child_process';
import {copyFile, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {patchCiliumConfig, resetCluster} from './support/cilium.ts';
import {rollOut, until} from './support/kubectl.ts';
import {removeLeftovers} from './support/leftovers.ts';
import {freezeKubelet, nodes, thawKubelet} from './support/nodes.ts';
import {hostport, startHostport} from './support/product.ts';
import {begunRun, binariesOf, expectPodsStart, expectWeb, forgetRuns, runIds, stateOfRepair} from './support/repair.ts';
import {needsOwnCluster} from './support/suite.ts';
import {isOwnCluster, root, runFolder} from './support/tested-cluster.ts';

const web = path.join(root, 'test/e2e/workloads/web.yaml');
const portmap = '/usr/lib/cni/portmap';
const fix = ['fix', '--yes', '--portmap', portmap];
/** How many moments of a run are tried; 20 for a full proof. */
const moments = Number(process.env['REPAIR_MOMENTS'] ?? 5);
/** A whole run takes about so long. */
const runSeconds = 16;

let before: unknown;

beforeEach(async () => {
	if (!isOwnCluster) return;
	await resetCluster('1.17.4');
	await forgetRuns();
	await rollOut(web, 'deployment/web');
	before = await stateOfRepair();
});

afterEach(async () => {
	if (isOwnCluster) await removeLeftovers();
});

test.for(Array.from({length: moments}, (_, index) => index))(
	'killed at moment %i, pods start everywhere, and fix or rollback ends clean',
	async (moment, context) => {
		needsOwnCluster(context, 'it changes Cilium');
		const run = startHostport(fix, {timeoutSeconds: 120});
		await begunRun();
		await sleep(((moment + 0.5) / moments) * runSeconds * 1000);
		run.signal('SIGKILL');
		await run.ended;
		await expectPodsStart();
		const ended = await hostport(moment % 2 === 0 ? fix : ['rollback', '--yes'], {timeoutSeconds: 240});
		expect(ended.exitCode, ended.stderr).toBe(0);
		await expectPodsStart();
		if (moment % 2 === 0) await expectWeb('web');
		else expect(await stateOfRepair()).toEqual(before);
	},
);

test('a kubelet that stops in the middle stops the run; fix goes on when it is back', async context => {
	needsOwnCluster(context, 'it freezes a kubelet');
	const run = startHostport(fix, {timeoutSeconds: 300});
	await begunRun();
	await sleep(3000);
	await freezeKubelet('node-2');
	try {
		await sleep(5000);
		run.signal('SIGINT');
		expect((await run.ended).exitCode).toBe(130);
	} finally {
		await thawKubelet('node-2');
	}

	await sleep(10_000);
	await expectPodsStart();
	expect((await hostport(fix, {timeoutSeconds: 240})).exitCode).toBe(0);
	await expectWeb('web');
});

test('an API server that is away in the middle is waited for', async context => {
	needsOwnCluster(context, 'it stops the API server');
	const line = (await readFile(path.join(runFolder, 'pids'), 'utf8')).split('\n').find(each => each.split(' ')[1] === 'apiserver');
	const id = Number(line?.split(' ')[0]);
	const run = startHostport(fix, {timeoutSeconds: 300});
	await begunRun();
	await sleep(3000);
	process.kill(id, 'SIGSTOP');
	await sleep(20_000);
	process.kill(id, 'SIGCONT');
	const ended = await run.ended;
	expect(ended.exitCode, ended.stderr).toBe(0);
	await expectWeb('web');
});

test('a full disk stops the run before anything is chained, and leaves nothing on the node', async context => {
	needsOwnCluster(context, 'it mounts a small file system');
	const folder = '/opt/cni/bin';
	const kubelet =
		(await readFile(path.join(runFolder, 'pids'), 'utf8'))
			.split('\n')
			.find(each => each.split(' ')[1] === 'node-2-kubelet')
			?.split(' ')[0] ?? '';
	const inside = (...words: readonly string[]): void => {
		const {status, stderr} = spawnSync('nsenter', ['-t', kubelet, '-m', ...words]);
		if (status !== 0) throw new Error(stderr.toString());
	};
	inside(
		'sh',
		'-c',
		`mkdir -p /tmp/kept && cp -a ${folder}/. /tmp/kept/ && mount -t tmpfs -o size=2500k tmpfs ${folder} && cp /tmp/kept/cilium-cni ${folder}/ && head -c 1000000 /dev/zero >${folder}/filler`,
	);
	try {
		const ended = await hostport(fix, {timeoutSeconds: 120});
		expect(ended.exitCode).toBe(3);
		expect(ended.stderr).toMatch(/cannot be written|No space/u);
		const listed = spawnSync('nsenter', ['-t', kubelet, '-m', 'ls', '-A', folder]).stdout.toString();
		expect(listed).not.toContain('portmap');
	} finally {
		inside('umount', '-l', folder);
	}

	expect(await stateOfRepair()).toEqual(before);
	expect((await hostport(fix, {timeoutSeconds: 240})).exitCode).toBe(0);
	await expectWeb('web');
});

test('a binary for another machine, or half a file, is refused before anything is changed', async context => {
	needsOwnCluster(context, 'it has hands on the nodes');
	const folder = await mkdtemp(path.join(os.tmpdir(), 'hostport-e2e-'));
	try {
		const whole = await readFile(portmap);
		const other = Buffer.from(whole);
		other.writeUInt16LE(183, 18);
		await writeFile(path.join(folder, 'arm64'), other);
		await writeFile(path.join(folder, 'half'), whole.subarray(0, whole.length / 2));
		await copyFile(portmap, path.join(folder, 'well'));
		const forArm = await hostport(['fix', '--yes', '--portmap', path.join(folder, 'arm64')]);
		expect([forArm.exitCode === 0, forArm.stderr.includes('arm64')]).toEqual([false, true]);
		const half = await hostport(['fix', '--yes', '--portmap', path.join(folder, 'half')], {timeoutSeconds: 120});
		expect(half.exitCode).not.toBe(0);
		expect(await stateOfRepair()).toEqual(before);
		for (const {name} of nodes) expect(await binariesOf(name)).toEqual(['cilium-cni', 'loopback']);
	} finally {
		await rm(folder, {recursive: true});
	}
});

test('cilium-config changed by someone else in the middle stops the run and is told', async context => {
	needsOwnCluster(context, 'it changes cilium-config');
	const run = startHostport(fix, {timeoutSeconds: 120});
	await begunRun();
	await patchCiliumConfig({debug: 'true'});
	const ended = await run.ended;
	expect(ended.exitCode).toBe(3);
	expect(ended.stderr).toMatch(/changed by someone else since the preview: debug/u);
	await expectPodsStart();
	expect((await hostport(fix, {timeoutSeconds: 240})).exitCode).toBe(0);
	await expectWeb('web');
});

test('the second of two at the same time is told who is at work', async context => {
	needsOwnCluster(context, 'it changes Cilium');
	const first = startHostport(fix, {timeoutSeconds: 240});
	const id = await begunRun();
	const second = await hostport(fix, {timeoutSeconds: 120});
	expect(second.exitCode).not.toBe(0);
	expect(second.stderr).toContain(`with run ${id}`);
	expect((await first.ended).exitCode).toBe(0);
	await until('the journals', 5, async () => ((await runIds()).length === 1 ? true : undefined));
	await expectWeb('web');
});
