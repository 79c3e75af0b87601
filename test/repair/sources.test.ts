import {shownSource, withoutCredentials} from '../../source/repair/sources/shown-source.ts';
import {simulatedCluster} from './simulation/cluster.ts';
import {planFor} from './simulation/run.ts';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {gzipSync} from 'node:zlib';
import fc from 'fast-check';
import {pack} from 'tar-stream';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {elfHeader} from '../../source/repair/sources/elf.ts';
import {download} from '../../source/repair/sources/download.ts';
import {portmapFromFile} from '../../source/repair/sources/from-file.ts';
import {portmapFromNode} from '../../source/repair/sources/from-node.ts';
import {portmapFromUrl, releaseUrl} from '../../source/repair/sources/from-release.ts';
import {portmapFrom, type SourceNeeds} from '../../source/repair/sources/index.ts';
import {sourceName} from '../../source/repair/sources/source-name.ts';
import {assertCniVersions, inspectPortmap, sha256Of} from '../../source/repair/sources/inspect.ts';
import {releaseChecksum} from '../../source/repair/sources/release-checksums.ts';
import {versionWarnings} from '../../source/repair/sources/known-versions.ts';
import {elfFile} from './elf-file.ts';

const {signal} = new AbortController();
let folder = '';

beforeAll(async () => {
	folder = await mkdtemp(path.join(os.tmpdir(), 'hostport-sources-'));
});
afterAll(async () => {
	await rm(folder, {recursive: true});
});

async function file(name: string, content: Uint8Array | string): Promise<string> {
	const full = path.join(folder, name);
	await writeFile(full, content);
	return full;
}

/** An archive as containernetworking/plugins publishes them: `./`, then one file each. */
async function archive(files: Readonly<Record<string, Uint8Array>>): Promise<Uint8Array> {
	const packing = pack();
	packing.entry({name: './', type: 'directory'});
	for (const [name, content] of Object.entries(files)) packing.entry({name, mode: 0o755}, Buffer.from(content));
	packing.finalize();
	const parts: Uint8Array[] = [];
	for await (const part of packing) parts.push(part as Uint8Array);
	return gzipSync(Buffer.concat(parts));
}

test('the header tells architecture and whether the system’s libraries are needed', () => {
	expect(elfHeader(elfFile('arm64'))).toEqual({architecture: 'arm64', isDynamic: false});
	expect(elfHeader(elfFile('arm', {isDynamic: true}))).toEqual({architecture: 'arm', isDynamic: true});
	expect(elfHeader(elfFile('amd64').slice(0, 63))).toBeUndefined();
});

test('any bytes are either a program or nothing, never an exception', () => {
	const isNothing = (bytes: Uint8Array): boolean => elfHeader(bytes) === undefined;
	fc.assert(fc.property(fc.uint8Array({maxLength: 300}), isNothing));
	fc.assert(
		fc.property(fc.uint8Array({minLength: 64, maxLength: 300}), bytes => {
			bytes.set([0x7f, 0x45, 0x4c, 0x46]);
			expect([undefined, 'string']).toContain(typeof (elfHeader(bytes)?.architecture ?? undefined) === 'undefined' ? undefined : 'string');
		}),
	);
});

test('a binary from a file has its sum, and its version where the build kept it', async () => {
	const content = elfFile('amd64', {size: 400});
	content.set(new TextEncoder().encode('-X github.com/x/buildversion.BuildVersion=v1.6.2"'), 200);
	expect(await portmapFromFile(await file('portmap', content), signal)).toMatchObject({
		architecture: 'amd64',
		version: '1.6.2',
		sha256: sha256Of(content),
	});
});

test('another plugin is not taken for portmap, whatever its file is called', async () => {
	const bridge = elfFile('amd64', {plugin: 'bridge'});
	await expect(portmapFromFile(await file('portmap', bridge), signal)).rejects.toThrow(/is a Linux program, but not portmap/);
	const renamed = await archive({'./portmap': bridge});
	await expect(portmapFromFile(await file('cni-plugins-linux-amd64-v1.9.1.tgz', renamed), signal)).rejects.toThrow(/but not portmap/);
});

test('a release archive gives portmap and the version of its name, checked by the sum beside it', async () => {
	const content = await archive({'./bridge': elfFile('arm64', {size: 999}), './portmap': elfFile('arm64')});
	const name = await file('cni-plugins-linux-arm64-v1.9.1.tgz', content);
	expect(await portmapFromFile(name, signal)).toMatchObject({architecture: 'arm64', version: '1.9.1'});
	await file('cni-plugins-linux-arm64-v1.9.1.tgz.sha256', `${sha256Of(content)}  cni-plugins-linux-arm64-v1.9.1.tgz\n`);
	expect(await portmapFromFile(name, signal)).toMatchObject({sha256: sha256Of(elfFile('arm64'))});
	await file('cni-plugins-linux-arm64-v1.9.1.tgz.sha256', `${'0'.repeat(64)}  other.tgz\n`);
	await expect(portmapFromFile(name, signal)).rejects.toThrow(/has sha256/);
});

test('what is no portmap is refused with words, not used', async () => {
	await expect(portmapFromFile(await file('script', '#!/bin/sh\n'), signal)).rejects.toThrow(/not a Linux program/);
	await expect(portmapFromFile(await file('cut', elfFile().slice(0, 40)), signal)).rejects.toThrow(/truncated/);
	await expect(portmapFromFile(await file('other.tgz', await archive({'./bridge': elfFile()})), signal)).rejects.toThrow(
		/contains no portmap/,
	);
	await expect(
		portmapFromFile(await file('cut.tgz', (await archive({'./portmap': elfFile('amd64', {size: 90_000})})).slice(0, 100)), signal),
	).rejects.toThrow(/damaged/);
	await expect(portmapFromFile(path.join(folder, 'none'), signal)).rejects.toThrow(/cannot be read/);
	await expect(portmapFromFile(await file('well', elfFile()), signal, '1'.repeat(64))).rejects.toThrow(/--portmap-sha256/);
});

test('a link or a folder named portmap in an archive is not taken for it', async () => {
	const packing = pack();
	packing.entry({name: 'portmap', type: 'symlink', linkname: '/etc/passwd'});
	packing.finalize();
	const parts: Uint8Array[] = [];
	for await (const part of packing) parts.push(part as Uint8Array);
	await expect(portmapFromFile(await file('link.tgz', gzipSync(Buffer.concat(parts))), signal)).rejects.toThrow(/contains no portmap/);
});

test('a release without a known sum comes with the one that is published beside it, or not at all', async () => {
	const content = await archive({'./portmap': elfFile()});
	const url = releaseUrl('1.9.0', 'amd64');
	expect(url).toMatch(/\/v1\.9\.0\/cni-plugins-linux-amd64-v1\.9\.0\.tgz$/);
	const fetchWith = (sum: string) => async (asked: string) => (asked === url ? content : new TextEncoder().encode(sum));
	expect(await portmapFromUrl(url, fetchWith(`${sha256Of(content)}  x.tgz`), signal)).toMatchObject({version: '1.9.0'});
	await expect(portmapFromUrl(url, fetchWith('f'.repeat(64)), signal)).rejects.toThrow(/has sha256/);
	await expect(portmapFromUrl(url, fetchWith('<html>'), signal)).rejects.toThrow(/contains no checksum/);
	expect(() => releaseUrl('../../x', 'amd64')).toThrow(/not a version/);
});

test('an official archive must have its official sum from any server, whatever that server publishes', async () => {
	const content = await archive({'./portmap': elfFile()});
	const asked: string[] = [];
	const lying = async (url: string) => {
		asked.push(url);
		return url.endsWith('.sha256') ? new TextEncoder().encode(sha256Of(content)) : content;
	};
	const mirror = 'https://mirror.example/cni/cni-plugins-linux-amd64-v1.9.1.tgz';
	for (const url of [releaseUrl('1.9.1', 'amd64'), mirror])
		await expect(portmapFromUrl(url, lying, signal)).rejects.toThrow(/the official release says b98f74a0f8522f0a/);
	expect(asked.filter(url => url.endsWith('.sha256'))).toEqual([]);
	// A person who gives a sum answers for it: a rebuilt archive, say.
	expect(await portmapFromUrl(mirror, lying, signal, sha256Of(content))).toMatchObject({version: '1.9.1'});
});

test('sums are kept by version and architecture, and nothing else has one', () => {
	expect(releaseChecksum('cni-plugins-linux-arm64-v1.9.1.tgz')).toMatch(/^56171987d3947707/);
	for (const name of [
		'cni-plugins-linux-amd64-v1.9.1.tgz.sha256',
		'cni-plugins-linux-toString-v1.9.1.tgz',
		'cni-plugins-linux-amd64-v9.9.9.tgz',
		'portmap',
		'',
	])
		expect(releaseChecksum(name)).toBeUndefined();
});

test('a node’s own binary comes over unharmed, and its sum is checked', async () => {
	const content = elfFile('amd64', {size: 5000});
	const access = (answer: string) => ({
		node: 'node-2',
		label: 'pod x',
		configurationFolder: undefined,
		binaryFolder: {host: '/opt/cni/bin', seen: '/host/opt/cni/bin'},
		hasAgentCommand: true,
		run: async () => ({stdout: answer, stderr: '', exitCode: 0, truncated: false}),
		close: async () => undefined,
	});
	const base64 = Buffer.from(content)
		.toString('base64')
		.replaceAll(/(.{76})/g, '$1\n');
	expect((await portmapFromNode(access(`${sha256Of(content)}\n${base64}\n`), signal)).content).toEqual(Buffer.from(content));
	await expect(portmapFromNode(access(`${sha256Of(content)}\n${base64.slice(0, -40)}\n`), signal)).rejects.toThrow(/has sha256/);
});

test('sources are told apart by how they begin', () => {
	expect(sourceName('node:node-2')).toEqual({kind: 'node', value: 'node-2'});
	expect(sourceName('node:node/node-2')).toEqual({kind: 'node', value: 'node-2'});
	expect(() => sourceName('node:pod/web')).toThrow(/names no node/);
	expect(sourceName('image:registry.example/cni:v1')).toEqual({kind: 'image', value: 'registry.example/cni:v1'});
	expect(sourceName('release:1.9.1')).toEqual({kind: 'release', value: '1.9.1'});
	expect(sourceName('https://mirror.example/x.tgz')).toEqual({kind: 'url', value: 'https://mirror.example/x.tgz'});
	expect(sourceName('./portmap')).toEqual({kind: 'file', value: './portmap'});
	expect(sourceName('url:https://mirror.example/x.tgz')).toEqual({kind: 'url', value: 'https://mirror.example/x.tgz'});
	expect(sourceName('file:portmap')).toEqual({kind: 'file', value: 'portmap'});
	expect(sourceName('./node:x')).toEqual({kind: 'file', value: './node:x'});
});

test('a repair fetches nothing without protection', async () => {
	for (const address of ['http://mirror.example/x.tgz', 'url:http://mirror.example/x.tgz'])
		await expect(portmapFrom([address], 'amd64', {signal} as unknown as SourceNeeds)).rejects.toThrow(/without protection/);
});

test('each architecture takes the first source that has it', async () => {
	const [amd64, arm64] = [await file('amd64', elfFile('amd64')), await file('arm64', elfFile('arm64'))];
	const needs = {signal} as unknown as SourceNeeds;
	expect((await portmapFrom([amd64, arm64], 'arm64', needs)).origin).toBe(arm64);
	await expect(portmapFrom([amd64], 'arm64', needs)).rejects.toThrow(/no portmap for arm64/);
	await expect(portmapFrom([], 'arm64', needs)).rejects.toThrow(/needs a source for the portmap binary/);
});

test('versions with known holes are warned about, others not', () => {
	const words = (version: string): string =>
		versionWarnings(version)
			.map(({message}) => message)
			.join('\n');
	expect(words('0.7.4')).toContain('CVE-2019-9946');
	for (const version of ['1.6.0', '1.7.1', '1.8.0']) expect(words(version)).toContain('CVE-2025-67499');
	for (const version of ['0.8.7', '1.1.1', '1.5.1', '1.9.0', '1.9.1', '1.10.0']) expect(words(version)).toBe('');
	expect(words('1.6.0')).toContain('creates no rules');
	expect(words('1.6.2')).not.toContain('creates no rules');
	expect(words('')).toContain('does not tell the version');
});

test('a portmap for another architecture says for which', () => {
	expect(inspectPortmap(elfFile('riscv64'), 'x').architecture).toBe('riscv64');
});

test.each([
	['https://host/portmap.tgz', 'https://host/portmap.tgz'],
	['https://user:pass@host:8443/portmap.tgz', 'https://host:8443/portmap.tgz'],
	['https://host/portmap.tgz?X-Amz-Signature=abc', 'https://host/portmap.tgz?…'],
	['https://user:p@ss word@[::1', 'an URL'],
	['http://user:pass@host/portmap', 'http://host/portmap'],
	['image:registry/portmap', 'image:registry/portmap'],
	['./portmap', './portmap'],
])('the source %s is shown and journalled as %s', (typed, shown) => {
	expect(shownSource(typed)).toBe(shown);
	const plan = planFor(simulatedCluster(), {strategy: 'portmap', sources: [typed]});
	const text = JSON.stringify(withoutCredentials(plan));
	expect(text).toContain(shown);
	expect(text).not.toMatch(/pass|p@ss|Signature/u);
});

test('no error of a source tells the password or the signature in its address', async () => {
	const content = await archive({'./x': elfFile()});
	const url = 'https://user:S3CR@127.0.0.1:9/cni.tgz?X-Amz-Signature=S3CR';
	const sum = sha256Of(content);
	const fetchWith = (text: string) => async (asked: string) => (asked.includes('.sha256?X-Amz') ? new TextEncoder().encode(text) : content);
	const failures = await Promise.allSettled([
		download(url, {}, signal),
		portmapFromUrl(url, async () => content, signal, 'f'.repeat(64)),
		portmapFromUrl(url, fetchWith('f'.repeat(64)), signal),
		portmapFromUrl(url, fetchWith('<html>'), signal),
		portmapFromUrl(url, fetchWith(sum), signal),
		portmapFromUrl(url, async () => new Uint8Array(9), signal, sha256Of(new Uint8Array(9))),
		portmapFrom([url.replace('https:', 'http:')], 'amd64', {signal} as unknown as SourceNeeds),
	]);
	const told = failures.map(each => (each.status === 'rejected' ? String(each.reason) : 'none'));
	expect(
		told.map(text => /ECONNREFUSED|has sha256|contains no checksum|contains no portmap|is not|without protection/u.exec(text)?.[0]),
	).not.toContain(undefined);
	expect(told.join('\n')).not.toContain('S3CR');
});

const module = (version: string): string => `dep\tgithub.com/containernetworking/cni\tv${version}\th1:`;

// What real builds hold: containernetworking/plugins 0.8.7, 0.9.1, 1.0.1, 1.3.0, 1.6.2 and 1.8.0, asked for VERSION.
test.each([
	['0.4.0', module('0.8.0')],
	['0.4.0', module('0.8.1')],
	['1.0.0', module('1.0.1')],
	['1.0.0', module('1.1.2')],
	['1.1.0', module('1.2.3')],
	['1.1.0', module('1.3.0')],
	['1.1.0', module('2.0.0')],
	['1.0.0', 'github.com/containernetworking/cni/pkg/types/100.(*Result).Print'],
	['0.4.0', 'github.com/containernetworking/cni/pkg/types/current.(*Result).Print'],
	['', 'a build that tells nothing'],
])('a portmap knows CNI up to %s by its own bytes', (cniVersion, marks) => {
	expect(inspectPortmap(elfFile('amd64', {size: 400, marks}), 'a file').cniVersion).toBe(cniVersion);
});

test.each([
	['0.4.0', ['0.3.1'], true],
	['0.4.0', ['0.3.1', '1.0.0'], false],
	['1.0.0', ['1.0.0'], true],
	['1.0.0', ['1.1.0'], false],
	['', ['1.0.0'], true],
	['0.4.0', [], true],
])('a portmap that knows CNI up to "%s" is asked for %j: taken is %s', (cniVersion, asked, isTaken) => {
	const portmap = {...inspectPortmap(elfFile(), './portmap', '0.8.7'), cniVersion};
	const act = (): void => assertCniVersions(portmap, asked);
	if (isTaken) expect(act).not.toThrow();
	else expect(act).toThrow(/portmap 0\.8\.7 from \.\/portmap knows CNI up to .*: no pod could start or stop/);
});
