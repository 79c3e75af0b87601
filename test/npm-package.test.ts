import {execFile} from 'node:child_process';
import {mkdtemp, readdir, readFile, rm} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import {promisify} from 'node:util';
import {afterAll, expect, it} from 'vitest';
import {homebrewFormula} from '../scripts/package/homebrew-formula.ts';
import {releaseManifest} from '../scripts/package/krew-manifest.ts';
import {targets} from '../scripts/package/targets.ts';

const run = promisify(execFile);
const root = path.dirname(import.meta.dirname);
const folder = await mkdtemp(path.join(os.tmpdir(), 'hostport-npm-'));
const {version} = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as {version: string};
const template = await readFile(path.join(root, 'krew-manifest.yaml'), 'utf8');
afterAll(async () => rm(folder, {recursive: true, force: true}));

it('packs for npm what runs, and nothing else; installed, it asks for no other package and runs', async () => {
	const npm = async (...words: readonly string[]) => run('npm', words, {cwd: root, shell: process.platform === 'win32'});
	const {stdout} = await npm('pack', '--json', '--ignore-scripts', '--pack-destination', folder);
	const [packed] = JSON.parse(stdout) as [{filename: string; files: ReadonlyArray<{path: string}>}];
	const names = packed.files.map(file => file.path).filter(name => !name.startsWith('dist/chunks/'));
	const chunks = (await readdir(path.join(root, 'dist', 'chunks'))).map(name => `dist/chunks/${name}`);
	expect(names.sort()).toEqual([
		'LICENSE',
		'README.ko.md',
		'README.md',
		'dist/THIRD-PARTY-LICENSES',
		'dist/kubectl-hostport.mjs',
		'package.json',
	]);
	expect(
		packed.files
			.map(file => file.path)
			.filter(name => name.startsWith('dist/chunks/'))
			.sort(),
	).toEqual(chunks.sort());

	await npm('install', '--prefix', folder, '--offline', '--no-audit', '--no-fund', path.join(folder, packed.filename));
	expect((await readdir(path.join(folder, 'node_modules'))).filter(name => !name.startsWith('.'))).toEqual(['kubectl-hostport']);
	const environment = {...process.env, PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env['PATH'] ?? ''}`};
	const started = await run(path.join(folder, 'node_modules', '.bin', 'kubectl-hostport'), ['--version'], {env: environment});
	expect(started.stdout).toBe(`kubectl-hostport ${version}\n`);
});

it('makes the release’s manifest of the template, and refuses one that tells of something else', () => {
	const checksum = 'ab'.repeat(32);
	const manifest = releaseManifest(template, version, new Map(targets.map(target => [target, checksum])));
	expect(manifest.split(checksum)).toHaveLength(7);
	expect(manifest).not.toContain('template');
	expect(manifest.replaceAll(checksum, '0'.repeat(64))).toContain(
		template.slice(template.indexOf('spec:'), template.indexOf('  platforms:')),
	);

	expect(() => releaseManifest(template, '9.9.9', new Map())).toThrow(/at version 9\.9\.9\nSet its version to v9\.9\.9/u);
	expect(() => releaseManifest(template.replace('kubectl-hostport.exe', 'kubectl-hostport'), version, new Map())).toThrow(
		/does not describe/u,
	);
});

it('writes a formula for Homebrew of what was built for macOS and Linux, and only of that', () => {
	const described = {version, description: 'Finds it', homepage: 'https://example.org/x', license: 'Apache-2.0'};
	const formula = homebrewFormula(described, new Map(targets.map((target, index) => [target, String(index).padStart(64, '0')])));
	const urls = [...formula.matchAll(/on_(arm|intel) do\n\s+url "(\S+)"\n\s+sha256 "(\d{64})"\n\s+end/gu)];
	expect(urls.map(([, processor, url, sum]) => [processor, path.posix.basename(url ?? ''), Number(sum)])).toEqual([
		['intel', `kubectl-hostport-v${version}-darwin-amd64.tar.gz`, 4],
		['arm', `kubectl-hostport-v${version}-darwin-arm64.tar.gz`, 5],
		['intel', `kubectl-hostport-v${version}-linux-amd64.tar.gz`, 0],
		['arm', `kubectl-hostport-v${version}-linux-arm64.tar.gz`, 1],
	]);
	const words = (expression: RegExp): number => [...formula.matchAll(expression)].length;
	expect(words(/\b(?:class|do|def)\b/gu)).toBe(words(/\bend\b/gu));
	const [linux] = targets;
	expect(homebrewFormula(described, new Map([[linux!, 'a'.repeat(64)]]))).not.toContain('on_macos');
});
