import {spawn, spawnSync} from 'node:child_process';
import {createHash, randomBytes} from 'node:crypto';
import {existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {gunzipSync} from 'node:zlib';
import {describe, expect, it} from 'vitest';
import {parseAllDocuments} from 'yaml';
import {daemonSetManifest, daemonSetName} from '../../../source/repair/manifests/daemon-set.ts';
import {rbacManifest, rbacModes} from '../../../source/repair/manifests/rbac.ts';
import type {Portmap} from '../../../source/repair/sources/portmap.ts';

type ConfigMap = {
	kind: string;
	metadata: {name: string; labels: Record<string, string>};
	data?: Record<string, string>;
	binaryData?: Record<string, string>;
};
type DaemonSet = {
	kind: string;
	spec: {
		template: {
			metadata: {labels: Record<string, string>};
			spec: {
				hostNetwork: boolean;
				tolerations: unknown;
				priorityClassName: string;
				initContainers?: Array<{image: string}>;
				containers: Array<{image: string; securityContext: {capabilities: unknown; privileged: boolean}}>;
				volumes: Array<{
					name: string;
					projected?: {sources: Array<{configMap: {name: string; items?: Array<{key: string; path: string}>}}>};
				}>;
			};
		};
	};
};

const binary = (architecture: string, content: Buffer): Portmap => ({
	content,
	sha256: createHash('sha256').update(content).digest('hex'),
	architecture,
	version: '',
	cniVersion: '',
	isDynamic: false,
	origin: '',
});
const program = (size: number) =>
	Buffer.concat([Buffer.from('#!/bin/sh\necho \'{"cniVersion":"1.0.0"}\'; exit 0\n'), Buffer.from(randomBytes(size).toString('hex'))]);
const architecture = {x64: 'amd64', arm64: 'arm64'}[process.arch as 'x64'];
const request = {cniVersions: [], namespace: 'kube-system', image: 'quay.io/cilium/cilium:v1.17.4', folder: '/opt/cni/bin'};

const answering = (said: string, mark = '') => Buffer.from(`#!/bin/sh\necho '${said}' # ${mark}\n`);
const until = async (condition: () => boolean) => {
	while (!condition()) await wait(20);
};

type Keeper = {readonly put: string; readonly isReady: () => boolean; readonly said: () => string};

/** Runs the DaemonSet's script on a folder that stands for the node's, with its files as the pod has them. */
async function withKeeper(
	manifest: string,
	there: Readonly<Record<string, Buffer>>,
	act: (keeper: Keeper) => Promise<void>,
): Promise<void> {
	const folder = mkdtempSync(path.join(os.tmpdir(), 'hostport-keeper-'));
	const place = (...names: readonly string[]) => path.join(folder, ...names);
	for (const name of ['files', 'own', 'node']) mkdirSync(place(name));
	for (const [name, content] of Object.entries(there)) writeFileSync(place('node', name), content, {mode: 0o755});
	const objects = objectsOf(manifest);
	const sources = (objects.at(-1) as DaemonSet).spec.template.spec.volumes.find(({name}) => name === 'files')?.projected?.sources ?? [];
	for (const {configMap} of sources) {
		const object = objects.filter(isConfigMap).find(({metadata}) => metadata.name === configMap.name);
		for (const [key, text] of Object.entries(object?.data ?? {})) writeFileSync(place('files', key), text);
		for (const {key, path: file} of configMap.items ?? []) {
			mkdirSync(place('files', path.dirname(file)), {recursive: true});
			writeFileSync(place('files', file), Buffer.from(object?.binaryData?.[key] ?? '', 'base64'));
		}
	}

	const keeper = spawn('sh', [place('files/keep-portmap.sh'), place('node'), place('own'), '0.2']);
	let text = '';
	keeper.stderr.setEncoding('utf8').on('data', (part: string) => (text += part));
	try {
		await act({put: place('node/portmap'), isReady: () => existsSync(place('own/ready')), said: () => text});
	} finally {
		keeper.kill();
		rmSync(folder, {recursive: true, force: true, maxRetries: 3});
	}
}

const objectsOf = (yaml: string) => parseAllDocuments(yaml).map(document => document.toJS() as ConfigMap | DaemonSet);
const isConfigMap = (object: ConfigMap | DaemonSet): object is ConfigMap => object.kind === 'ConfigMap';

describe('the DaemonSet that keeps portmap on every node', () => {
	const binaries = [binary(architecture, program(400_000)), binary('s390x', program(1000))];
	const yaml = daemonSetManifest({...request, source: {kind: 'carried', binaries}});
	const objects = objectsOf(yaml);
	const daemonSet = objects.at(-1) as DaemonSet;

	it('starts on a node that has no network yet, and may do nothing but write one folder', () => {
		const {spec, metadata} = daemonSet.spec.template;
		expect(spec).toMatchObject({hostNetwork: true, tolerations: [{operator: 'Exists'}], priorityClassName: 'system-node-critical'});
		expect(spec.containers[0]).toMatchObject({
			image: request.image,
			securityContext: {privileged: false, allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: ['ALL']}},
		});
		expect(metadata.labels).toEqual({'app.kubernetes.io/name': daemonSetName});
	});

	it('carries each binary whole, in parts that kubectl apply can take', () => {
		for (const {content, architecture: name} of binaries) {
			const parts = objects.filter(isConfigMap).filter(({metadata}) => metadata.name.includes(`-${name}-`));
			expect(parts.every(part => JSON.stringify(part).length < 256 * 1024)).toBe(true);
			expect(gunzipSync(Buffer.concat(parts.map(part => Buffer.from(Object.values(part.binaryData ?? {})[0] ?? '', 'base64'))))).toEqual(
				content,
			);
		}
	});

	it('puts it in place where it is missing or damaged, and says so by being ready', async () => {
		await withKeeper(yaml, {}, async ({put, isReady}) => {
			const isRight = () => existsSync(put) && readFileSync(put).equals(binaries[0]!.content);
			await until(() => isRight() && isReady());
			rmSync(put);
			await until(isRight);
			writeFileSync(put, 'damaged');
			await until(isRight);
			expect(readdirSync(path.dirname(put))).toEqual(['portmap']);
		});
	});

	it.each([
		['knows what it is called with', ['1.0.0'], 'put'],
		['does not know what it is called with', ['0.3.1', '1.1.0'], 'kept'],
	] as const)('a binary that %s is put in place, or never: what was there stays', async (_, cniVersions, outcome) => {
		const content = answering('{"cniVersion":"1.0.0","supportedVersions":["0.3.1","0.4.0","1.0.0"]}');
		const manifest = daemonSetManifest({...request, cniVersions, source: {kind: 'carried', binaries: [binary(architecture, content)]}});
		const before = answering('{"cniVersion":"1.1.0","supportedVersions":["0.3.1","1.0.0","1.1.0"]}', 'older');
		await withKeeper(manifest, {portmap: before}, async ({put, isReady, said}) => {
			await until(() => isReady() || said().includes('CNI'));
			if (outcome === 'put') expect(readFileSync(put)).toEqual(content);
			else expect(said()).toContain('it does not know CNI 0.3.1 1.1.0, with which it is called there');
			expect({isReady: isReady(), isKept: readFileSync(put).equals(before)}).toEqual({
				isReady: outcome === 'put',
				isKept: outcome === 'kept',
			});
		});
	});

	it('takes the binary out of another image without giving that image the node', () => {
		const [, set] = objectsOf(daemonSetManifest({...request, source: {kind: 'image', image: 'mirror.example/plugins:1'}})) as [
			ConfigMap,
			DaemonSet,
		];
		expect(set.spec.template.spec.initContainers?.[0]).toMatchObject({
			image: 'mirror.example/plugins:1',
			volumeMounts: [{name: 'image', mountPath: '/image'}],
		});
	});

	it('names the address and its checksum where the binary is fetched', () => {
		const url = 'https://mirror.example/cni-plugins-linux-arm64-v1.9.1.tgz';
		const [files] = objectsOf(daemonSetManifest({...request, source: {kind: 'url', addresses: [{url, sha256: 'ab'.repeat(32)}]}})) as [
			ConfigMap,
		];
		expect(files.data?.['table.sh']).toContain(`arm64 ${'ab'.repeat(32)} ${url}`);
	});

	it('has scripts that a POSIX shell can read', () => {
		for (const [name, text] of Object.entries((objects[0] as ConfigMap).data ?? {})) {
			expect({name, ...spawnSync('sh', ['-n'], {input: text, encoding: 'utf8'})}).toMatchObject({name, status: 0, stderr: ''});
		}
	});
});

describe('roles', () => {
	type Role = {kind: string; rules: Array<{resources: string[]; verbs: string[]}>};
	const rightsOf = (mode: (typeof rbacModes)[number]) =>
		(objectsOf(rbacManifest(mode, 'kube-system')) as unknown as Role[]).flatMap(({kind, rules}) =>
			rules.flatMap(({resources, verbs}) => resources.flatMap(resource => verbs.map(verb => `${kind} ${verb} ${resource}`))),
		);

	it('let a lister change nothing and run nothing', () => {
		expect(rightsOf('list').filter(right => !/ (?:get|list|watch) /u.test(right) || right.includes('exec'))).toEqual([]);
	});

	it('grow from mode to mode, and none takes everything', () => {
		for (const [smaller, larger] of [
			['list', 'diagnose'],
			['diagnose', 'fix'],
		] as const) {
			expect(rightsOf(larger)).toEqual(expect.arrayContaining(rightsOf(smaller)));
		}

		expect(rightsOf('fix').filter(right => right.includes('*') || right.includes('secrets'))).toEqual([]);
	});
});
