import {mkdir, readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {parse} from 'yaml';
import * as z from 'zod/mini';
import type {NodeEvidence, Observation} from '../../source/evidence/evidence.ts';
import {resetCluster} from './support/cilium.ts';
import {makeGuardedNamespace, refusal} from './support/guarded-namespace.ts';
import {kubectl, rollOut, until} from './support/kubectl.ts';
import {leftovers} from './support/leftovers.ts';
import {freezeKubelet, installPortmap, nodes, thawKubelet} from './support/nodes.ts';
import {check, hostport, startHostport} from './support/product.ts';
import type {Ended} from './support/processes.ts';
import {binariesOf, expectWeb, forgetRuns, stateOfRepair} from './support/repair.ts';
import {inTerminal, makeSshFiles, makeSudoUser, passphrase, startAgent, type SshFiles} from './support/ssh-files.ts';
import {nothingStaysBehind} from './support/suite.ts';
import {isOwnCluster, root, runFolder} from './support/tested-cluster.ts';

nothingStaysBehind('at the end');

type Shown = {
	readonly spec: {
		readonly hostPID?: boolean;
		readonly containers: ReadonlyArray<{readonly securityContext: {readonly capabilities: {readonly add?: readonly string[]}}}>;
		readonly volumes: readonly unknown[];
	};
};

const evidenceFile = z.object({nodes: z.array(z.looseObject({name: z.string()}))});
let files: SshFiles;

let played = '';

/** The case under that version of Cilium. A reset takes half a minute, and what the tests before leave harms none of these. */
async function begin(version: string): Promise<void> {
	if (played === version) return;
	await resetCluster(version);
	await forgetRuns();
	await rollOut(`${root}/test/e2e/workloads/web.yaml`, 'deployment/web');
	played = version;
}

/** One look, its evidence by node, and how it ended. */
async function look(words: readonly string[], environment?: NodeJS.ProcessEnv): Promise<{nodes: NodeEvidence[]; ended: Ended}> {
	const file = path.join(files.folder, 'evidence.json');
	await writeFile(file, '{"nodes": []}');
	const ended = await hostport(['check', '--save', file, '--no-redact', ...words], {...(environment !== undefined && {environment})});
	return {nodes: evidenceFile.parse(JSON.parse(await readFile(file, 'utf8'))).nodes as NodeEvidence[], ended};
}

const ssh = (parts: Readonly<Record<string, string>> = {}): string[] =>
	Object.entries({
		via: 'ssh',
		'ssh-user': 'root',
		'ssh-key': files.key,
		'ssh-known-hosts': files.knownHosts,
		'ssh-config': files.config,
		...parts,
	})
		.filter(([, value]) => value !== '')
		.map(([name, value]) => `--${name}=${value}`);

/** What every way is to see alike. Clocks, what only the agent tells, and what depends on being a container are omitted. */
function common({kernel, machine, configurationFolder, binaryFolder, nat, listeners, probes, facts, errors}: Observation): object {
	return {
		kernel,
		machine,
		configurationFolder,
		binaryFolder,
		nat: {
			nft: nat.nft && {rules: nat.nft.rules, rules6: nat.nft.rules6},
			legacy: nat.legacy && {rules: nat.legacy.rules, rules6: nat.legacy.rules6},
		},
		// Outgoing connections come and go; what listens on a port of its own stays.
		// In the order in which they answered.
		probes: (probes ?? []).toSorted((one, other) => (one.address < other.address ? -1 : 1)),
		facts,
		errors,
		listeners: (listeners ?? []).filter(({protocol, port}) => protocol === 'TCP' && port < 30_000),
	};
}

describe.runIf(isOwnCluster)('accesses to a node', () => {
	beforeAll(async () => {
		files = await makeSshFiles();
	});
	afterAll(async () => files.remove());

	describe('a node that only SSH can write to', () => {
		beforeAll(async () => begin('1.10.16'));

		test('is repaired by SSH, the ports answer, and the rollback brings all of it back', async () => {
			const before = await stateOfRepair();
			await expectWeb('refused');
			const done = await hostport(['fix', '--yes', '--portmap=/usr/lib/cni/portmap', ...ssh()], {timeoutSeconds: 200});
			expect(done.stderr).toContain('is done');
			expect(done.exitCode).toBe(0);
			await expectWeb('web');
			const undone = await hostport(['rollback', '--yes', ...ssh()], {timeoutSeconds: 200});
			expect(undone.stderr).toContain('is rolled back');
			expect(undone.exitCode).toBe(0);
			await expectWeb('refused');
			expect(await stateOfRepair()).toEqual(before);
			console.error(`e2e: fix by SSH ${done.seconds.toFixed(1)} s, rollback ${undone.seconds.toFixed(1)} s`);
			await forgetRuns();
		});

		test('is cleaned up by SSH, with one question for the passphrase', async () => {
			const unfinished = path.join(runFolder, 'node-1', 'cni-bin', '.portmap.kubectl-hostport-0123456789ab');
			await writeFile(unfinished, 'half a binary');
			const {screen, exitCode} = await inTerminal(
				['cleanup', '--yes', ...ssh({'ssh-key': files.encryptedKey})],
				/Passphrase for the key/u,
				passphrase,
			);
			expect(screen.match(/Passphrase for the key/gu)).toHaveLength(1);
			expect(screen).toContain('1 of 1 removed');
			expect(exitCode).toBe(0);
			expect(await binariesOf('node-1')).not.toContain(path.basename(unfinished));
		});
	});

	describe.each([
		{version: '1.10.16', auto: ['agent']},
		{version: '1.19.6', auto: ['agent', 'pod']},
		{version: '1.17.4', auto: ['agent', 'pod']},
	])('Cilium $version', ({version, auto}) => {
		beforeAll(async () => {
			await begin(version);
			await installPortmap();
		});

		test('agent, reader pod, host pod and SSH see the same', async () => {
			const byAuto = await look([]);
			const byPod = await look(['--via=pod']);
			const bySsh = await look(ssh());

			for (const [index, {name}] of nodes.entries()) {
				const [one, two, three] = [byAuto, byPod, bySsh].map(({nodes: seen}) => seen[index]);
				expect(one?.attempts.map(({via, ok}) => ({via, ok}))).toEqual(auto.map(via => ({via, ok: true})));
				expect(two).toMatchObject({name, via: 'pod', attempts: [{via: 'pod', ok: true}]});
				expect(three).toMatchObject({name, via: 'ssh', attempts: [{via: 'ssh', ok: true}]});
				const expected = common(one?.observation as Observation);
				expect(common(two?.observation as Observation)).toEqual(expected);
				expect(common(three?.observation as Observation)).toEqual(expected);
				expect(one?.observation?.agentStatus).not.toBeNull();
				expect(three?.observation?.agentStatus).toBeNull();
				expect([one, two, three].map(node => node?.observation?.onNode)).toEqual([false, false, true]);
				expect(three?.observation?.runtime).toEqual({
					binaryFolders: ['/opt/cni/bin'],
					configurationFolder: '/etc/cni/net.d',
					source: path.join(runFolder, name, 'containerd.toml'),
				});
				expect(three?.attempts[0]?.reason).toMatch(/only the agent/u);
			}
		});

		test('by the agent alone no pod is made, and what it does not see is said', async () => {
			const {nodes: seen} = await look(['--via=agent']);
			for (const {attempts, observation} of seen) {
				expect(attempts).toMatchObject([{via: 'agent', ok: true}]);
				expect(observation?.binaryFolder === null).toBe(auto.length > 1);
				expect(attempts[0]?.reason ?? '').toMatch(auto.length > 1 ? /does not see \/opt\/cni\/bin/u : /^$/u);
			}
		});
	});

	describe('SSH against the nodes’ OpenSSH', () => {
		const expectSeen = ({nodes: seen}: {nodes: readonly NodeEvidence[]}): void => {
			expect(seen.length).toBeGreaterThan(0);
			for (const {via, attempts, observation} of seen) {
				expect(attempts).toMatchObject([{via: 'ssh', ok: true}]);
				expect(via).toBe('ssh');
				expect(observation?.binaryFolder?.files.map(({name}) => name)).toContain('cilium-cni');
			}
		};

		test('by a key in the agent', async () => {
			const agent = await startAgent(files.key);
			try {
				expectSeen(await look(ssh({'ssh-key': ''}), {SSH_AUTH_SOCK: agent.socket}));
			} finally {
				await agent.stop();
			}
		});

		test('by an encrypted key whose passphrase is asked for once, in a terminal', async () => {
			const file = path.join(files.folder, 'asked.json');
			const {screen} = await inTerminal(
				['check', '--save', file, ...ssh({'ssh-key': files.encryptedKey})],
				/Passphrase for the key/u,
				passphrase,
			);
			expect(screen.match(/Passphrase for the key/gu)).toHaveLength(1);
			expect(screen).not.toContain(passphrase);
			expectSeen({nodes: evidenceFile.parse(JSON.parse(await readFile(file, 'utf8'))).nodes as NodeEvidence[]});
		});

		test('through a jump host', async () => {
			expectSeen(await look(['node-2', ...ssh({'ssh-jump': `root@${nodes[0].address}`})]));
		});

		test('through two jump hosts, each known by its own lines of ssh_config, with Include, Match and tokens', async () => {
			const [first, second] = nodes;
			const config = path.join(files.folder, 'config-hops');
			await writeFile(`${config}-included`, `Host hop-1\n  HostName ${first.address}\nHost hop-2\n  HostName ${second.address}\n`);
			await writeFile(
				config,
				[
					`Include ${config}-included`,
					`Host ${first.address}`,
					'  ProxyJump hop-1,hop-2',
					`Match exec "test %h != nowhere"`,
					'  User root',
					`  IdentityFile ${files.folder}/no-key-for-%n`,
					`  IdentityFile ${files.key}`,
					`  UserKnownHostsFile "${files.knownHosts}"`,
					'',
				].join('\n'),
			);
			const names = {'ssh-user': '', 'ssh-key': '', 'ssh-known-hosts': '', 'ssh-config': config};
			expectSeen(await look([first.name, ...ssh(names)]));
			expectSeen(await look([first.name, ...ssh({...names, 'ssh-client': 'system'})]));
		});

		test('as the file of node overrides says, which also lets auto come to it', async () => {
			const folder = path.join(files.folder, 'kubectl-hostport');
			await mkdir(folder);
			const entry = {user: 'root', key: files.key, knownHosts: files.knownHosts};
			await writeFile(path.join(folder, 'nodes.yaml'), JSON.stringify({nodes: {'node-*': entry, 'node-2': {address: nodes[1].address}}}));
			const environment = {XDG_CONFIG_HOME: files.folder};
			expectSeen(await look(['--via=ssh', `--ssh-config=${files.config}`], environment));
			await freezeKubelet('node-2');
			try {
				const {nodes: seen} = await look(['node-2', '--node-timeout=8s', `--ssh-config=${files.config}`], environment);
				expect(seen).toMatchObject([{via: 'ssh', attempts: [{ok: false}, {ok: false}, {via: 'ssh', ok: true}]}]);
			} finally {
				await thawKubelet('node-2');
			}
		});

		test('as a user who is root by sudo only', async () => {
			const user = await makeSudoUser();
			try {
				expectSeen(await look(ssh({'ssh-user': user.name})));
			} finally {
				await user.remove();
			}
		});

		test('by a certificate of an authority that the nodes trust: the system’s ssh by itself, and why', async () => {
			const seen = await look(ssh({'ssh-key': files.certifiedKey}));
			expectSeen(seen);
			for (const {attempts} of seen.nodes)
				expect(attempts[0]?.reason).toMatch(/by the system’s ssh: .*-cert\.pub is an OpenSSH certificate/u);
			const refused = await look(ssh({'ssh-key': files.certifiedKey, 'ssh-client': 'ssh2'}));
			for (const {attempts} of refused.nodes)
				expect(attempts).toMatchObject([{ok: false, reason: expect.stringMatching(/could not log in/u) as string}]);
		});

		test('where known_hosts names the nodes’ authority only: the system’s ssh by itself, and why', async () => {
			const seen = await look(ssh({'ssh-known-hosts': files.authorityKnownHosts}));
			expectSeen(seen);
			for (const {attempts} of seen.nodes)
				expect(attempts[0]?.reason).toMatch(/by the system’s ssh: the host is known by a certificate authority/u);
		});

		test('with a hashed known_hosts', async () => {
			expectSeen(await look(ssh({'ssh-known-hosts': files.hashedKnownHosts})));
		});

		test('by the system’s ssh', async () => {
			expectSeen(await look(ssh({'ssh-client': 'system'})));
		});

		test('an unknown key is asked about in a terminal, and refused after a no', async () => {
			const words = ['check', 'node-1', ...ssh({'ssh-known-hosts': files.emptyKnownHosts})];
			const {screen, exitCode} = await inTerminal(words, /Type yes or no/u, 'no');
			expect(screen).toMatch(/fingerprint SHA256:/u);
			expect(screen).toMatch(/is unknown/u);
			expect(exitCode).toBe(3);
			expect(await readFile(files.emptyKnownHosts, 'utf8')).toBe('');
		});

		test.each([
			['changed', /has changed.*nothing was sent/u],
			['unknown', /is unknown.*nothing was sent/u],
		] as const)('a key that is %s is refused with exit code 3', async (kind, words) => {
			const {nodes: seen, ended} = await look(
				ssh({'ssh-known-hosts': kind === 'changed' ? files.changedKnownHosts : files.emptyKnownHosts}),
			);
			expect(ended.exitCode).toBe(3);
			for (const {attempts, observation} of seen) {
				expect(observation).toBeNull();
				expect(attempts).toMatchObject([{via: 'ssh', ok: false, reason: expect.stringMatching(words) as string}]);
			}
		});
	});

	test('what only the node itself tells is asked there by a second pod, which is shown before it is made', async () => {
		for (const {name} of nodes) {
			// Python is on the nodes and in no image: as a library that only the node has.
			const file = path.join(runFolder, name, 'cni-bin', 'portmap');
			await writeFile(file, '#!/usr/bin/python3\nprint(\'{"cniVersion": "1.0.0", "supportedVersions": ["1.0.0"]}\')\n', {mode: 0o755});
		}

		try {
			const inside = await look([]);
			const outside = await look(['--via=pod']);
			const bySsh = await look(ssh());
			for (const [index] of nodes.entries()) {
				const portmapOf = ({nodes: seen}: typeof inside) =>
					seen[index]?.observation?.binaryFolder?.files.find(({name}) => name === 'portmap');
				expect(portmapOf(inside)?.versionExitCode).not.toBe(0);
				expect(outside.nodes[index]?.attempts).toMatchObject([
					{via: 'pod', ok: true},
					{via: 'pod', ok: true, reason: expect.stringMatching(/does not run inside a pod/u) as string},
				]);
				expect(portmapOf(outside)).toEqual(portmapOf(bySsh));
				expect(portmapOf(outside)?.versionExitCode).toBe(0);
				const [pod, person] = [outside, bySsh].map(({nodes: seen}) => seen[index]?.observation as Observation);
				expect(common(pod as Observation)).toEqual(common(person as Observation));
				expect(pod?.runtime).toEqual(person?.runtime);
			}

			// Once in full for all pods that may do the same; no pod has what another one needs.
			const shown = [...outside.ended.stderr.matchAll(/^apiVersion: v1$[^]*?(?=^---$)/gmu)].map(([text]) => parse(text) as Shown);
			expect(
				shown.map(({spec}) => [spec.hostPID === true, spec.containers[0]?.securityContext.capabilities.add, spec.volumes.length]),
			).toEqual([
				[false, ['NET_ADMIN', 'NET_RAW'], 2],
				[true, ['SYS_ADMIN', 'SYS_CHROOT', 'SYS_PTRACE'], 0],
			]);
			expect(inside.ended.stderr).not.toContain('kind: Pod');
		} finally {
			await installPortmap();
		}
	});

	test('Windows nodes, virtual kubelets and nodes without a kubelet are skipped with the reason', async () => {
		const others = [
			{name: 'e2e-windows', labels: {'kubernetes.io/os': 'windows'}, taints: [], reason: /Windows/u},
			{
				name: 'e2e-virtual',
				labels: {type: 'virtual-kubelet'},
				taints: [{key: 'virtual-kubelet.io/provider', value: 'azure', effect: 'NoSchedule'}],
				reason: /virtual kubelet/u,
			},
			{name: 'e2e-gone', labels: {'kubernetes.io/os': 'linux'}, taints: [], reason: /not Ready/u},
		];
		const items = others.map(({name, labels, taints}) => ({apiVersion: 'v1', kind: 'Node', metadata: {name, labels}, spec: {taints}}));
		await kubectl(['apply', '--filename', '-'], JSON.stringify({apiVersion: 'v1', kind: 'List', items}));
		try {
			for (const words of [[], ['--via=pod'], ssh()]) {
				const {result} = await check(words);
				for (const {name, reason} of others) {
					const seen = result.nodes.find(node => node.name === name);
					expect(seen).toMatchObject({verdict: 'skipped', via: 'api'});
					expect(seen?.reason).toMatch(reason);
				}

				expect(result.nodes.filter(({verdict}) => verdict !== 'skipped').map(({name}) => name)).toEqual(['node-1', 'node-2']);
			}
		} finally {
			await kubectl(['delete', 'node', ...others.map(({name}) => name), '--ignore-not-found']);
			// Their agents were bound to nothing, and go with the next look of the DaemonSet's controller.
			await kubectl(['--namespace', 'kube-system', 'rollout', 'status', 'daemonset/cilium', '--timeout=60s']);
		}
	});

	describe('what stands against a pod is named at once', () => {
		const atOnce = 8;

		test.each(['refuse', 'deny'] as const)(
			'a namespace whose webhook says no (%s): one dry run, and its words are passed on',
			async guard => {
				const guarded = await makeGuardedNamespace(guard);
				try {
					const {nodes: seen, ended} = await look(['--via=pod', `--helper-namespace=${guarded.name}`]);
					for (const {attempts} of seen)
						expect(attempts).toMatchObject([{via: 'pod', ok: false, reason: expect.stringContaining(refusal) as string}]);
					for (const {attempts} of seen) expect(attempts[0]?.reason).toContain('--via ssh needs no pod');
					expect(guarded.seen).toEqual([{isDryRun: true}]);
					expect(ended.exitCode).toBe(3);
					expect(ended.seconds).toBeLessThan(atOnce);
				} finally {
					await guarded.remove();
				}
			},
		);

		test('a quota', async () => {
			const namespace = 'hostport-quota';
			await kubectl(['create', 'namespace', namespace]);
			try {
				await kubectl(['--namespace', namespace, 'create', 'quota', 'none', '--hard=pods=0']);
				await until('the quota to be counted', 30, async () =>
					(await kubectl(['--namespace', namespace, 'get', 'quota', 'none', '--output=jsonpath={.status.hard.pods}'])) === '0'
						? true
						: undefined,
				);
				const {nodes: seen, ended} = await look(['--via=pod', `--helper-namespace=${namespace}`]);
				for (const {attempts} of seen)
					expect(attempts).toMatchObject([
						{ok: false, reason: expect.stringMatching(/exceeded quota: none.*--via ssh needs no pod/u) as string},
					]);
				expect(ended.seconds).toBeLessThan(atOnce);
			} finally {
				await kubectl(['delete', 'namespace', namespace, '--wait=false']);
			}
		});

		test('a taint stands against no pod of ours, and a pod that somebody takes away is told', async () => {
			await kubectl(['taint', 'node', 'node-2', 'hostport-e2e=x:NoExecute']);
			try {
				const {nodes: seen} = await look(['node-2', '--via=pod']);
				expect(seen).toMatchObject([{attempts: [{via: 'pod', ok: true}]}]);
				// Frozen, so that the pod is surely still on its way.
				await freezeKubelet('node-2');
				const looking = look(['node-2', '--via=pod']);
				const [pod = ''] = await until('the pod', 20, async () =>
					(await leftovers()).staying.length > 0 ? (await leftovers()).staying : undefined,
				);
				const [namespace = '', name = ''] = pod.split('/');
				await kubectl(['--namespace', namespace, 'delete', 'pod', name, '--wait=false']);
				expect((await looking).nodes).toMatchObject([
					{attempts: [{ok: false, reason: expect.stringMatching(/removed by someone else/u) as string}]},
				]);
			} finally {
				await kubectl(['taint', 'node', 'node-2', 'hostport-e2e-']);
				await thawKubelet('node-2');
			}
		});

		test('an image that is nowhere', async () => {
			const {nodes: seen, ended} = await look(['--via=pod', '--image=registry.invalid/none:1', '--image-pull-policy=Never']);
			for (const {attempts} of seen)
				expect(attempts).toMatchObject([{ok: false, reason: expect.stringMatching(/ErrImageNeverPull/u) as string}]);
			expect(ended.seconds).toBeLessThan(atOnce);
		});

		test('a node that takes too long: how far its pod was', async () => {
			await freezeKubelet('node-2');
			try {
				const {nodes: seen} = await look(['node-2', '--via=pod', '--node-timeout=4s']);
				expect(seen).toMatchObject([
					{
						attempts: [
							{
								ok: false,
								reason: expect.stringMatching(/no answer within 4 s: the reader pod does not run on node-2 yet: Pending/u) as string,
							},
						],
					},
				]);
			} finally {
				await thawKubelet('node-2');
			}
		});
	});

	test('after kill -9 cleanup finds all that is left, shows it, and removes it', async () => {
		const run = startHostport(['check', '--via=pod'], {timeoutSeconds: 60});
		await until('the reader pods', 20, async () => ((await leftovers()).staying.length > 0 ? true : undefined));
		run.signal('SIGKILL');
		await run.ended;
		const unfinished = path.join(runFolder, 'node-2', 'cni-bin', '.portmap.kubectl-hostport-0123456789ab');
		await writeFile(unfinished, 'half a binary');
		const {staying} = await leftovers();
		expect(staying.length).toBeGreaterThan(0);

		const dry = await hostport(['cleanup', '--dry-run=client']);
		expect(dry.exitCode).toBe(1);
		for (const pod of staying) expect(dry.stdout).toContain(`pod ${pod}`);
		expect(dry.stdout).toContain('file node-2:/opt/cni/bin/.portmap.kubectl-hostport-0123456789ab');

		const done = await hostport(['cleanup', '--yes']);
		expect(done.stderr).toContain(`${staying.length + 1} of ${staying.length + 1} removed`);
		expect(done.exitCode).toBe(0);
		await expect(readFile(unfinished)).rejects.toThrow('ENOENT');

		await until('nothing to be left', 60, async () => ((await leftovers()).going.length === 0 ? true : undefined));
		const again = await hostport(['cleanup', '--dry-run=client']);
		expect(again.stdout).toContain('No leftovers');
		expect(again.exitCode).toBe(0);
	});
});
