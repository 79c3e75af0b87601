// What starting costs is what is loaded for it. Here stands what must not be, with what shows it: none of these is a measurement of time.
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {isRunByNode} from '../support/built.ts';
import {runBuilt} from '../support/program.ts';
import {openTerminal} from '../support/terminal.ts';

let folder = '';

beforeAll(() => {
	folder = mkdtempSync(path.join(os.tmpdir(), 'hostport-start-'));
	writeFileSync(
		path.join(folder, 'tell.mjs'),
		[
			"import {writeFileSync} from 'node:fs';",
			"process.on('exit', () => writeFileSync(process.env.LOADED, process.moduleLoadList.join('\\n')));",
		].join('\n'),
	);
});
afterAll(() => rmSync(folder, {recursive: true}));

/** Runs with a Node that writes at its end which of its own modules it has loaded, and gives these. */
async function loadedBy(act: (environment: Record<string, string>) => Promise<unknown>): Promise<string> {
	const file = path.join(folder, 'loaded');
	const preload = `--import=${pathToFileURL(path.join(folder, 'tell.mjs')).href}`;
	await act({KUBECONFIG: '/dev/null', LOADED: file, NODE_OPTIONS: preload});
	return readFileSync(file, 'utf8');
}

/** What Node's `fetch` is made of. */
const httpOfFetch = 'internal/deps/undici/undici';

describe.runIf(isRunByNode)('Node’s HTTP client for fetch, a third of a start', () => {
	it('is not loaded by a command that speaks to a cluster', async () => {
		const loaded = await loadedBy(async given => {
			const {errors} = await runBuilt(['check', '--server=http://127.0.0.1:9'], given);
			expect(errors).toContain('connection refused by 127.0.0.1:9');
		});
		expect(loaded).toContain('NativeModule http');
		expect(loaded).not.toContain(httpOfFetch);
	});

	it('is not loaded by the terminal UI, whose layout engine would fetch itself', async () => {
		const loaded = await loadedBy(async given => {
			const terminal = openTerminal(['--server=http://127.0.0.1:9'], {environment: given});
			await terminal.waitFor('connection refused by 127.0.0.1:9');
			terminal.type('q');
			await terminal.ended();
		});
		expect(loaded).toContain('NativeModule tty');
		expect(loaded).not.toContain(httpOfFetch);
	});
});

describe('before the screens are loaded', () => {
	it('what is typed shows nowhere and is done once they are', async () => {
		const terminal = openTerminal(['--server=http://127.0.0.1:9']);
		await terminal.waitFor('hostport');
		terminal.type('?');
		await terminal.waitFor('Everywhere');
		terminal.type('q');
		await terminal.ended();
		expect(terminal.isAlternate()).toBe(false);
		expect(terminal.written()).not.toMatch(/^\?/mu);
	});

	it('the first thing on the screen names the context, its server, and what is waited for', async () => {
		const file = path.join(folder, 'kubeconfig');
		writeFileSync(
			file,
			JSON.stringify({
				'current-context': 'nks-prod',
				contexts: [{name: 'nks-prod', context: {cluster: 'c'}}],
				clusters: [{name: 'c', cluster: {server: 'http://127.0.0.1:9'}}],
			}),
		);
		const terminal = openTerminal([], {environment: {KUBECONFIG: file, NO_COLOR: '1'}});
		await terminal.waitFor('connection refused by 127.0.0.1:9');
		terminal.type('q');
		await terminal.ended();
		const [before, first = ''] = terminal.written().split('\u001B[?1049h');
		expect(before).toBe('');
		expect(first).toMatch(/ hostport {2}nks-prod {2}http:\/\/127\.0\.0\.1:9 +connecting to nks-prod · 0 s/u);
	});

	it('a signal gives the terminal back', async () => {
		const terminal = openTerminal(['--server=http://127.0.0.1:9']);
		await terminal.waitFor('hostport');
		terminal.signal('SIGTERM');
		await terminal.ended();
		expect(terminal.isAlternate()).toBe(false);
	});
});
