// The program before an API server that fails in every way of the table: it ends, says what failed, and never that all is well.
import {readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {faults, type FaultName, type FaultProxy} from '../support/fault-proxy.ts';
import {openFaultyDemo, type FaultyDemo} from '../support/faulty-demo.ts';
import {raw} from '../support/hostile-text.ts';
import {runBuilt, runHere, type Ended} from '../support/program.ts';
import {isWhole} from '../support/whole.ts';

let cluster: FaultyDemo;
let proxy: FaultProxy;
beforeAll(async () => {
	cluster = await openFaultyDemo({scene: 'healthy'});
	({proxy} = cluster);
});
afterAll(async () => cluster.close());

/** Without bounds these would fill the memory: they meet the built program, in a heap so small that it would end. One stands for them. */
const large: ReadonlySet<FaultName | undefined> = new Set<FaultName>([
	'full pages for ever',
	'deep JSON',
	'a gzip bomb',
	'ten million empty objects',
	'large objects',
	'pages of a million objects for ever',
]);
const run = async (words: readonly string[], name?: FaultName): Promise<Ended> => {
	// Nothing of these two would come later either.
	const all = [...words, '--request-timeout', name === 'stall' || name === 'a slow drip' ? '500ms' : '2s'];
	return large.has(name) ? runBuilt(all, cluster.environment, 600) : runHere(all, cluster.environment);
};

/** What does not fail every answer stands in `network-faults`. */
const elsewhere: ReadonlySet<string> = new Set([
	'a dead connection',
	'a watch that ends at once',
	'a connection that closes behind each answer',
]);
const names = (Object.keys(faults) as FaultName[]).filter(name => !elsewhere.has(name));
/** Everything but execs goes well then. */
const ofExec = names.filter(name => name.startsWith('an exec '));
/** What a Kubernetes API says no with: each list is a gap then, and the rest is shown. */
const refusals: ReadonlySet<string> = new Set([
	'forbidden',
	'not found',
	'gone',
	'a conflict',
	'too many requests',
	'too many requests, come back in an hour',
	'internal error',
	'unavailable',
	'unavailable, come back in a second',
]);
/** What a server of another kind answers to everything. */
const foreign: readonly FaultName[] = [
	'a log-in page',
	'an empty object',
	'an empty list',
	'another list',
	'a refusal with 200',
	'a list of nothing known',
	'items that are no list',
	'a JSON array',
	'null',
	'a number',
	'a string',
	'a key named __proto__',
];

describe('a healthy cluster behind a proxy', () => {
	it('is found well without a fault', async () => {
		proxy.set(undefined);
		for (const each of [runHere, runBuilt]) expect(await each(['check'], cluster.environment)).toMatchObject({code: 0, errors: ''});
	});
});

describe('with a fault in every answer', () => {
	it.each(
		names
			.filter(name => !ofExec.includes(name) && (isWhole || name === 'a gzip bomb' || !large.has(name)))
			.map((name, index) => [name, index] as const),
	)('%s, each command ends with a clear error', async (name, index) => {
		proxy.set(name);
		const all = ['check', 'diff', 'runs', 'fix'];
		// A fault is met in one place whatever the command: each command meets each fourth of them.
		const commands = isWhole ? all : large.has(name) ? ['check'] : all.slice(index % 4, (index % 4) + 1);
		const ends = await Promise.all(commands.map(async command => run(command === 'fix' ? [command, '--yes'] : [command], name)));
		for (const [place, {code, output, errors}] of ends.entries()) {
			const command = commands[place];
			// What fix makes of gaps is told where its plan is tested.
			if (command === 'fix') expect.soft(code, command).not.toBe(0);
			else expect.soft(code, command).toBe(3);
			if (!refusals.has(name)) expect.soft(output, command).toBe('');
			if (command !== 'fix') expect.soft(errors, command).not.toBe('');
			expect.soft(errors, command).not.toMatch(/fault of kubectl hostport itself|heap out of memory|TypeError/u);
			expect.soft(errors.replaceAll('\n', ''), command).not.toMatch(raw);
		}
	});
});

describe('check', () => {
	it.each(foreign)('takes no server that answers %s for a cluster', async name => {
		proxy.set(name);
		const {code, errors} = await run(['check']);
		expect(code).toBe(3);
		expect(errors).toContain('does not answer like a Kubernetes API');
	});

	it.each(names.filter((name, index) => !ofExec.includes(name) && (isWhole || (index % 3 === 0 && !large.has(name)))))(
		'does not praise what it could not see, with %s to lists of pods and nodes',
		async name => {
			proxy.set(name, ({url = '', method}) => method === 'GET' && /\/(?:pods|nodes)\?/u.test(url));
			const {code, output} = await run(['check'], name);
			expect(code, output).not.toBe(0);
		},
	);

	it('does not take the list of something else for one without pods', async () => {
		proxy.set('another list', ({url = ''}) => url.startsWith('/api/v1/pods?'));
		const {code, output, errors} = await run(['check']);
		expect(code, output).toBe(3);
		expect(output + errors).toContain('JSON that is no list of pods');
		const verified = await run(['verify']);
		expect(verified.code).toBe(3);
		expect(verified.errors).toContain('not everything could be read');
		expect(verified.errors).not.toContain('no selected pod has a hostPort');
	});

	it.each<[FaultName, RegExp]>([
		['an exec that is cut off', /closed the connection/u],
		['an exec that is never answered', /no answer within 2 s/u],
		['an exec that falls silent', /no answer within 2 s/u],
		['an exec that is refused', /too many requests/u],
		['an exec that is answered and closed unread', /made to fail: no such container/u],
		['an exec that is reset in its output', /connection lost/u],
		[
			'an exec that ends well in the middle of its output',
			/the answer of \S+ \S+ was cut off after \d+ B \(\d+\.\d s\), before its nat rules/u,
		],
		['an exec that ends well and says nothing', /no answer within 2 s/u],
	])('names each node that could not be asked for %s, and why', async (name, why) => {
		proxy.set(name);
		const {code, output, errors} = await run(['check', '-o', 'json', '--node-timeout', '2s']);
		expect(code, errors).toBe(3);
		expect(output).toMatch(/"verdict": ?"unknown"/u);
		expect(output).toMatch(why);
		expect(output).not.toMatch(/WebSocket|readyState/u);
	});

	// Two of them fall silent, which each command waits for.
	it.each(isWhole ? ofExec : ofExec.filter(name => /refused|unread/u.test(name)))(
		'a repair ends and changes nothing behind %s',
		async name => {
			const configuration = async (): Promise<unknown> => (await cluster.demo.get('/api/v1/namespaces/kube-system/configmaps')).body.items;
			proxy.set(undefined);
			const before = await configuration();
			proxy.set(name);
			const {code} = await run(['fix', '--yes', '--node-timeout', '2s']);
			expect(code).not.toBe(0);
			expect(await configuration()).toEqual(before);
		},
	);

	it('keeps working with a token that is renewed while it looks', async () => {
		const [kubeconfig, token] = [
			path.join(cluster.environment.XDG_STATE_HOME, 'expiring'),
			path.join(cluster.environment.XDG_STATE_HOME, 'token'),
		];
		const config = JSON.parse(readFileSync(cluster.environment.KUBECONFIG, 'utf8')) as {users: Array<{user: Record<string, string>}>};
		const own = config.users[0]?.user['token'] ?? 'x';
		config.users = config.users.map(user => ({...user, user: {tokenFile: token}}));
		writeFileSync(kubeconfig, JSON.stringify(config));
		writeFileSync(token, 'expired');
		let refused = 0;
		proxy.set('unauthorized', ({headers}) => {
			const isOld = headers.authorization === 'Bearer expired';
			if (isOld && (refused += 1) === 1) writeFileSync(token, own);
			return isOld;
		});
		const {code, errors} = await run(['check', '--kubeconfig', kubeconfig]);
		expect(code, errors).toBe(0);
		expect(refused).toBeGreaterThan(0);
	});

	it('has a limit of its own', async () => {
		proxy.set('stall');
		const {code, errors} = await run(['check', '--timeout', '1s']);
		expect(code).toBe(3);
		expect(errors).toContain('not done within 1 s');
	});
});
