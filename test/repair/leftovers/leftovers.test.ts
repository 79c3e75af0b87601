import {existsSync, mkdtempSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {expect, test} from 'vitest';
import type {NodeAccess} from '../../../source/access/access.ts';
import type {Evidence, NodeEvidence} from '../../../source/evidence/evidence.ts';
import {nodeOf} from '../../../source/evidence/objects/nodes.ts';
import {findLeftovers} from '../../../source/repair/leftovers/find-leftovers.ts';
import {leftoverName, type Leftover} from '../../../source/repair/leftovers/leftover.ts';
import {removeLeftovers, type RemovalSetting} from '../../../source/repair/leftovers/remove-leftovers.ts';
import {fakeCluster, refusal, type FakeCluster, type FakeParts} from '../../evidence/fake-cluster.ts';

const now = Date.parse('2024-02-07T03:00:00Z');
const never = new AbortController().signal;

function evidence(nodes: readonly NodeEvidence[] = [], parts: Partial<Evidence> = {}): Evidence {
	return {
		apiVersion: 'hostport.dev/v1',
		kind: 'Evidence',
		collectedAt: '',
		collectedBy: '',
		redacted: false,
		server: '',
		namespace: '',
		kubernetes: '',
		cilium: {namespace: 'kube-system', version: '1.17.4', daemonSet: null, configMap: null, nodeConfigs: []},
		otherDaemonSets: [],
		portmapKeepers: [],
		kubeProxyMode: '',
		nodes: [...nodes],
		pods: [],
		clientProbes: null,
		events: [],
		services: [],
		networkPolicies: [],
		gaps: [],
		...parts,
	};
}

function node(...files: readonly string[]): NodeEvidence {
	const seen = files.map(name => ({
		name,
		size: 7,
		modified: 0,
		mode: '600',
		linksTo: '',
		architecture: '',
		sha256: '',
		versionAnswer: '',
		versionExitCode: null,
	}));
	return {
		...nodeOf({metadata: {name: 'node-1'}}),
		observation: {binaryFolder: {host: '/opt/cni/bin', files: seen}} as unknown as NodeEvidence['observation'],
	};
}

function cluster(objects: FakeParts['objects'] = {}): FakeCluster {
	return fakeCluster({objects: {'/api/v1/pods': [], '/api/v1/namespaces/kube-system/configmaps': [], ...objects}});
}

const pod = (name: string, more: object = {}): object => ({
	metadata: {name, namespace: 'ops', creationTimestamp: '2024-02-07T02:58:00Z', ...more},
	spec: {nodeName: 'node-2'},
	status: {phase: 'Running'},
});
const search = async (client: FakeCluster, seen: Evidence): ReturnType<typeof findLeftovers> =>
	findLeftovers(seen, {client, namespaces: ['kube-system'], folders: [], now, signal: never});

test('a clean cluster has nothing left', async () => {
	expect(await search(cluster(), evidence([node('portmap', 'loopback', '.hidden')]))).toEqual({found: [], unseen: [], lost: []});
});

test('pods of ours are found in any namespace, but not those that are going or that a controller keeps', async () => {
	const pods = [
		pod('hostport-reader-1'),
		pod('hostport-reader-2', {deletionTimestamp: '2024-02-07T02:59:00Z'}),
		pod('keeper', {ownerReferences: [{kind: 'DaemonSet'}]}),
	];
	const {found} = await search(cluster({'/api/v1/pods': pods}), evidence());
	expect(found).toMatchObject([{kind: 'pod', namespace: 'ops', name: 'hostport-reader-1', node: 'node-2', removal: 'plain'}]);
	expect(found[0]?.says).toContain('created 120 s ago');
});

test('unfinished files of every way of putting one are found by their names, and nothing else is', async () => {
	const ours = ['.portmap.kubectl-hostport-20240207-020000-a1b2', '..portmap.kubectl-hostport-1a2b.kubectl-hostport-0f0f0f'];
	const others = ['portmap', '.portmap.swp', 'x.kubectl-hostport-1', '.a b.kubectl-hostport-1', '.$(reboot).kubectl-hostport-1'];
	const {found} = await search(cluster(), evidence([node(...ours, ...others)]));
	expect(found.map(({name}) => name)).toEqual(ours);
	expect(found.map(leftover => leftoverName(leftover))).toEqual(ours.map(name => `file node-1:/opt/cni/bin/${name}`));
});

test('the portmap that a repair replaced is found, and goes only where that is asked for: a rollback needs it', async () => {
	const kept = '.portmap-before.kubectl-hostport-20240207-020000-a1b2';
	const {found} = await search(cluster(), evidence([node('portmap', kept, `${kept}-part`)]));
	expect(found.map(({name, removal}) => [name, removal])).toEqual([
		[kept, 'asked'],
		[`${kept}-part`, 'asked'],
	]);
	expect(found[0]?.says).toMatch(/^the portmap that a repair replaced: /u);
});

test('a node whose folder was not seen is told, one that has no Linux behind it is not', async () => {
	const unasked = {...node(), observation: null, attempts: [{via: 'agent', ok: false, reason: 'no answer within 30 s'}]} as NodeEvidence;
	const windows = {...unasked, os: 'windows', skipped: 'Windows node'};
	expect((await search(cluster(), evidence([unasked, windows]))).unseen).toEqual(['CNI binary folder of node-1: no answer within 30 s']);
});

test.each([
	['2024-02-07T02:59:50Z', 'never'],
	['2024-02-06T02:59:50Z', 'asked'],
	['2099-12-31T00:00:00Z', 'asked'],
	['', 'asked'],
])('a lock renewed at %s goes: %s', async (renewedAt, removal) => {
	const lock = {data: {holder: 'kim@laptop', run: 'r1', renewedAt}};
	const {found} = await search(cluster({'/api/v1/namespaces/kube-system/configmaps/hostport-lock': lock}), evidence());
	expect(found).toMatchObject([{kind: 'lock', name: 'hostport-lock', removal, says: expect.stringContaining('kim@laptop') as string}]);
});

test('a journal that cannot be read is shown and goes only when asked for', async () => {
	const journals = [{metadata: {name: 'hostport-run-1'}, data: {plan: 'x', state: 'y'}}];
	const {found} = await search(cluster({'/api/v1/namespaces/kube-system/configmaps': journals}), evidence());
	expect(found).toMatchObject([{kind: 'run', name: 'hostport-run-1', removal: 'asked'}]);
});

test('the settings of a first node belong to a run while that is unfinished', async () => {
	const nodeConfigs = [
		{name: 'kubectl-hostport-canary', namespace: 'kube-system', matchLabels: {}, matchExpressions: [], defaults: {}},
		{name: 'somebody-elses', namespace: 'kube-system', matchLabels: {}, matchExpressions: [], defaults: {}},
	];
	const seen = evidence([], {cilium: {namespace: 'kube-system', version: '1.17.4', daemonSet: null, configMap: null, nodeConfigs}});
	expect((await search(cluster(), seen)).found).toMatchObject([{kind: 'node-config', name: 'kubectl-hostport-canary', removal: 'plain'}]);
	const journals = [{metadata: {name: 'hostport-run-1'}, data: {}}];
	const {found} = await search(cluster({'/api/v1/namespaces/kube-system/configmaps': journals}), seen);
	expect(found.find(({kind}) => kind === 'node-config')?.removal).toBe('asked');
});

test('where all namespaces are closed, the agent’s is looked into and the rest is told', async () => {
	const client = cluster({
		'/api/v1/pods': refusal(403, 'missing permission: list pods'),
		'/api/v1/namespaces/kube-system/pods': [pod('hostport-reader-1')],
	});
	expect(await search(client, evidence())).toMatchObject({
		found: [{name: 'hostport-reader-1'}],
		unseen: ['pods in all namespaces: missing permission: list pods'],
	});
});

const leftover = (parts: Partial<Leftover>): Leftover => ({
	kind: 'file',
	namespace: '',
	name: '',
	node: 'node-1',
	folder: '/opt/cni/bin',
	says: '',
	removal: 'plain',
	...parts,
});

function removing(client: FakeCluster, exitCode = 0): RemovalSetting & {readonly ran: Array<readonly string[]>; closed: number} {
	const setting = {
		client,
		ciliumVersion: '1.17.4',
		signal: never,
		concurrency: 2,
		ran: [] as Array<readonly string[]>,
		closed: 0,
		openWriter: async (): Promise<NodeAccess> =>
			({
				binaryFolder: {host: '/opt/cni/bin', seen: '/host/bin'},
				run: async (_script: string, {parameters = []}: {parameters?: readonly string[]}) => {
					setting.ran.push(parameters);
					return {stdout: '', stderr: 'read-only file system', exitCode, truncated: false};
				},
				close: async () => {
					setting.closed += 1;
				},
			}) as unknown as NodeAccess,
	};
	return setting;
}

test('the files of a node go in one round trip, and what was opened for it is closed', async () => {
	const setting = removing(cluster());
	const files = [leftover({name: '.a.kubectl-hostport-1'}), leftover({name: '.b.kubectl-hostport-2'})];
	expect((await removeLeftovers(files, setting)).map(({error}) => error)).toEqual(['', '']);
	expect(setting.ran).toEqual([['/host/bin', '.a.kubectl-hostport-1', '.b.kubectl-hostport-2']]);
	expect(setting.closed).toBe(1);
});

test('what cannot be removed is named, and stops nothing else', async () => {
	const client = cluster({
		'DELETE /api/v1/namespaces/ops/pods/p': {},
		'DELETE /api/v1/namespaces/kube-system/configmaps/hostport-lock': {},
	});
	const setting = removing(client, 1);
	const removals = await removeLeftovers(
		[
			leftover({name: '.a.kubectl-hostport-1'}),
			leftover({kind: 'pod', namespace: 'ops', name: 'p'}),
			leftover({kind: 'lock', namespace: 'kube-system', name: 'hostport-lock'}),
		],
		setting,
	);
	expect(removals.map(({error}) => error)).toEqual([expect.stringMatching(/\.a\.kubectl-hostport-1: read-only file system/u), '', '']);
	expect(setting.closed).toBe(1);
});

test('a folder of this machine is told by its path and removed whole', async () => {
	const folder = mkdtempSync(path.join(os.tmpdir(), 'hostport-leftover-'));
	writeFileSync(path.join(folder, '1'), '');
	const {found} = await findLeftovers(evidence(), {client: cluster(), namespaces: [], folders: [folder], now, signal: never});
	expect(found.map(leftover => leftoverName(leftover))).toEqual([`folder ${folder}`]);
	expect(await removeLeftovers(found, removing(cluster()))).toMatchObject([{error: ''}]);
	expect(existsSync(folder)).toBe(false);
});

test('a manifest that is kept is named with what became of its pod; of a lost one the Secret goes only when that is asked for', async () => {
	const secret = (name: string, manifest: string): object => ({
		metadata: {name, namespace: 'kube-system', labels: {'hostport.dev/run': '20240207-020000-abcd'}},
		data: {manifest: Buffer.from(manifest).toString('base64')},
	});
	const manifestOf = (name: string): string => JSON.stringify({metadata: {name, namespace: 'ops'}, spec: {containers: []}});
	const client = cluster({
		'/api/v1/namespaces/kube-system/secrets': [
			secret('hostport-pod-1', manifestOf('gone')),
			secret('hostport-pod-2', manifestOf('there')),
			secret('hostport-pod-3', '{"metadata":{"name":"../../x","namespace":"ops"},"spec":{}}'),
		],
		'/api/v1/namespaces/ops/pods/there': {metadata: {name: 'there'}},
	});
	const {found, lost} = await search(client, evidence([node('portmap')]));
	expect(found.map(({kind, name, removal, says}) => ({kind, name, removal, says}))).toEqual([
		{
			kind: 'secret',
			name: 'hostport-pod-1',
			removal: 'asked',
			says: 'the manifest of the pod ops/gone, which was deleted for a restart and is gone',
		},
		{kind: 'secret', name: 'hostport-pod-2', removal: 'plain', says: 'the manifest of the pod ops/there, which exists'},
		{kind: 'secret', name: 'hostport-pod-3', removal: 'asked', says: 'not a manifest that a pod can be created from'},
	]);
	expect(lost?.map(({name, namespace}) => `${namespace}/${name}`)).toEqual(['ops/gone']);
	expect(JSON.stringify(found)).not.toContain('containers');
});
