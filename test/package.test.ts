import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import {Readable} from 'node:stream';
import {buffer} from 'node:stream/consumers';
import {gunzipSync} from 'node:zlib';
import tar from 'tar-stream';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {parse} from 'yaml';

type Manifest = {
	apiVersion: string;
	kind: string;
	metadata: {name: string};
	spec: {
		version: string;
		shortDescription: string;
		description: string;
		homepage: string;
		platforms: Array<{
			selector: {matchExpressions: Array<{key: string; operator: string; values: string[]}>};
			uri: string;
			sha256: string;
			bin: string;
			files?: unknown;
		}>;
	};
};

const root = path.dirname(import.meta.dirname);
const {version} = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {version: string};
const folder = mkdtempSync(path.join(os.tmpdir(), 'hostport-package-'));
const installed = path.join(folder, 'installed');
const bin = path.join(folder, 'bin');
const manifestFile = path.join(folder, 'hostport.yaml');
const pack = (output: string): void => {
	execFileSync(process.execPath, [path.join(root, 'scripts', 'package.mjs'), output, manifestFile], {cwd: root});
};

/** Unpacks as krew does (internal/download): only files and folders, modes kept, no path that leaves the folder. */
async function unpackLikeKrew(archive: Buffer, target: string): Promise<string[]> {
	const names: string[] = [];
	for await (const entry of Readable.from([gunzipSync(archive)]).pipe(tar.extract())) {
		const {name, type, mode} = entry.header;
		if (name.includes('..') || path.isAbsolute(name)) throw new Error(`krew refuses the path ${name}`);
		if (type !== 'file' && type !== 'directory') throw new Error(`krew cannot handle ${name} of type ${type}`);
		const file = path.join(target, name);
		mkdirSync(path.dirname(file), {recursive: true});
		writeFileSync(file, await buffer(entry));
		chmodSync(file, mode);
		names.push(name);
	}

	return names;
}

describe('the archive for krew', () => {
	let manifest: Manifest;
	let names: string[];
	let archive: Buffer;

	beforeAll(async () => {
		pack(folder);
		manifest = parse(readFileSync(manifestFile, 'utf8')) as Manifest;
		archive = readFileSync(path.join(folder, `kubectl-hostport-v${version}.tar.gz`));
		names = await unpackLikeKrew(archive, installed);
		mkdirSync(bin);
		symlinkSync(path.join(installed, manifest.spec.platforms[0]?.bin ?? ''), path.join(bin, 'kubectl-hostport'));
	});

	afterAll(() => {
		rmSync(folder, {recursive: true, force: true});
	});

	it('is described by a manifest that follows krew’s rules', () => {
		expect(manifest.apiVersion).toBe('krew.googlecontainertools.github.com/v1alpha2');
		expect(manifest.kind).toBe('Plugin');
		expect(manifest.metadata.name).toMatch(/^[\w-]+$/u);
		expect(manifest.spec.version).toBe(`v${version}`);
		expect(manifest.spec.shortDescription.length).toBeLessThanOrEqual(50);
		expect(manifest.spec.description.split('\n').every(line => line.length <= 80)).toBe(true);
		expect(manifest.spec.homepage).toMatch(/^https:\/\//u);
		expect(manifest.spec.platforms).toHaveLength(1);
		const [platform] = manifest.spec.platforms;
		expect(platform?.uri).toMatch(/^https:\/\/.*\.tar\.gz$/u);
		expect(platform?.files).toBeUndefined();
		const pairs = Object.fromEntries(platform?.selector.matchExpressions.map(({key, values}) => [key, values]) ?? []);
		expect(pairs).toEqual({os: ['linux', 'darwin'], arch: ['amd64', 'arm64']});
	});

	it('has the checksum that the manifest names, and the same one when packed again', () => {
		expect(createHash('sha256').update(archive).digest('hex')).toBe(manifest.spec.platforms[0]?.sha256);
		const again = path.join(folder, 'again');
		pack(again);
		expect(readFileSync(path.join(again, `kubectl-hostport-v${version}.tar.gz`)).equals(archive)).toBe(true);
	});

	it('holds a licence and the licences of what is bundled', () => {
		expect(names).toContain('LICENSE');
		expect(readFileSync(path.join(installed, 'THIRD-PARTY-LICENSES.txt'), 'utf8')).toMatch(/^ink 8/mu);
	});

	it('runs from PATH once it is linked, with nothing beside it', () => {
		const environment = {PATH: `${bin}${path.delimiter}${path.dirname(process.execPath)}`, HOME: folder};
		const output = execFileSync(path.join(bin, 'kubectl-hostport'), ['--version'], {env: environment, encoding: 'utf8'});
		expect(output).toBe(`kubectl-hostport ${version}\n`);
		expect(execFileSync(path.join(bin, 'kubectl-hostport'), ['--help'], {env: environment, encoding: 'utf8'})).toContain(
			'kubectl hostport',
		);
	});

	const kubectl = (process.env['PATH'] ?? '')
		.split(path.delimiter)
		.map(each => path.join(each, 'kubectl'))
		.find(each => existsSync(each));
	it.runIf(kubectl !== undefined)('is found by kubectl, where there is one', () => {
		const environment = {PATH: `${bin}${path.delimiter}${path.dirname(process.execPath)}`, HOME: folder};
		expect(execFileSync(kubectl ?? '', ['hostport', '--version'], {env: environment, encoding: 'utf8'})).toBe(
			`kubectl-hostport ${version}\n`,
		);
	});
});
