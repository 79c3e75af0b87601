// What each command ends with, on the demo cluster and without any: one row a command, held as a file.
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {afterAll, expect, it, vi} from 'vitest';
import {runHere} from '../support/program.ts';

const state = mkdtempSync(path.join(os.tmpdir(), 'hostport-contract-'));
// Folders that processes of this machine have left would be told of.
vi.stubEnv('TMPDIR', state);
afterAll(() => {
	vi.unstubAllEnvs();
	rmSync(state, {recursive: true});
});
const environment = {XDG_STATE_HOME: state, KUBECONFIG: '/nowhere'};

// Files that a person names, good ones and bad ones.
const file = (name: string, content: string): string => {
	const there = path.join(state, name);
	writeFileSync(there, content);
	return there;
};
const scene = path.join(import.meta.dirname, '..', 'evidence', 'scenes', 'healthy-portmap.json');
const files: Readonly<Record<string, string>> = {
	SCENE: scene,
	EMPTY: file('empty', ''),
	CUT: file('cut', readFileSync(scene, 'utf8').slice(0, 2000)),
	TEXT: file('text', 'hello'),
	YAML: file('yaml', 'a: ['),
	FOLDER: state,
	NOWHERE: path.join(state, 'nowhere'),
};
const named = (word: string): string => word.replaceAll(/\b[A-Z]{3,}\b/gu, name => files[name] ?? name);

/** `1  demo check (Diagnosis)`: exit code, words, and the kind of what was printed as JSON. */
async function row(words: readonly string[]): Promise<string> {
	const {code, output} = await runHere(words.map(named), environment);
	const kind = /^\{[^]*?"kind": "(\w+)"/u.exec(output)?.[1];
	return `${String(code).padEnd(3)} ${words.join(' ')}${kind === undefined ? '' : ` (${kind})`}`;
}

// Limits of time that a busy machine does not reach: no command ends otherwise because of them.
const patient = '--node-timeout=10m';

it('on the demo cluster', async () => {
	const rows: string[] = [];
	for (const words of [
		['check', '-o', 'json', patient],
		['check', '-o', 'json', '--fail-on=never', patient],
		['check', '-o', 'json', 'no-such-node'],
		['diff', patient],
		['diff', '-o', 'json', patient],
		['verify', '-o', 'json', patient],
		['version', '-o', 'json'],
		['runs', '-o', 'json'],
		['cleanup', '-o', 'json', '--dry-run=client', patient],
		['fix'],
		['fix', '-o', 'json', '--dry-run=client', patient],
		['fix', '-o', 'json', '--dry-run=server', patient],
		['rollback', '-o', 'json', '--yes'],
		['manifest', 'helm-values'],
		['manifest', 'helm-values', '-o', 'json'],
		['manifest', 'daemonset', '--portmap=release:1.9.1', '--image=busybox'],
	]) {
		rows.push(await row(['demo', ...words]));
	}

	await expect(`${rows.join('\n')}\n`).toMatchFileSnapshot(path.join(import.meta.dirname, 'exit-codes', 'demo.txt'));
});

it('without a cluster, and of words that are wrong', async () => {
	const rows: string[] = [];
	for (const words of [
		['--help'],
		['--version'],
		['help', 'check'],
		['options'],
		['explain'],
		['explain', 'HP02'],
		['explain', '-o', 'json'],
		['explain', 'HP02', '-o', 'json'],
		['manifest', 'rbac', '-o', 'json'],
		['manifest', 'init-script', '--portmap=release:1.9.1', '-o', 'json'],
		['explain', 'HP99'],
		['manifest', 'rbac', '--mode=fix'],
		['manifest', 'rbac', '--mode=all'],
		['manifest'],
		['version', '--client', '-o', 'json'],
		['version'],
		['check'],
		['check', '-o', 'xml'],
		['check', '--timeout=soon'],
		...['SCENE', 'EMPTY', 'CUT', 'TEXT', 'FOLDER', 'NOWHERE'].map(name => ['check', '--from', name]),
		['check', '--from', 'SCENE', 'no-such-node'],
		['check', '--from', 'SCENE', '-n', 'no-such-namespace'],
		['check', '--from', 'SCENE', '-l', 'a=b'],
		...['EMPTY', 'TEXT', 'YAML', 'FOLDER', 'NOWHERE'].map(name => ['check', '--kubeconfig', name]),
		['check', '--kubeconfig', 'NOWHERE', '--server', 'https://127.0.0.1:1', '--request-timeout=2s'],
		...['NOWHERE', 'relase:1.9.1', 'release:latest', 'http://example.com/portmap'].map(from => ['fix', '--yes', '--portmap', from]),
		['chek'],
		['diff', '--no-such-flag'],
		['verify', '--concurrency=0'],
		['fix'],
		['fix', '-o', 'json'],
		['fix', '--yes'],
		['rollback'],
		['rollback', '--yes'],
		['runs'],
		['cleanup'],
		['cleanup', '--yes'],
		['demo', 'explain'],
	]) {
		rows.push(await row(words));
	}

	await expect(`${rows.join('\n')}\n`).toMatchFileSnapshot(path.join(import.meta.dirname, 'exit-codes', 'without-a-cluster.txt'));
});
