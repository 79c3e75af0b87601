// A repair that is killed between deleting a pod that nobody owns and creating it again: the next command brings it back, or asks.
import {spawn} from 'node:child_process';
import path from 'node:path';
import {describe, expect, it, vi} from 'vitest';
import {openFaultyDemo, type FaultyDemo} from '../support/faulty-demo.ts';
import {built, startOf} from '../support/built.ts';
import {runHere} from '../support/program.ts';
import {openTerminal} from '../support/terminal.ts';
import {isWhole} from '../support/whole.ts';

const pods = '/api/v1/namespaces/default/pods';
const secrets = '/api/v1/namespaces/kube-system/secrets';
/** Long, because a busy machine is no fault. */
const patience = {timeout: 600_000, interval: 50};

/** A cluster on which a repair was killed while the API server did not answer to the creation of the pod `bare`. */
async function lostPod() {
	const cluster = await openFaultyDemo({scene: 'nks'});
	const {demo, proxy, environment} = cluster;
	const repair = ['fix', '--allow-bare-pods', '--portmap', demo.portmap ?? ''];
	const kept = async (): Promise<readonly string[]> => (await demo.get(secrets)).body.items.map(({metadata}) => metadata.name);
	const isBack = async (): Promise<boolean> => (await demo.get(`${pods}/bare`)).status === 200;
	await lose(cluster, repair);
	proxy.set(undefined);
	expect(await kept()).toHaveLength(1);
	// Another would wait until the holder of the lock has given no sign of life for a while.
	await demo.send('DELETE', '/api/v1/namespaces/kube-system/configmaps/hostport-lock');
	return {
		repair,
		own: environment,
		/** What a machine remembers is in a folder of its own. */
		other: {...environment, XDG_STATE_HOME: path.join(environment.XDG_STATE_HOME, 'other')},
		isBack,
		expectBack: async (): Promise<void> => {
			expect(await isBack()).toBe(true);
			expect(await kept()).toEqual([]);
		},
		expectLost: async (after: string): Promise<void> => {
			expect(await isBack(), after).toBe(false);
			expect(await kept(), after).toHaveLength(1);
		},
		close: async () => cluster.close(),
	};
}

async function lose({demo, proxy, environment}: FaultyDemo, repair: readonly string[]): Promise<void> {
	const spec = {
		nodeName: 'nks-pool-a-0001',
		containers: [{name: 'web', image: 'nginx', env: [{name: 'GREETING', value: 'hello'}], ports: [{containerPort: 80, hostPort: 9393}]}],
	};
	const made = await demo.send('POST', pods, {apiVersion: 'v1', kind: 'Pod', metadata: {name: 'bare', namespace: 'default'}, spec});
	expect(made.status).toBe(201);
	await vi.waitUntil(async () => (await demo.get(`${pods}/bare`)).body.status.podIP !== undefined, patience);
	proxy.set('stall', ({method, url}) => method === 'POST' && url?.startsWith(pods) === true && !url.includes('/eviction'));
	const [file, first] = startOf(built);
	const child = spawn(file, [...first, ...repair, '--yes'], {env: {...process.env, ...environment}, stdio: 'ignore'});
	const ended = new Promise(resolve => child.on('close', resolve));
	await vi.waitUntil(async () => (await demo.get(`${pods}/bare`)).status === 404, patience);
	child.kill('SIGKILL');
	await ended;
}

/** What a command says, to whichever stream, and how it ends. */
async function run(words: readonly string[], on: Readonly<Record<string, string>>): Promise<{code: number | null; said: string}> {
	const {code, output, errors} = await runHere(words, on);
	return {code, said: output + errors};
}

function expectWhole(shown: string): void {
	for (const part of ['kind: Pod', 'name: GREETING', 'value: hello', 'hostPort: 9393', 'image: nginx']) expect(shown).toContain(part);
}

/** Test of a cluster of its own: most of the time is waiting, and they wait together. */
const on = (act: (lost: Awaited<ReturnType<typeof lostPod>>) => Promise<void>) => async (): Promise<void> => {
	const lost = await lostPod();
	try {
		await act(lost);
	} finally {
		await lost.close();
	}
};

// A repair needs a program that runs both here and on the nodes of the demo.
describe.runIf(process.platform === 'linux' && process.arch === 'x64')(
	'a pod that is nowhere but in its Secret',
	{concurrent: true},
	() => {
		it.runIf(isWhole)(
			'is created again by fix, which says so',
			on(async ({repair, own, expectBack}) => {
				const {code, said} = await run([...repair, '--yes'], own);
				expect(said).toMatch(/done +restart the pod default\/bare .*bare exists again/u);
				expect(code, said).toBe(0);
				await expectBack();
			}),
		);

		it(
			'is created again by rollback, which says so',
			on(async ({own, expectBack}) => {
				const {code, said} = await run(['rollback', '--yes'], own);
				expect(said).toMatch(/undone +restart the pod default\/bare .*bare was gone; it was created again from its kept manifest/u);
				expect(code, said).toBe(0);
				await expectBack();
			}),
		);

		it.runIf(isWhole)(
			'is created again by cleanup, which shows it first',
			on(async ({own, expectBack, expectLost}) => {
				const {said: shown} = await run(['cleanup', '--dry-run=client'], own);
				expect(shown).toMatch(
					/secret kube-system\/hostport-pod-\S+ .*the manifest of the pod default\/bare, which was deleted for a restart and is gone/u,
				);
				await expectLost('cleanup --dry-run');
				const {said} = await run(['cleanup', '--yes'], own);
				expect(said).toContain('The pod default/bare was gone; it was created again from its kept manifest.');
				await expectBack();
			}),
		);

		it.runIf(isWhole)(
			'is left by another machine with --yes, exit 5, whatever the command',
			on(async ({repair, other, expectLost}) => {
				// The last but one forgets the run, and not the only manifest of a pod.
				for (const words of [
					['rollback', '--yes'],
					[...repair, '--yes'],
					['cleanup', '--yes', '--all'],
					['fix', '--yes'],
				]) {
					const {code, said} = await run(words, other);
					expect(said, words[0]).toContain('the pod default/bare was deleted for a restart and is gone');
					expect(code, said).toBe(5);
					await expectLost(words.join(' '));
				}
			}),
		);

		it.runIf(isWhole)(
			'comes back by fix on its own machine, though another has brought the run to its end without it',
			on(async ({repair, own, other, isBack, expectBack}) => {
				expect((await run([...repair, '--yes'], other)).code).toBe(5);
				const {said: shown} = await run(['fix', '--dry-run=client'], own);
				expect(shown).toContain('the pod default/bare was deleted for a restart and is gone');
				expect(await isBack()).toBe(false);
				const {code, said} = await run(['fix', '--yes'], own);
				expect(said).toContain('The pod default/bare was gone; it was created again from its kept manifest.');
				expect(code, said).toBe(0);
				await expectBack();
			}),
		);

		it.runIf(isWhole)(
			'is shown whole in another machine’s terminal, left where the answer is no, and created again after a yes',
			on(async ({other, expectBack, expectLost}) => {
				const question = 'Create the pod default/bare from this manifest? [y/N]';
				const cleanup = openTerminal(['cleanup'], {columns: 160, rows: 120, environment: other});
				await cleanup.waitFor(question);
				cleanup.type('n\r');
				expect((await cleanup.ended()).exitCode).toBe(1);
				await expectLost('no');
				const terminal = openTerminal(['rollback'], {columns: 160, rows: 120, environment: other});
				expectWhole(await terminal.waitFor(question));
				terminal.type('y\r');
				await terminal.waitFor('Type the name of the cluster');
				terminal.type('demo-nks\r');
				const {exitCode, screen} = await terminal.ended();
				expect(exitCode, screen).toBe(0);
				await expectBack();
			}),
		);

		it.runIf(isWhole)(
			'is shown whole in another machine’s terminal UI, and created again after a yes',
			on(async ({other, expectBack}) => {
				const terminal = openTerminal([], {columns: 140, rows: 120, environment: other});
				await terminal.waitFor(/as of \d/u);
				terminal.type('u');
				await terminal.waitFor(/portmap +running/u);
				terminal.type('b');
				expectWhole(await terminal.waitFor('Questions before it starts'));
				terminal.type('\r');
				await terminal.waitFor('Type the name of the cluster');
				terminal.type('demo-nks\r');
				await terminal.waitFor('Create the pod default/bare from this manifest?');
				terminal.type('yes\r');
				await terminal.waitFor(/✓ Run \S+ was rolled back/u);
				await expectBack();
				terminal.type('q');
				await terminal.ended();
			}),
		);
	},
);
