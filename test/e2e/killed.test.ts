import {randomUUID} from 'node:crypto';
import {readdir, readFile} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {beforeAll, describe, expect, test} from 'vitest';
import {resetCluster} from './support/cilium.ts';
import {kubectl, list, rollOut, until} from './support/kubectl.ts';
import {leftovers, ownLabel, removeLeftovers} from './support/leftovers.ts';
import {nodes} from './support/nodes.ts';
import {run} from './support/processes.ts';
import {hostport, startHostport} from './support/product.ts';
import {nothingStaysBehind} from './support/suite.ts';
import {isOwnCluster, networkOf, root, runFolder} from './support/tested-cluster.ts';

/** Moments of each run at which it is killed; a full proof takes a dozen, CI a few. */
const moments = Number(process.env['KILL_MOMENTS'] ?? 3);

nothingStaysBehind();

/** Everything on the cluster and its nodes that is not ours: names of objects, and of files in the CNI folders. */
async function everythingElse(): Promise<unknown> {
	const kinds = 'pods,configmaps,secrets,services,serviceaccounts,daemonsets,deployments,leases,namespaces,roles,rolebindings,clusterroles';
	const objects = await kubectl(['get', kinds, '--all-namespaces', '--selector', ownLabel.replace('=', '!='), '--output=name']);
	const folders = nodes.flatMap(({name}) => ['cni-bin', 'cni-conf'].map(folder => path.join(runFolder, name, folder)));
	const files = await Promise.all(folders.map(async folder => [folder, (await readdir(folder)).sort()]));
	return {objects: objects.split('\n').sort(), files};
}

/** Shells on the nodes and in their pods that run a script of the product's. */
async function scriptsOnNodes(): Promise<readonly string[]> {
	const found = await Promise.all(
		nodes.map(async ({name}) => {
			const ids = (await run('ip', ['netns', 'pids', networkOf(name)], {timeoutSeconds: 20})).split('\n').filter(Boolean);
			const words = await Promise.all(
				// A process that has ended meanwhile has no words.
				ids.map(async id => (await readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')).split('\0').join(' ').trim()),
			);
			return words.filter(line => /script=\$\(head -c|^sh -s$/u.test(line)).map(line => `${name}: ${line.slice(0, 60)}`);
		}),
	);
	return found.flat();
}

const sshWords = (client: string): readonly string[] => [
	'--via=ssh',
	'--ssh-user=root',
	`--ssh-key=${path.join(runFolder, 'ssh_key')}`,
	`--ssh-known-hosts=${path.join(runFolder, 'known_hosts')}`,
	'--ssh-config=/dev/null',
	`--ssh-client=${client}`,
];

describe.runIf(isOwnCluster).each([
	{version: '1.10.16', words: ['check', '--via=pod'], makesPods: true},
	{version: '1.10.16', words: ['check', ...sshWords('ssh2')], makesPods: false},
	{version: '1.10.16', words: ['check', ...sshWords('system')], makesPods: false},
	{version: '1.10.16', words: ['verify', '--with-pods'], makesPods: true},
	{version: '1.17.4', words: ['check'], makesPods: true},
])('$words on Cilium $version, killed at any moment', ({version, words, makesPods}) => {
	beforeAll(async () => {
		if (state.version === version) return;
		await resetCluster(version);
		await rollOut(`${root}/test/e2e/workloads/web.yaml`, 'deployment/web');
		state.version = version;
	});

	test('leaves what cleanup finds and what ends by itself, and nothing else', async () => {
		// Folders of other programs' runs that were killed on this machine are none of this test's.
		const temporary = path.join(os.tmpdir(), `hostport-e2e-killed-${randomUUID().slice(0, 8)}`);
		await run('mkdir', ['-m', '700', temporary], {timeoutSeconds: 5});
		const environment = {TMPDIR: temporary};
		try {
			const {seconds} = await hostport(words, {environment});
			await until('the pods of ours to be gone', 90, async () => ((await leftovers()).going.length === 0 ? true : undefined));
			const before = await everythingElse();
			for (let moment = 1; moment <= moments; moment += 1) {
				const killed = startHostport(words, {environment, timeoutSeconds: 60});
				await sleep((seconds * 1000 * moment) / (moments + 1));
				killed.signal('SIGKILL');
				await killed.ended;
			}

			await until('scripts on the nodes to end', 30, async () => ((await scriptsOnNodes()).length === 0 ? true : undefined));
			expect(await everythingElse()).toEqual(before);
			const pods = (await list('pods', '--all-namespaces', '--selector', ownLabel)).filter(
				({metadata}) => metadata.deletionTimestamp === undefined,
			);
			if (!makesPods) expect(pods).toEqual([]);
			for (const {spec} of pods) expect(spec?.activeDeadlineSeconds).toBeLessThanOrEqual(300);

			const found = await cleanup(environment, '--dry-run=client');
			const names = [
				...pods.map(({metadata}) => `pod ${metadata.namespace}/${metadata.name}`),
				...(await foldersIn(temporary)).map(folder => `folder ${folder}`),
			];
			expect(found.map(nameOf).sort()).toEqual(names.sort());
			for (const {error} of await cleanup(environment, '--yes')) expect(error).toBe('');
			expect(await foldersIn(temporary)).toEqual([]);
			expect((await leftovers()).staying).toEqual([]);
		} finally {
			await removeLeftovers();
			await run('rm', ['-rf', temporary], {timeoutSeconds: 5});
		}
	});
});

const state = {version: ''};

/** What the product keeps there; Node's cache of compiled code is kept on purpose. */
async function foldersIn(temporary: string): Promise<readonly string[]> {
	const names = await readdir(temporary);
	return names.filter(name => name !== 'node-compile-cache').map(name => path.join(temporary, name));
}

type Item = {readonly kind: string; readonly namespace: string; readonly name: string; readonly error: string};
const nameOf = ({kind, namespace, name}: Item): string => `${kind} ${namespace === '' ? name : `${namespace}/${name}`}`;

async function cleanup(environment: NodeJS.ProcessEnv, ...words: readonly string[]): Promise<readonly Item[]> {
	const {stdout, stderr} = await hostport(['cleanup', '--output=json', ...words], {environment});
	try {
		return (JSON.parse(stdout) as {items: Item[]}).items;
	} catch (error) {
		throw new Error(`cleanup printed no list: ${stderr}`, {cause: error});
	}
}
