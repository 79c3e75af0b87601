import {execFile} from 'node:child_process';
import dgram from 'node:dgram';
import {existsSync, mkdtempSync, rmSync, symlinkSync} from 'node:fs';
import net from 'node:net';
import {once} from 'node:events';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import type {NodeAccess} from '../../source/access/access.ts';
import {errorWord} from '../../source/connect/connection.ts';
import {parseAnswers} from '../../source/proof/parse-answers.ts';
import type {Question} from '../../source/proof/probes.ts';
import {prove} from '../../source/proof/prove.ts';

/** Runs a script in a shell of this very machine. */
const runIn =
	(shell: string, words: readonly string[], env: NodeJS.ProcessEnv): NodeAccess['run'] =>
	(script, {parameters = []}) =>
		new Promise(resolve => {
			execFile(shell, [...words, '-c', script, 'sh', ...parameters], {env}, (error, stdout, stderr) => {
				resolve({stdout, stderr, exitCode: typeof error?.code === 'number' ? error.code : 0, truncated: false});
			});
		});

/** A way in that runs the script on this very machine. */
const here = (node: string): Promise<NodeAccess> =>
	Promise.resolve({
		node,
		label: node,
		configurationFolder: undefined,
		binaryFolder: undefined,
		hasAgentCommand: false,
		run: runIn('bash', [], process.env),
		close: () => Promise.resolve(),
	});

const options = {
	signal: AbortSignal.timeout(90_000),
	generatedAt: '2026-01-01T00:00:00Z',
	connectSeconds: 2,
	concurrency: 4,
	open: async ({via}: {readonly via: string}) => here(via),
};

const question = (id: number, protocol: 'TCP' | 'UDP', port: number, from: Question['from'] = 'same-node'): Question => ({
	probe: {id, protocol, address: '127.0.0.1', port},
	hostPort: `default/web:${port}/${protocol}`,
	node: 'node-1',
	from,
	via: from === 'client' ? '' : 'node-1',
	by: 'rule CNI-DN-1',
	expected: 'answer',
	because: '',
});

describe('a live proof', () => {
	const tcp = net.createServer(socket => socket.destroy());
	const udp = dgram.createSocket('udp4');
	const mute = dgram.createSocket('udp4');
	let closedPort = 0;
	beforeAll(async () => {
		udp.on('message', (message, peer) => udp.send(message, peer.port, peer.address));
		tcp.listen(0, '127.0.0.1');
		udp.bind(0, '127.0.0.1');
		mute.bind(0, '127.0.0.1');
		await Promise.all([once(tcp, 'listening'), once(udp, 'listening'), once(mute, 'listening')]);
		const closed = net.createServer().listen(0, '127.0.0.1');
		await once(closed, 'listening');
		closedPort = (closed.address() as net.AddressInfo).port;
		closed.close();
		await once(closed, 'close');
	});
	afterAll(() => {
		tcp.close();
		udp.close();
		mute.close();
	});

	it.each(['same-node', 'client'] as const)('tells an answering port from a refused and a silent one, from %s', async from => {
		const tcpPort = (tcp.address() as net.AddressInfo).port;
		const proof = await prove(
			[
				question(0, 'TCP', tcpPort, from),
				question(1, 'TCP', closedPort, from),
				question(2, 'UDP', udp.address().port, from),
				question(3, 'UDP', mute.address().port, from),
				question(4, 'UDP', closedPort, from),
			],
			options,
		);
		expect(proof.results.map(({ok, error}) => (ok ? 'ok' : error))).toEqual(['ok', 'refused', 'ok', 'no answer', 'refused']);
		expect(proof.results.filter(({ok}) => ok).every(({milliseconds}) => milliseconds > 0)).toBe(true);
	});

	it('keeps the pod’s own address apart from its hostPort', async () => {
		const port = (tcp.address() as net.AddressInfo).port;
		const proof = await prove([question(0, 'TCP', port, 'own-address'), question(1, 'TCP', closedPort)], options);
		expect(proof.pods).toMatchObject([{ok: true, node: 'node-1'}]);
		expect(proof.results).toMatchObject([{ok: false, error: 'refused'}]);
	});

	it('names a place that cannot be asked, and still asks the others', async () => {
		const port = (tcp.address() as net.AddressInfo).port;
		const proof = await prove([question(0, 'TCP', port), {...question(1, 'TCP', port), via: 'node-2'}], {
			...options,
			open: ({via}) => (via === 'node-2' ? Promise.reject(new Error('the pod is gone')) : here(via)),
		});
		expect(proof.unasked).toEqual(['node-2: the pod is gone']);
		expect(proof.results).toMatchObject([{via: 'node-1', ok: true}]);
	});

	it('is through with closing every place it opened when an interruption is told', async () => {
		const stop = new AbortController();
		let opened = 0;
		let closed = 0;
		const open = async ({via: node}: Question): Promise<NodeAccess> => {
			opened += 1;
			const run = async (): Promise<never> => {
				stop.abort(new Error('interrupted'));
				throw new Error('the connection is gone');
			};
			const close = async (): Promise<void> => {
				await new Promise(resolve => setTimeout(resolve, 20));
				closed += 1;
			};
			return {...(await here(node)), run, close};
		};
		const asked = ['node-1', 'node-2', 'node-3'].map((via, id) => ({...question(id, 'TCP', 1), via}));
		await expect(prove(asked, {...options, concurrency: 3, signal: stop.signal, open})).rejects.toThrow('interrupted');
		expect(opened).toBeGreaterThan(0);
		expect(closed).toBe(opened);
	});

	it.skipIf(!existsSync('/bin/busybox'))('is had from a place that has busybox alone, but for UDP, and says so', async () => {
		const folder = mkdtempSync(path.join(os.tmpdir(), 'hostport-busybox-'));
		for (const applet of ['sh', 'timeout', 'grep', 'tr', 'nc', 'true']) symlinkSync('/bin/busybox', path.join(folder, applet));
		const open = async ({via: node}: Question): Promise<NodeAccess> => ({
			...(await here(node)),
			run: runIn('/bin/busybox', ['sh'], {PATH: folder}),
		});
		try {
			const port = (tcp.address() as net.AddressInfo).port;
			const asked = [question(0, 'TCP', port), question(1, 'TCP', closedPort), question(2, 'UDP', port)];
			const proof = await prove(asked, {...options, open});
			expect(proof.results.map(({ok, error}) => (ok ? 'ok' : error))).toEqual(['ok', 'refused']);
			expect(proof.unasked).toEqual(['node-1: 1 of 3 connections were not tried (no bash is here, and without it UDP cannot be tried)']);
		} finally {
			rmSync(folder, {recursive: true});
		}
	});

	it('names a place with nothing to connect with', async () => {
		const open = async ({via: node}: Question): Promise<NodeAccess> => ({
			...(await here(node)),
			run: runIn('/bin/sh', [], {PATH: '/nowhere'}),
		});
		const proof = await prove([question(0, 'TCP', 1)], {...options, open});
		expect(proof.unasked).toEqual(['node-1: 1 of 1 connections were not tried (neither bash nor netcat is here)']);
	});

	it('takes a place without a time limit for one that cannot be asked, not for silence', async () => {
		const folder = mkdtempSync(path.join(os.tmpdir(), 'hostport-bash-'));
		symlinkSync('/bin/bash', path.join(folder, 'bash'));
		const open = async ({via: node}: Question): Promise<NodeAccess> => ({...(await here(node)), run: runIn('/bin/sh', [], {PATH: folder})});
		try {
			const proof = await prove([question(0, 'TCP', (tcp.address() as net.AddressInfo).port)], {...options, open});
			expect(proof.results).toEqual([]);
			expect(proof.unasked).toEqual(['node-1: 1 of 1 connections were not tried (no timeout is here)']);
		} finally {
			rmSync(folder, {recursive: true});
		}
	});

	it.each([
		['nothing', ''],
		['what is no text', '\u0000\u001B[2J\uFFFD'.repeat(1000)],
		['very much', 'ok 1\n'.repeat(500_000)],
		['an error page', '<html>502 Bad Gateway</html>'],
	])('names a place that answers %s, in words that are safe to print', async (_what, stdout) => {
		const run = async () => ({stdout, stderr: '', exitCode: 0, truncated: true});
		const proof = await prove([question(0, 'TCP', 1)], {...options, open: async ({via: node}) => ({...(await here(node)), run})});
		expect(proof.results).toEqual([]);
		expect(proof.unasked).toHaveLength(1);
		// eslint-disable-next-line no-control-regex
		expect(proof.unasked[0]).toMatch(/^node-1: [^\u0000-\u001F\u007F]{1,200}$/u);
	});

	it('counts what an answer that was cut off still tells, and names what it does not', async () => {
		const cut = async ({via: node}: Question): Promise<NodeAccess> => {
			const way = await here(node);
			return {
				...way,
				run: async (...words) => {
					const {stdout, ...rest} = await way.run(...words);
					const [first = ''] = stdout.split('\n');
					return {...rest, stdout: `${first}\n${stdout.slice(first.length + 1, first.length + 12)}`, truncated: true};
				},
			};
		};
		const port = (tcp.address() as net.AddressInfo).port;
		const proof = await prove([question(0, 'TCP', port), question(1, 'TCP', port)], {...options, open: cut});
		expect(proof.results).toMatchObject([{ok: true}]);
		expect(proof.unasked).toEqual(['node-1: 1 of 2 connections were not tried']);
	});

	it('only skips a hostPort’s own pod that cannot be asked, for it is somebody else’s', async () => {
		const port = (tcp.address() as net.AddressInfo).port;
		const itself = {
			...question(1, 'TCP', port),
			from: 'pod-itself' as const,
			container: {namespace: 'default', pod: 'web', container: 'web'},
		};
		const open = async ({from, via}: Question): Promise<NodeAccess> => {
			if (from === 'pod-itself') throw new Error('exec: "sh": executable file not found');
			return here(via);
		};
		const proof = await prove([question(0, 'TCP', port), itself], {...options, open});
		expect(proof.unasked).toEqual([]);
		expect(proof.skipped).toEqual(['pod default/web itself: exec: "sh": executable file not found']);
		expect(proof.results).toMatchObject([{from: 'same-node', ok: true}]);
		const asked = await prove([itself], options);
		expect(asked.results).toMatchObject([{from: 'pod-itself', via: 'node-1', ok: true, verdict: 'works'}]);
	});

	it('asks again what failed while an agent has just started, and tells the newest answer alone', async () => {
		const port = (tcp.address() as net.AddressInfo).port;
		let calls = 0;
		// The first time the path is refused, as it may be for some seconds after a restart.
		const open = async ({via}: Question): Promise<NodeAccess> => {
			const way = await here(via);
			calls += 1;
			const first = calls === 1;
			return {
				...way,
				run: async (script, given) =>
					way.run(script, {
						...given,
						parameters: (given.parameters ?? []).map(word => (first && word === String(port) ? String(closedPort) : word)),
					}),
			};
		};
		const settling: number[] = [];
		const unsettled = new Map([['node-1', Date.now() + 60_000]]);
		const proof = await prove([question(0, 'TCP', port)], {...options, open, unsettled, onSettle: count => settling.push(count)});
		expect(settling).toEqual([1]);
		expect(proof.results).toMatchObject([{ok: true, verdict: 'works', error: ''}]);
		expect(proof.results).toHaveLength(1);
	});

	it('does not let an address become a command', async () => {
		const hostile = {
			...question(0, 'TCP', 1),
			probe: {id: 0, protocol: 'TCP' as const, address: '$(touch /tmp/hostport-pwned);127.0.0.1', port: 1},
		};
		const proof = await prove([hostile], options);
		expect(proof.results[0]?.ok).toBe(false);
		await expect(import('node:fs').then(fs => fs.existsSync('/tmp/hostport-pwned'))).resolves.toBe(false);
	});
});

describe('answers', () => {
	it('never throw and never come from lines without the marker', () => {
		fc.assert(
			fc.property(fc.string(), fc.array(fc.string()), (output, lines) => {
				parseAnswers(output, 'm');
				expect(parseAnswers(lines.map(line => `x${line}`).join('\n'), 'm').found.size).toBe(0);
			}),
		);
	});

	it.each([
		['bash: connect: Connection refused bash: line 1: /dev/tcp/10.0.0.1/80: Connection refused', 'refused'],
		['timed out', 'timed out'],
		["nc: can't connect to remote host (10.0.0.1): Connection refused", 'refused'],
		['bash: connect: Permission denied bash: line 6: /dev/tcp/10.0.0.1/80: Permission denied', 'not permitted'],
		['connect: Network is unreachable', 'unreachable'],
		['Error: read ECONNRESET', 'reset'],
		['connect: No route to host', 'unreachable'],
		['connect ECONNREFUSED 127.0.0.1:1', 'refused'],
		['', 'no connection'],
		['something \u001B[31mnew', 'something new'],
	])('«%s» is %s', (text, word) => expect(errorWord(text)).toBe(word));

	it.each([
		['bash: cannot execute: required file not found', 'it said: bash: cannot execute: required file not found'],
		['', 'it said: nothing'],
		['\u0000\uFFFD\u001B]0;title\u0007', 'it said: '],
		['ok', 'it said: ok'],
		['ok 99999999999999', 'it said: ok 99999999999999'],
	])('«%s» is no kernel’s word, so nothing was tried', (text, reason) => {
		const {found, reason: said} = parseAnswers(`m 1 ${text}\n`, 'm');
		expect(found.size).toBe(0);
		expect(said.startsWith(reason)).toBe(true);
	});

	it('a line that was cut off is none', () => {
		expect(parseAnswers('m 1 ok 1234\nm 2 ok 12', 'm').found).toEqual(new Map([[1, {ok: true, milliseconds: 1.3, error: ''}]]));
	});
});
