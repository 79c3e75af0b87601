import {afterEach, beforeEach, expect, test} from 'vitest';
import {ClusterError} from '../../source/cluster/cluster-error.ts';
import {collectEvidence, type CollectOptions, type SshSetting} from '../../source/evidence/collect.ts';
import type {NodeEvidence} from '../../source/evidence/evidence.ts';
import {testSession} from '../access/ssh/support/session.ts';
import {makeKey, startServer, testFolder, type TestServer} from '../access/ssh/support/ssh-server.ts';
import {fakeCluster, refusal, type FakeCluster, type FakeParts} from './fake-cluster.ts';
import {agentPod, clusterObjects, node as nodeObject, podList} from './objects.ts';

const key = makeKey();
let folder: ReturnType<typeof testFolder>;
let server: TestServer;
let ssh: SshSetting;
beforeEach(async () => {
	folder = testFolder();
	server = await startServer({authorized: [key]});
	const session = testSession(folder, [server], {key: folder.file('id', key.private), user: 'root'});
	ssh = {session, asks: false, isAsking: () => false, isSetUpFor: () => true};
});
afterEach(async () => {
	await ssh.session.close();
	await server.close();
	folder.remove();
});

/** A node at the SSH server of this test. */
function onLoopback(object: unknown): unknown {
	const {status, ...rest} = object as {status: object};
	return {...rest, status: {...status, addresses: [{type: 'InternalIP', address: '127.0.0.1'}]}};
}

function cluster(parts: FakeParts & {seesBinaries?: boolean} = {}): FakeCluster {
	const {objects = {}, seesBinaries = false, ...rest} = parts;
	const nodes = {'/api/v1/nodes': [onLoopback(nodeObject('node-1'))]};
	return fakeCluster({...rest, objects: {...clusterObjects(['node-1'], {seesBinaries}), ...nodes, ...objects}});
}

async function lookAt(client: FakeCluster, options: Partial<CollectOptions>): Promise<NodeEvidence> {
	const {nodes} = await collectEvidence(client, {nodes: [], version: '1.0.0', signal: new AbortController().signal, ...options});
	const [seen] = nodes;
	if (seen === undefined) throw new Error('no node was looked at');
	return seen;
}

const reviews = (
	denied: (attributes: {verb: string; resource: string; subresource?: string}) => boolean,
): NonNullable<FakeParts['objects']> => ({
	'POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews': ({body}: {body: unknown}) => ({
		status: {allowed: !denied((body as {spec: {resourceAttributes: {verb: string; resource: string}}}).spec.resourceAttributes)},
	}),
});
const touchesPods = (client: FakeCluster): boolean =>
	client.requests.some(({path, method = 'GET'}) => path.startsWith('exec') || (method === 'POST' && path.endsWith('/pods')));

test('by SSH neither exec nor a pod is used, and what only the agent tells is said to be missing', async () => {
	const client = cluster();
	const seen = await lookAt(client, {via: 'ssh', ssh});
	expect(seen).toMatchObject({
		via: 'ssh',
		attempts: [{via: 'ssh', ok: true, reason: expect.stringContaining('were not read by SSH') as string}],
		observation: {kernel: expect.stringMatching(/./u) as string, agentStatus: null, serviceEntries: null},
	});
	expect(touchesPods(client)).toBe(false);
	expect(client.requests.some(({path}) => path.endsWith('/selfsubjectaccessreviews'))).toBe(false);
});

test('by SSH the agent is asked in its container, by the id that Kubernetes tells', async () => {
	const id = 'ab'.repeat(32);
	const pod = agentPod('node-1') as {status: {containerStatuses: object[]}};
	const known = (containerID: string): unknown => {
		const containerStatuses = pod.status.containerStatuses.map(status => ({...status, containerID}));
		return podList([{...pod, status: {...pod.status, containerStatuses}}], []);
	};
	// The node of this server is this machine, which may have the folders of CNI or not.
	const reasonWith = async (containerID: string): Promise<string> =>
		(await lookAt(cluster({objects: {'/api/v1/pods': known(containerID)}}), {via: 'ssh', ssh})).attempts[0]?.reason ?? '';
	expect(await reasonWith(`containerd://${id}`)).toContain('the process of the agent was not found on the node)');
	expect(await reasonWith(`containerd://${id}`)).toContain('with --via pod or --via agent');
	// What is no id becomes no word of a command.
	expect(await reasonWith('containerd://$(reboot)')).toMatch(/were not read by SSH(?!.*the process of the agent)/u);
});

test('a node that is down for Kubernetes is asked by SSH where that was set up', async () => {
	const down = {'/api/v1/nodes': [onLoopback(nodeObject('node-1', {ready: 'Unknown', message: 'gone'}))]};
	const client = cluster({objects: down});
	expect(await lookAt(client, {ssh})).toMatchObject({skipped: '', via: 'ssh', attempts: [{via: 'ssh', ok: true}]});
	expect(touchesPods(client)).toBe(false);
	expect(await lookAt(cluster({objects: down}), {})).toMatchObject({skipped: expect.stringContaining('gone') as string, attempts: []});
});

test('SSH comes last, where the pod is refused', async () => {
	const refused = refusal(403, 'violates PodSecurity "restricted"', 'create');
	const objects = {
		'/api/v1/pods': podList([agentPod('node-1', {running: false})], []),
		'POST /api/v1/namespaces/kube-system/pods': refused,
	};
	expect((await lookAt(cluster({objects}), {ssh})).attempts).toMatchObject([
		{via: 'agent', ok: false},
		{via: 'pod', ok: false, reason: 'violates PodSecurity "restricted"; --via ssh needs no pod'},
		{via: 'ssh', ok: true},
	]);
	const {attempts} = await lookAt(cluster({objects}), {ssh: {...ssh, isSetUpFor: () => false}});
	expect(attempts.map(({via}) => via)).toEqual(['agent', 'pod']);
});

test.each(['get', 'create'])('of the two rights that exec takes, %s is named where the server misses it', async verb => {
	const message = `pods "cilium-node-1" is forbidden: User "u" cannot ${verb} resource "pods/exec"`;
	const hint = `Grant ${verb} on pods/exec in namespace kube-system`;
	const denied = new ClusterError(message, hint, {verb: 'create', resource: 'pods/exec'}, {status: 403, reason: 'Forbidden'});
	const client = cluster({seesBinaries: true, exec: async () => Promise.reject(denied)});
	const [attempt] = (await lookAt(client, {})).attempts;
	expect(attempt).toMatchObject({via: 'agent', ok: false});
	expect(attempt?.reason).toContain(hint);
	expect(attempt?.reason).toMatch(/--via ssh works without it$/u);
});

test('a kubelet that hangs leaves SSH its half of the time', async () => {
	const client = cluster({
		seesBinaries: true,
		exec: async (_target, _command, {signal}) =>
			new Promise((_resolve, reject) => {
				signal?.addEventListener('abort', () => reject(signal.reason as Error));
			}),
	});
	expect((await lookAt(client, {ssh, nodeTimeoutMilliseconds: 6000})).attempts).toMatchObject([
		{via: 'agent', ok: false, reason: 'no answer within 3 s'},
		{via: 'ssh', ok: true},
	]);
});

test('rights that are missing are named, and what needs them is not tried', async () => {
	const client = cluster({objects: reviews(({subresource}) => subresource === 'exec')});
	const reason = 'missing permission: get pods/exec in namespace kube-system; --via ssh works without it';
	expect((await lookAt(client, {})).attempts).toEqual([
		{via: 'agent', ok: false, reason},
		{via: 'pod', ok: false, reason},
	]);
	expect(touchesPods(client)).toBe(false);
	const noPods = cluster({
		objects: reviews(({verb, resource}) => verb === 'create' && resource === 'pods'),
		exec: async () => Promise.reject(new Error('x')),
	});
	const {attempts} = await lookAt(noPods, {via: 'pod'});
	expect(attempts).toEqual([
		{via: 'pod', ok: false, reason: 'missing permission: create pods in namespace kube-system; --via ssh works without it'},
	]);
});

test('each pod is shown before it is made', async () => {
	const shown: object[] = [];
	const client = cluster();
	const announce = async (manifest: object): Promise<void> => {
		expect(client.made.size).toBe(0);
		shown.push(manifest);
	};
	await lookAt(client, {via: 'pod', announce, pods: {image: 'registry.test/tools:1'}});
	expect(shown).toMatchObject([{kind: 'Pod', spec: {containers: [{image: 'registry.test/tools:1'}]}}]);
});

test('an unknown host key says where the question about it is asked', async () => {
	const session = testSession(folder, [], {key: folder.file('id', key.private), port: server.port, user: 'root'});
	try {
		const {attempts} = await lookAt(cluster(), {via: 'ssh', ssh: {...ssh, session}});
		expect(attempts[0]?.reason).toMatch(/is unknown.*nothing was sent.*In a terminal, .*--via ssh asks you/u);
	} finally {
		await session.close();
	}
});

test('the time of a node stands still while a person is asked', async () => {
	let asked = 0;
	const client = cluster({
		seesBinaries: true,
		exec: async (_target, _command, {signal}) =>
			new Promise((_resolve, reject) => {
				signal?.addEventListener('abort', () => reject(signal.reason as Error));
			}),
	});
	const isAsking = (): boolean => (asked += 1) <= 2;
	const {attempts} = await lookAt(client, {via: 'agent', nodeTimeoutMilliseconds: 30, ssh: {...ssh, isAsking}});
	expect(attempts).toMatchObject([{via: 'agent', ok: false, reason: 'no answer within 0.03 s'}]);
	expect(asked).toBe(3);
});
