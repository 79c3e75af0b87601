// Networks that fail: names that do not resolve, connections that go dead after they worked, credentials that expire in the middle, watches that
// are cut. Each command ends, and says what failed; a repair keeps its promises. FAULT_TABLE=1 prints what each command says of each fault.
import dns from 'node:dns';
import {appendFileSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {afterAll, afterEach, beforeAll, describe, expect, it, vi} from 'vitest';
import {faults, type FaultName} from '../support/fault-proxy.ts';
import {openFaultyDemo, type FaultyDemo} from '../support/faulty-demo.ts';
import {runHere, runUntil, type Ended} from '../support/program.ts';
import {openTerminal} from '../support/terminal.ts';
import {isWhole, rowsOf} from '../support/whole.ts';

let cluster: FaultyDemo;
beforeAll(async () => {
	cluster = await openFaultyDemo({scene: 'healthy'});
});
afterAll(async () => cluster.close());
afterEach(() => {
	vi.restoreAllMocks();
	cluster.proxy.set(undefined);
});

const commands: ReadonlyArray<readonly [string, ...string[]]> = [
	['check'],
	['fix', '--yes'],
	['diff'],
	['verify'],
	['rollback', '--yes'],
	['runs'],
	['cleanup', '--yes'],
];
/** Longer than a busy machine takes for an answer. */
const patient = ['--request-timeout', '10s'];
const run = async (words: readonly string[], environment = cluster.environment): Promise<Ended> =>
	runHere([...words, '--request-timeout', '1s'], environment);
const crash = /fault of kubectl hostport itself|TypeError|undefined|WebSocket|readyState/u;

/** The same machine with a server whose address is a name. */
function withName(): FaultyDemo['environment'] {
	const config = JSON.parse(readFileSync(cluster.environment.KUBECONFIG, 'utf8')) as {clusters: [{cluster: {server: string}}]};
	const {port} = new URL(config.clusters[0].cluster.server);
	config.clusters[0].cluster.server = `http://api.cluster.invalid:${port}`;
	const file = path.join(cluster.environment.XDG_STATE_HOME, 'named');
	writeFileSync(file, JSON.stringify(config));
	return {...cluster.environment, KUBECONFIG: file};
}

/** From the nth question on the resolver knows no name; before that each is this machine. */
function resolver(code: string, from = 0): () => number {
	let asked = 0;
	vi.spyOn(dns, 'lookup').mockImplementation(((_: string, options: {all?: boolean}, answer: (...words: unknown[]) => void) => {
		asked += 1;
		if (asked > from) return answer(Object.assign(new Error(`getaddrinfo ${code}`), {code}));
		return options.all === true ? answer(null, [{address: '127.0.0.1', family: 4}]) : answer(null, '127.0.0.1', 4);
	}) as unknown as typeof dns.lookup);
	return () => asked;
}

describe('a name that does not resolve', () => {
	it.each([
		['ENOTFOUND', 'cannot resolve the host name of api.cluster.invalid'],
		['EAI_AGAIN', 'the DNS lookup of api.cluster.invalid'],
	])('%s: each command ends with 3, says so and what to check, and prints nothing', async (code, says) => {
		const asked = resolver(code);
		for (const words of isWhole ? commands : commands.slice(0, 3)) {
			const ended = await run(words, withName());
			expect.soft(ended, words[0]).toMatchObject({code: 3, output: ''});
			expect.soft(ended.errors, words[0]).toContain(says);
			expect.soft(ended.errors, words[0]).toMatch(/^Check .*DNS/mu);
			expect.soft(ended.errors, words[0]).not.toMatch(crash);
		}

		expect(asked()).toBeGreaterThan(0);
	});

	it.each([1, 3])('after %d lookups: what was seen by then is told, and nothing is called well that was not', async from => {
		resolver('ENOTFOUND', from);
		const {code, output, errors} = await run(['check', '-o', 'wide'], withName());
		expect([0, 3], errors).toContain(code);
		if (code === 3) expect(output + errors).toMatch(/cannot resolve the host name/u);
		expect(errors).not.toMatch(crash);
	});
});

describe('connections that go dead in the middle', () => {
	it.each(isWhole ? commands : commands.slice(0, 1))('%s ends as it does without, or tells what was not answered', async (...words) => {
		const usual = await run(words);
		let seen = 0;
		// Dead from the sixth request on are those that are open by then.
		cluster.proxy.set('a dead connection', () => {
			if ((seen += 1) === 6) cluster.proxy.forget();
			return true;
		});
		const {code, errors} = await run(words);
		expect([usual.code, 3], errors).toContain(code);
		if (code !== usual.code) expect(errors).toMatch(/did not answer within 1 s/u);
		expect(errors).not.toMatch(crash);
	});

	it.runIf(isWhole)('a repair goes on, and is rolled back', async () => {
		const own = await openFaultyDemo({scene: 'nks'});
		try {
			own.proxy.set('a dead connection', ({method, url = ''}) => {
				// Whenever something was changed.
				const isChange = method !== 'GET' && /\/(?:cilium-config|daemonsets\/cilium|eviction)/u.test(url);
				if (isChange) own.proxy.forget();
				return !isChange;
			});
			const repair = await runHere(['fix', '--yes', '--portmap', own.demo.portmap ?? '', ...patient], own.environment);
			expect(repair.code, repair.errors).toBe(0);
			const back = await runHere(['rollback', '--yes', ...patient], own.environment);
			expect(back.code, back.errors).toBe(0);
		} finally {
			await own.close();
		}
	});
});

/** Watches until fewer hostPorts are told of than at first. @param onLook after each look */
async function watchUntilFewer({environment}: FaultyDemo, onLook?: () => void): Promise<void> {
	const {code, output} = await runUntil(['check', '--watch', '-o', 'json'], environment, (printed, stop) => {
		onLook?.();
		const seen = printed
			.trim()
			.split('\n')
			.map(text => JSON.parse(text) as {hostPorts: unknown[]});
		if ((seen.at(-1)?.hostPorts.length ?? 0) < (seen[0]?.hostPorts.length ?? 0)) stop();
	});
	expect(code).toBe(130);
	expect(output.trim().split('\n').length).toBeGreaterThan(1);
}

describe('a watch that is cut', () => {
	it.each(rowsOf<FaultName>(['reset', 'unavailable', 'a watch that ends at once'], 1))(
		'by %s is begun again, and what changed meanwhile is told',
		async fault => {
			const own = await openFaultyDemo({scene: 'nks'});
			try {
				let isChanged = false;
				own.proxy.set(fault, ({url = ''}) => {
					const isWatch = url.includes('watch=true');
					if (isWatch && url.startsWith('/api/v1/pods') && !isChanged) {
						isChanged = true;
						void own.demo.send('DELETE', '/apis/apps/v1/namespaces/default/deployments/web').then(() => own.proxy.set(undefined));
					}

					return isWatch;
				});
				await watchUntilFewer(own);
			} finally {
				await own.close();
			}
		},
	);
});

describe('a change between the first look and the first watch', () => {
	it.each<[string, FaultName | undefined]>([
		['is told', undefined],
		['is told where the server has forgotten that time', 'gone'],
	])('%s', async (_, ofFirstWatch) => {
		const own = await openFaultyDemo({scene: 'nks'});
		try {
			// No watch is asked for before the change is made: what each begins with is refused until then.
			own.proxy.set('unavailable', ({url = ''}) => /[?&]limit=1(?:&|$)/u.test(url));
			let isChanged = false;
			await watchUntilFewer(own, () => {
				if (isChanged) return;
				isChanged = true;
				void own.demo.send('DELETE', '/apis/apps/v1/namespaces/default/deployments/web').then(() => {
					let isFirst = true;
					own.proxy.set(ofFirstWatch, ({url = ''}) => {
						const isHit = isFirst && url.includes('watch=true') && url.startsWith('/api/v1/pods');
						if (isHit) isFirst = false;
						return isHit;
					});
				});
			});
			expect(isChanged).toBe(true);
		} finally {
			await own.close();
		}
	});
});

// The lock cannot be given back without credentials: the next command waits until it has run out.
describe.runIf(isWhole).concurrent('a token that expires in the middle of a repair', () => {
	it.each<[string, string, RegExp]>([
		['the patch of cilium-config', 'PATCH', /\/configmaps\/cilium-config/u],
		['the journal', 'PATCH', /\/configmaps\/hostport-run/u],
		['the first eviction', 'POST', /\/eviction/u],
		['the restart of agents', 'PATCH', /\/daemonsets\/cilium/u],
	])('from %s on: it stops, names the credentials, and rolls back to the byte with new ones', async (_, method, pattern) => {
		const own = await openFaultyDemo({scene: 'nks'});
		try {
			const settings = async (): Promise<unknown> => {
				const {items} = (await own.demo.get('/api/v1/namespaces/kube-system/configmaps')).body;
				return items.find(({metadata}) => metadata.name === 'cilium-config')?.data;
			};
			const original = await settings();
			let isExpired = false;
			own.proxy.set('unauthorized', ({method: asked, url = ''}) => (isExpired ||= asked === method && pattern.test(url)));
			const repair = await runHere(['fix', '--yes', '--portmap', own.demo.portmap ?? ''], own.environment);
			expect(repair.code, repair.errors).not.toBe(0);
			expect(repair.errors).toMatch(/credentials|not accept|401|log in|unauthorized/iu);
			expect(repair.errors).not.toMatch(crash);
			expect(isExpired).toBe(true);
			own.proxy.set(undefined);
			const back = await runHere(['rollback', '--yes'], own.environment);
			expect(back.code, back.errors).toBe(0);
			expect(await settings()).toEqual(original);
		} finally {
			await own.close();
		}
	});
});

describe('a connection that closes behind each answer', () => {
	it.each(commands.filter(([name]) => isWhole || name === 'check' || name === 'verify'))(
		'is opened again for the next: %s ends as it does without',
		async (...words) => {
			const usual = await runHere([...words, ...patient], cluster.environment);
			cluster.proxy.set('a connection that closes behind each answer');
			const {code, errors} = await runHere([...words, ...patient], cluster.environment);
			expect(code, errors).toBe(usual.code);
			expect(errors).not.toMatch(crash);
		},
	);
});

it('a list whose pages expire once in the middle is read from its beginning', async () => {
	let isExpired = false;
	cluster.proxy.set('gone', ({url = ''}) => {
		const isHit = !isExpired && url.startsWith('/api/v1/pods?');
		isExpired ||= isHit;
		return isHit;
	});
	expect(await runHere(['check', ...patient], cluster.environment)).toMatchObject({code: 0, errors: ''});
	expect(isExpired).toBe(true);
});

/** Seconds after which who watches, or looks at a screen, goes away. */
const seconds = 6;

/** What a person sees of the terminal UI, who then leaves: the first line of its screen that tells of a failure. */
async function seenInTerminal(environment: FaultyDemo['environment']): Promise<Ended> {
	const terminal = openTerminal(['--request-timeout', '1s', '--node-timeout', '1s'], {environment});
	const ended = terminal.ended();
	await Promise.race([ended, sleep(seconds * 1000)]);
	const lines = terminal.screen().split('\n');
	terminal.signal('SIGTERM');
	const {exitCode, screen} = await ended;
	const says = (text: string): boolean =>
		/cannot|could not|not answer|closed|refused|requests|missing|unknown|credential|not reached|lost/u.test(text);
	return {code: exitCode, output: screen, errors: (lines.find(says) ?? screen.split('\n').find(says) ?? lines.find(Boolean) ?? '').trim()};
}

it.runIf(process.env['FAULT_TABLE'])('what each command says', {timeout: 3_600_000}, async () => {
	const cell = (text: string): string =>
		text
			.replaceAll('|', '\\|')
			.replaceAll(/127\.0\.0\.1:\d+/gu, 'SERVER')
			.slice(0, 160);
	const repaired = await openFaultyDemo({scene: 'nks'});
	const repair = async (): Promise<unknown> => runHere(['fix', '--yes', '--portmap', repaired.demo.portmap ?? ''], repaired.environment);
	await repair();
	for (const name of [...Object.keys(faults), 'DNS: ENOTFOUND', 'DNS: EAI_AGAIN'] as FaultName[]) {
		if (/million|bomb|large|deep|for ever/u.test(name) || process.env['FAULTS']?.split(',').includes(name) === false) continue;
		const isDns = name.startsWith('DNS');
		const cells: string[] = [];
		const told = async (
			words: string,
			own: FaultyDemo,
			act: (environment: FaultyDemo['environment']) => Promise<Ended>,
		): Promise<Ended> => {
			if (isDns) resolver(name.slice(5));
			else own.proxy.set(name);
			const started = performance.now();
			const ended = await act(isDns ? withName() : own.environment);
			const took = ((performance.now() - started) / 1000).toFixed(1);
			vi.restoreAllMocks();
			own.proxy.set(undefined);
			const said = ended.errors.split('\n').find(line => line !== '' && !line.startsWith('watching ')) ?? '';
			cells.push(`${words}: ${ended.code} in ${took} s, “${cell(said)}”`);
			return ended;
		};

		for (const words of commands) {
			const [command] = words;
			const more = ['check', 'fix', 'diff', 'verify', 'cleanup'].includes(command) ? ['--node-timeout', '1s'] : [];
			const own = command === 'rollback' ? repaired : cluster;
			const {code} = await told(command, own, async environment => runHere([...words, ...more, '--request-timeout', '1s'], environment));
			if (command === 'rollback' && code === 0) await repair();
		}

		await told('check --watch', cluster, async environment =>
			runUntil(
				['check', '--watch', '--node-timeout', '1s', '--request-timeout', '1s', '--timeout', `${seconds}s`],
				environment,
				() => undefined,
			),
		);
		// Another process: it asks a resolver of its own.
		if (!isDns || name.endsWith('ENOTFOUND')) await told('terminal UI', cluster, seenInTerminal);
		appendFileSync(process.env['FAULT_TABLE'] ?? '', `| ${name} | ${cells.join(' | ')} |\n`);
	}

	await repaired.close();
});
