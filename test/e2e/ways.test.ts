import {readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import * as z from 'zod/mini';
import type {NodeEvidence, Observation} from '../../source/evidence/evidence.ts';
import {resetCluster} from './support/cilium.ts';
import {rollOut, until} from './support/kubectl.ts';
import {leftovers} from './support/leftovers.ts';
import {installPortmap, nodes} from './support/nodes.ts';
import {hostport, startHostport} from './support/product.ts';
import type {Ended} from './support/processes.ts';
import {makeRestrictedNamespace, refusal} from './support/restricted-namespace.ts';
import {inTerminal, makeSshFiles, makeSudoUser, passphrase, startAgent, type SshFiles} from './support/ssh-files.ts';
import {nothingStaysBehind} from './support/suite.ts';
import {isOwnCluster, root, runFolder} from './support/tested-cluster.ts';

nothingStaysBehind();

const evidenceFile = z.object({nodes: z.array(z.looseObject({name: z.string()}))});
let files: SshFiles;

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

/** What every way is to see alike. Clocks, what only the agent tells, and what depends on being a container are left out. */
function common({kernel, machine, configurationFolder, binaryFolder, nat, listeners}: Observation): object {
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
		listeners: (listeners ?? []).filter(({protocol, port}) => protocol === 'TCP' && port < 30_000),
	};
}

describe.runIf(isOwnCluster)('ways into a node', () => {
	beforeAll(async () => {
		files = await makeSshFiles();
	});
	afterAll(async () => files.remove());

	describe.each([
		{version: '1.10.16', auto: ['agent']},
		{version: '1.17.4', auto: ['agent', 'pod']},
	])('Cilium $version', ({version, auto}) => {
		beforeAll(async () => {
			await resetCluster(version);
			await installPortmap();
			await rollOut(`${root}/test/e2e/workloads/web.yaml`, 'deployment/web');
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

		test('as a user who is root by sudo only', async () => {
			const user = await makeSudoUser();
			try {
				expectSeen(await look(ssh({'ssh-user': user.name})));
			} finally {
				await user.remove();
			}
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
			expect(screen).toMatch(/is not known/u);
			expect(exitCode).toBe(3);
			expect(await readFile(files.emptyKnownHosts, 'utf8')).toBe('');
		});

		test.each([
			['changed', /has changed.*nothing was sent/u],
			['unknown', /is not known.*nothing was sent/u],
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

	test('a namespace that refuses the pod is found by one dry run, and its words are passed on', async () => {
		const restricted = await makeRestrictedNamespace();
		try {
			const {nodes: seen, ended} = await look(['--via=pod', `--helper-namespace=${restricted.name}`]);
			for (const {attempts} of seen)
				expect(attempts).toMatchObject([{via: 'pod', ok: false, reason: expect.stringContaining(refusal) as string}]);
			expect(restricted.seen).toEqual([{isDryRun: true}]);
			expect(ended.exitCode).toBe(3);
		} finally {
			await restricted.remove();
		}
	});

	test('an image that is nowhere is named at once', async () => {
		const {nodes: seen, ended} = await look(['--via=pod', '--image=registry.invalid/none:1', '--image-pull-policy=Never']);
		for (const {attempts} of seen)
			expect(attempts).toMatchObject([{ok: false, reason: expect.stringMatching(/ErrImageNeverPull/u) as string}]);
		expect(ended.seconds).toBeLessThan(25);
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
		expect(again.stdout).toContain('Nothing was left behind');
		expect(again.exitCode).toBe(0);
	});
});
