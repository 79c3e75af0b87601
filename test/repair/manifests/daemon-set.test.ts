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
const request = {namespace: 'kube-system', image: 'quay.io/cilium/cilium:v1.17.4', folder: '/opt/cni/bin'};

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
		const folder = mkdtempSync(path.join(os.tmpdir(), 'hostport-keeper-'));
		for (const name of ['files', 'own', 'node']) mkdirSync(path.join(folder, name));
		for (const {configMap} of daemonSet.spec.template.spec.volumes.find(({name}) => name === 'files')?.projected?.sources ?? []) {
			const object = objects.filter(isConfigMap).find(({metadata}) => metadata.name === configMap.name);
			for (const [key, text] of Object.entries(object?.data ?? {})) writeFileSync(path.join(folder, 'files', key), text);
			for (const {key, path: place} of configMap.items ?? []) {
				mkdirSync(path.join(folder, 'files', path.dirname(place)), {recursive: true});
				writeFileSync(path.join(folder, 'files', place), Buffer.from(object?.binaryData?.[key] ?? '', 'base64'));
			}
		}

		const keeper = spawn('sh', [path.join(folder, 'files/keep-portmap.sh'), path.join(folder, 'node'), path.join(folder, 'own'), '0.2']);
		try {
			const put = path.join(folder, 'node', 'portmap');
			const isRight = () => existsSync(put) && readFileSync(put).equals(binaries[0]!.content);
			const until = async (condition: () => boolean) => {
				while (!condition()) await wait(20);
			};
			await until(() => isRight() && existsSync(path.join(folder, 'own', 'ready')));
			rmSync(put);
			await until(isRight);
			writeFileSync(put, 'damaged');
			await until(isRight);
			expect(readdirSync(path.join(folder, 'node'))).toEqual(['portmap']);
		} finally {
			keeper.kill();
			rmSync(folder, {recursive: true, force: true, maxRetries: 3});
		}
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
		expect(rightsOf('list').filter(right => !/ (?:get|list) /u.test(right) || right.includes('exec'))).toEqual([]);
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
