// What a release is, made and used as it is: npm run package, krew's own program, kubectl, and a PATH without Node. TARGETS=all makes it for every platform.
import {execFile} from 'node:child_process';
import {createHash} from 'node:crypto';
import {existsSync} from 'node:fs';
import {cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import {promisify} from 'node:util';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {parse} from 'yaml';
import {targets} from '../../scripts/package/targets.ts';

const run = promisify(execFile);
const root = path.dirname(path.dirname(import.meta.dirname));
const {version} = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as {version: string};
const own = `${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`;
const wanted = process.env['TARGETS'] === 'all' ? targets : targets.filter(({name}) => name === own);
const kubectl = (process.env['PATH'] ?? '')
	.split(path.delimiter)
	.map(each => path.join(each, 'kubectl'))
	.find(each => existsSync(each));

const folder = await mkdtemp(path.join(os.tmpdir(), 'hostport-release-'));
const [release, again, krewRoot, bin] = ['release', 'again', 'krew', 'bin'].map(name => path.join(folder, name)) as [
	string,
	string,
	string,
	string,
];
const program = path.join(krewRoot, 'bin', 'kubectl-hostport');
/** A home of its own, and on PATH what krew has installed, kubectl and the system's programs, but no Node: the demo's nodes need a shell. */
const environment = {PATH: `${path.join(krewRoot, 'bin')}:${bin}`, HOME: folder, KREW_ROOT: krewRoot, TMPDIR: folder, LANG: 'C.UTF-8'};

const status = async (): Promise<string> => (await run('git', ['status', '--porcelain'], {cwd: root})).stdout;
const sha256 = async (file: string): Promise<string> =>
	createHash('sha256')
		.update(await readFile(file))
		.digest('hex');
const pack = async (output: string): Promise<void> => {
	await run(process.execPath, [path.join(root, 'scripts', 'package.ts'), '--output', output, ...wanted.map(({name}) => name)], {cwd: root});
};

/** Runs what krew has installed, in a folder. */
async function start(words: readonly string[], cwd = folder, more: Readonly<Record<string, string>> = {}) {
	return run(program, words, {cwd, env: {...environment, ...more}, timeout: 600_000, maxBuffer: 2 ** 24}).then(
		({stdout, stderr}) => ({code: 0, stdout, stderr}),
		(error: {code: number; stdout: string; stderr: string}) => ({code: error.code, stdout: error.stdout, stderr: error.stderr}),
	);
}

async function krew(words: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<string> {
	const {stdout, stderr} = await run(path.join(folder, 'tools', 'krew'), words, {env: {...environment, ...more}});
	return stdout + stderr;
}

let before = '';

beforeAll(async () => {
	before = await status();
	await pack(release);
	await mkdir(bin);
	const others = (await readdir('/usr/bin')).filter(name => !['node', 'nodejs', 'npm', 'npx', 'bun', 'kubectl'].includes(name));
	for (const name of others) await symlink(path.join('/usr/bin', name), path.join(bin, name));
	if (kubectl !== undefined) await symlink(kubectl, path.join(bin, 'kubectl'));
	const tools = ['sigs.k8s.io/krew/cmd/krew', 'sigs.k8s.io/krew/cmd/validate-krew-manifest'];
	await mkdir(path.join(folder, 'tools'));
	await run('go', ['build', '-o', path.join(folder, 'tools'), ...tools], {cwd: path.join(import.meta.dirname, 'tools', 'krew')});
});
afterAll(async () => rm(folder, {recursive: true, force: true}));

describe('npm run package', () => {
	it('writes an archive for each target, and nothing that no checksum vouches for', async () => {
		const sums = (await readFile(path.join(release, 'SHA256SUMS'), 'utf8')).trim().split('\n');
		const names = sums.map(line => line.slice(66));
		expect([...names, 'SHA256SUMS'].sort()).toEqual((await readdir(release)).sort());
		expect(names.filter(name => /\.(?:zip|tar\.gz)$/u.test(name))).toHaveLength(wanted.length);
		for (const line of sums) expect(line).toBe(`${await sha256(path.join(release, line.slice(66)))}  ${line.slice(66)}`);
	});

	it('makes the same bytes again, and touches nothing that is tracked', async () => {
		await pack(again);
		expect(await readFile(path.join(again, 'SHA256SUMS'), 'utf8')).toBe(await readFile(path.join(release, 'SHA256SUMS'), 'utf8'));
		expect(await status()).toBe(before);
		await rm(again, {recursive: true});
	});

	it('lists every bundled package and the runtime in the bill of materials, each with its licence text', async () => {
		const {components} = JSON.parse(await readFile(path.join(release, 'sbom.cdx.json'), 'utf8')) as {
			components: ReadonlyArray<{name: string; version: string; purl: string; hashes?: unknown}>;
		};
		const notices = await readFile(path.join(release, 'THIRD-PARTY-LICENSES'), 'utf8');
		const names = components.map(({name}) => name);
		for (const name of ['ink', 'react', 'ssh2', 'yoga-layout', ...wanted.map(({runtime}) => `@oven/bun-${runtime}`)])
			expect(names).toContain(name);
		expect(components.filter(({hashes}) => hashes === undefined)).toEqual([]);
		for (const {name, version} of components.filter(each => !each.name.startsWith('@oven/')))
			expect(notices).toContain(`\n${name} ${version} (`);
		const bun = components.find(({name}) => name.startsWith('@oven/'))?.version;
		expect(notices).toContain(`The runtime: Bun ${bun} `);
		for (const text of ['JavaScriptCore', 'GNU LESSER GENERAL PUBLIC LICENSE', 'BoringSSL', 'Apache License'])
			expect(notices).toContain(text);
	});
});

describe('krew', () => {
	it('finds no fault in the manifest', async () => {
		await run(path.join(folder, 'tools', 'validate-krew-manifest'), ['-manifest', path.join(release, 'hostport.yaml'), '-skip-install']);
	});

	it('installs what the manifest describes, on each platform', async () => {
		const {spec} = parse(await readFile(path.join(release, 'hostport.yaml'), 'utf8')) as {
			spec: {platforms: ReadonlyArray<{selector: {matchLabels: {os: string; arch: string}}; uri: string; bin: string}>};
		};
		expect(spec.platforms).toHaveLength(wanted.filter(target => target.krew).length);
		const files = (uri: string): string[] => [
			`--manifest=${path.join(release, 'hostport.yaml')}`,
			`--archive=${path.join(release, path.basename(uri))}`,
		];
		for (const {selector, uri, bin} of spec.platforms) {
			const other = path.join(folder, `krew-${selector.matchLabels.os}-${selector.matchLabels.arch}`);
			const as = {KREW_ROOT: other, KREW_OS: selector.matchLabels.os, KREW_ARCH: selector.matchLabels.arch};
			await krew(['install', ...files(uri)], as);
			const installed = await readdir(path.join(other, 'store', 'hostport', `v${version}`));
			expect(installed.sort()).toEqual(['LICENSE', 'THIRD-PARTY-LICENSES', bin]);
			if (`${selector.matchLabels.os}-${selector.matchLabels.arch}` === own)
				expect(await krew(['install', ...files(uri)])).toContain('Installed plugin: hostport');
			await rm(other, {recursive: true});
		}
	});
});

describe('the program that krew has installed, with no Node on PATH', () => {
	it('says its version and helps', async () => {
		expect(await start(['--version'])).toEqual({code: 0, stdout: `kubectl-hostport ${version}\n`, stderr: ''});
		expect((await start(['--help'])).stdout).toContain('kubectl hostport');
		await expect(run('sh', ['-c', 'command -v node'], {env: environment})).rejects.toThrow(/Command failed/u);
	});

	it.runIf(kubectl !== undefined)('runs as kubectl hostport', async () => {
		const {stdout} = await run('kubectl', ['hostport', '--version'], {env: environment, cwd: folder});
		expect(stdout).toBe(`kubectl-hostport ${version}\n`);
	});

	it('diagnoses the demo cluster, and a saved file of it', async () => {
		const file = path.join(folder, 'evidence.json');
		const live = await start(['demo', 'check', '--save', file]);
		expect(live.code, live.stderr).toBe(1);
		expect(live.stdout).toContain('HP01');
		const saved = await start(['check', '--from', file, '-o', 'name']);
		expect(saved.code, saved.stderr).toBe(1);
		expect(saved.stdout).toMatch(/^node\//mu);
	});

	it('completes for kubectl, by a link of the name that kubectl asks', async () => {
		await symlink(program, path.join(bin, 'kubectl_complete-hostport'));
		const {stdout} = await run('kubectl_complete-hostport', ['expl'], {env: environment, cwd: folder});
		expect(stdout).toMatch(/^explain\t/mu);
	});

	it('takes nothing from the folder it is started in, nor from settings of Node and Bun for other programs', async () => {
		const planted = path.join(folder, 'planted');
		await mkdir(path.join(planted, 'node_modules', 'ink'), {recursive: true});
		await writeFile(path.join(planted, 'foreign.js'), 'console.log("FOREIGN");');
		await writeFile(path.join(planted, 'bunfig.toml'), 'preload = ["./foreign.js"]\n[run]\npreload = ["./foreign.js"]\n');
		await writeFile(path.join(planted, '.env'), `KUBECONFIG=${path.join(planted, 'kubeconfig')}\nBUN_OPTIONS=--preload ./foreign.js\n`);
		for (const name of ['.env.local', '.env.production']) await cp(path.join(planted, '.env'), path.join(planted, name));
		await writeFile(path.join(planted, 'kubeconfig'), 'FOREIGN');
		await writeFile(path.join(planted, 'tsconfig.json'), '{"compilerOptions": {"paths": {"*": ["./foreign.js"]}}}');
		await writeFile(path.join(planted, 'package.json'), '{"imports": {"#x": "./foreign.js"}, "type": "commonjs"}');
		await writeFile(path.join(planted, 'node_modules', 'ink', 'index.js'), 'console.log("FOREIGN");');
		const settings = {
			NODE_OPTIONS: '--require ./foreign.js',
			BUN_CONFIG_PRELOAD: './foreign.js',
			BUN_PRELOAD: './foreign.js',
		};
		for (const more of [{}, settings]) {
			expect(await start(['--version'], planted, more)).toEqual({code: 0, stdout: `kubectl-hostport ${version}\n`, stderr: ''});
			// Without the planted kubeconfig there is no cluster to look at; a program that had read .env would name the file.
			const {stdout, stderr} = await start(['check'], planted, more);
			expect(stdout + stderr).not.toMatch(/FOREIGN|planted/u);
		}
	});

	// What is about the process itself: terminal, signals, sockets, certificates, child processes. TESTS=whole runs all of them.
	it('passes the tests of the whole program that Node passes', {timeout: 3_600_000}, async () => {
		const files =
			process.env['TESTS'] === 'whole'
				? ['test/program']
				: ['connections', 'manners', 'terminal'].map(name => `test/program/${name}.test.ts`);
		const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
		const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST')));
		const said = await run(process.execPath, [vitest, 'run', '--reporter=dot', ...files], {
			cwd: root,
			env: {...own, PROGRAM: program},
			maxBuffer: 2 ** 24,
		}).then(
			() => '',
			(error: {stdout: string; stderr: string}) => error.stdout + error.stderr,
		);
		expect(said).toBe('');
	});
});
