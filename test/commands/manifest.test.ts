import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {parse, parseAllDocuments} from 'yaml';
import {UsageError} from '../../source/errors.ts';
import {saveEvidence} from '../../source/evidence/evidence-file.ts';
import {helmValuesManifest} from '../../source/repair/manifests/helm-values.ts';
import {pathlessEvidence} from '../diagnosis/scenes.ts';
import {elfFile} from '../repair/elf-file.ts';
import {runHere, type Ended} from '../support/program.ts';

type Flags = Readonly<Record<string, string | readonly string[]>>;

async function ran(words: readonly string[], flags: Flags): Promise<Ended> {
	const typed = Object.entries(flags).flatMap(([name, value]) => [value].flat().map(each => `--${name}=${each}`));
	return runHere(['manifest', ...words, ...typed], {KUBECONFIG: '/nowhere'});
}

async function manifest(words: readonly string[], flags: Flags = {}): Promise<string> {
	const {code, output} = await ran(words, flags);
	expect(code).toBe(0);
	return output;
}

type Role = {
	readonly rules: ReadonlyArray<{readonly apiGroups: string[]; readonly resources: string[]; readonly resourceNames?: string[]}>;
};

const sum = 'ab'.repeat(32);

it.each([
	['no kind', [], {}],
	['another kind', ['constructor'], {}],
	['no source', ['init-script'], {}],
	['an image before the node has joined', ['init-script'], {portmap: ['image:mirror.example/plugins:1']}],
	['an address without a checksum', ['init-script'], {portmap: ['url:https://mirror.example/portmap']}],
	['an address without protection and without a checksum', ['init-script'], {portmap: ['http://mirror.example/portmap']}],
	[
		'a DaemonSet that would fetch with an image that cannot',
		['daemonset'],
		{portmap: ['https://mirror.example/portmap'], 'portmap-sha256': sum},
	],
	['a release whose checksums are not known', ['init-script'], {portmap: ['release:0.9.9']}],
	[
		'two for one architecture',
		['init-script'],
		{portmap: ['https://a.example/portmap', 'https://b.example/portmap'], 'portmap-sha256': `${sum},${sum}`},
	],
	['an address that a shell would read', ['init-script'], {portmap: ["https://mirror.example/a'b"], 'portmap-sha256': sum}],
	['a checksum that is none', ['init-script'], {portmap: ['https://mirror.example/portmap'], 'portmap-sha256': 'abc'}],
	['two ways at once', ['init-script'], {portmap: ['https://mirror.example/portmap', 'image:x'], 'portmap-sha256': sum}],
] as const)('refuses %s', async (_what, words, flags) => {
	const {code, output, errors} = await ran(words, flags);
	expect({code, output}).toEqual({code: 2, output: ''});
	expect(errors.trim().split('\n')).toHaveLength(2);
});

it('makes an init script and roles without any cluster', async () => {
	expect(await manifest(['init-script'], {portmap: ['https://mirror.example/portmap'], 'portmap-sha256': sum})).toContain(
		`any ${sum} https://mirror.example/portmap`,
	);
	expect(await manifest(['init-script'], {portmap: ['http://mirror.example/portmap'], 'portmap-sha256': sum})).toContain(
		`any ${sum} http://mirror.example/portmap`,
	);
	expect(await manifest(['init-script'], {portmap: ['release:1.9.1']})).toMatch(
		/^arm64 [\da-f]{64} https:\/\/github.com\/containernetworking\/.*arm64-v1.9.1.tgz$/mu,
	);
	expect(await manifest(['rbac'], {mode: 'fix'})).toContain('kind: ClusterRole');
});

it.each(['list', 'diagnose', 'fix'])('names no resource twice in a role for %s', async mode => {
	const roles = parseAllDocuments(await manifest(['rbac'], {mode})).map(document => document.toJS() as Role);
	for (const {rules} of roles) {
		const named = rules.flatMap(({apiGroups: [group], resources, resourceNames = []}) =>
			resources.map(each => [group, each, ...resourceNames].join('/')),
		);
		expect(named).toEqual([...new Set(named)]);
	}
});

it('takes image, namespace, folder and version from what was seen of the cluster', async () => {
	const folder = mkdtempSync(path.join(os.tmpdir(), 'hostport-manifest-'));
	try {
		const from = path.join(folder, 'evidence.json');
		await saveEvidence(from, pathlessEvidence('1.17.4'), {stdout: process.stdout, signal: new AbortController().signal});
		const daemonSet = await manifest(['daemonset'], {from, portmap: ['image:mirror.example/plugins:1']});
		for (const part of ['image: quay.io/cilium/cilium:v1.17.4', 'namespace: kube-system', 'path: /opt/cni/bin'])
			expect(daemonSet).toContain(part);
		expect(await manifest(['helm-values'], {from, strategy: 'portmap'})).toContain('chainingMode: portmap');
	} finally {
		rmSync(folder, {recursive: true});
	}
});

describe('a portmap that knows CNI 0.4.0 at most', () => {
	const folder = mkdtempSync(path.join(os.tmpdir(), 'hostport-manifest-'));
	const file = path.join(folder, 'portmap');
	const old = {portmap: [`file:${file}`]};
	const url = {portmap: ['url:https://mirror.example/cni-plugins-linux-amd64-v0.8.7.tgz'], 'portmap-sha256': sum};
	beforeAll(() => {
		writeFileSync(file, elfFile('amd64', {size: 400, marks: 'dep\tgithub.com/containernetworking/cni\tv0.8.0\th1:'}));
	});
	afterAll(() => {
		rmSync(folder, {recursive: true});
	});
	const evidenceOf = async (version: string): Promise<string> => {
		const from = path.join(folder, `${version}.json`);
		await saveEvidence(from, pathlessEvidence(version), {stdout: process.stdout, signal: new AbortController().signal});
		return from;
	};

	it.each([
		['a file', old],
		['an address that names its version', {...url, image: 'busybox'}],
	])('in %s is refused where the cluster’s Cilium asks for more', async (_, flags) => {
		const from = await evidenceOf('1.20.2');
		const {code, errors} = await ran(['daemonset'], {from, ...flags});
		expect(code).not.toBe(0);
		expect(errors).toMatch(/knows CNI up to 0\.4\.0, and the CNI file asks for 1\.0\.0: no pod/u);
	});

	it('is taken without a word where it asks for no more', async () => {
		const {output: printed, errors: said} = await ran(['daemonset'], {from: await evidenceOf('1.17.4'), ...old});
		expect(printed).toContain("asked='0.3.1'");
		expect(said).not.toContain('CNI');
	});

	it.each([
		['an init script', ['init-script'], old],
		['an init script that fetches it', ['init-script'], url],
		['a DaemonSet for any cluster', ['daemonset'], {...old, image: 'busybox', namespace: 'x', 'cni-bin-dir': '/opt/cni/bin'}],
	])('%s warns of the Cilium that could not use it', async (_, words, flags) => {
		const {output: printed, errors: said} = await ran(words, flags);
		expect(printed).not.toBe('');
		expect(said).toMatch(/^warning: portmap .*knows CNI up to 0\.4\.0, and Cilium 1\.20 asks for 1\.0\.0: no pod .*release:1\.9\.1/mu);
	});
});

it('has the node ask a binary of an image for what the CNI file asks', async () => {
	const folder = mkdtempSync(path.join(os.tmpdir(), 'hostport-manifest-'));
	try {
		const from = path.join(folder, 'evidence.json');
		await saveEvidence(from, pathlessEvidence('1.20.2'), {stdout: process.stdout, signal: new AbortController().signal});
		expect(await manifest(['daemonset'], {from, portmap: ['image:mirror.example/plugins:1']})).toContain("asked='1.0.0'");
	} finally {
		rmSync(folder, {recursive: true});
	}
});

const alone = (version: string) => ({...pathlessEvidence(version), kubeProxyMode: '', otherDaemonSets: []});
const beside = (version: string) => ({...pathlessEvidence(version), kubeProxyMode: 'iptables'});
const valuesOf = (...of: Parameters<typeof helmValuesManifest>): unknown => {
	const values = helmValuesManifest(...of);
	// A key that comes twice is an error of YAML.
	const leaves = values.split('\n').filter(line => /: \S/u.test(line) && !line.startsWith('#'));
	expect(leafCount(parse(values))).toBe(leaves.length);
	return parse(values);
};
const chained = {cni: {chainingMode: 'portmap'}};
const nodePort = {enabled: true, enableHealthCheck: false};
const socketLB = {enabled: true, hostNamespaceOnly: true};
const byKey = {extraConfig: {'enable-host-port': 'true'}};

// The charts' own conditions: facts of install/kubernetes/cilium, 1.8.0 to 1.20.0.
it.each([
	[
		'1.8.13',
		{global: chained},
		{global: {kubeProxyReplacement: 'partial', nodePort, hostPort: {enabled: true}, hostServices: {enabled: true}}},
		{global: {kubeProxyReplacement: 'strict'}},
	],
	[
		'1.10.16',
		chained,
		{kubeProxyReplacement: 'partial', nodePort, hostPort: {enabled: true}, hostServices: socketLB},
		{kubeProxyReplacement: 'strict'},
	],
	['1.13.18', chained, {kubeProxyReplacement: 'partial', nodePort, hostPort: {enabled: true}, socketLB}, {kubeProxyReplacement: 'strict'}],
	['1.14.19', chained, {kubeProxyReplacement: 'false', nodePort, hostPort: {enabled: true}, socketLB}, {kubeProxyReplacement: 'true'}],
	['1.17.4', chained, {kubeProxyReplacement: 'false', nodePort, ...byKey, socketLB}, {kubeProxyReplacement: 'true'}],
	['1.17.8', chained, {kubeProxyReplacement: 'false', nodePort, hostPort: {enabled: true}, socketLB}, {kubeProxyReplacement: 'true'}],
	['1.18.2', chained, {kubeProxyReplacement: 'false', nodePort, ...byKey, socketLB}, {kubeProxyReplacement: 'true'}],
])('gives the Helm values of Cilium %s', (version, portmap, besideKubeProxy, withoutKubeProxy) => {
	expect(valuesOf(beside(version), version, 'portmap')).toEqual(portmap);
	expect(valuesOf(beside(version), version, 'native')).toEqual(besideKubeProxy);
	expect(valuesOf(alone(version), version, 'native')).toEqual(withoutKubeProxy);
});

it.each(['1.19.6', '1.20.0'])('gives no Helm values of Cilium %s that would do nothing', version => {
	expect(valuesOf(beside(version), version, 'portmap')).toEqual(chained);
	expect(valuesOf(alone(version), version, 'native')).toEqual({kubeProxyReplacement: 'true'});
	expect(() => helmValuesManifest(beside(version), version, 'native')).toThrow(UsageError);
});

const leafCount = (value: unknown): number =>
	typeof value === 'object' && value !== null ? Object.values(value).reduce((sum: number, each) => sum + leafCount(each), 0) : 1;

it('prints no values that would take another network’s list away', () => {
	const base = pathlessEvidence('1.17.4');
	const configMap = base.cilium?.configMap;
	const joined =
		base.cilium && configMap
			? {...base, cilium: {...base.cilium, configMap: {...configMap, data: {...configMap.data, 'cni-chaining-mode': 'aws-cni'}}}}
			: base;
	expect(() => helmValuesManifest(joined, '1.17.4', 'portmap')).toThrow(/aws-cni: another network plugin/);
	expect(helmValuesManifest(base, '1.17.4', 'portmap')).toContain('chainingMode: portmap');
});
