import {rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import type {ExecOptions, ExecResult, ExecTarget} from '../../source/cluster/cluster-client.ts';
import {view} from '../../source/diagnosis/view.ts';
import {collectEvidence, type CollectOptions, type CollectProgress} from '../../source/evidence/collect.ts';
import {evidenceSchema} from '../../source/evidence/evidence.ts';
import {askedOfNode} from '../../source/evidence/open-questions.ts';
import {fakeCluster, refusal, type FakeCluster, type FakeParts} from './fake-cluster.ts';
import {agentStatus, observation} from '../diagnosis/builders.ts';
import {addProgram, makeNodeFolder, runOnNode, type NodeFolder} from './node-folder.ts';
import {agentPod, clusterObjects, digest, node as nodeObject, podList, workload} from './objects.ts';

let node: NodeFolder;
beforeEach(async () => {
	node = await makeNodeFolder();
	await writeFile(join(node.configuration, '05-cilium.conf'), '{"type": "cilium-cni"}');
	await writeFile(join(node.binaries, 'loopback'), 'x');
});
afterEach(async () => rm(node.root, {recursive: true, force: true}));

/** Exec that runs the command for real against the node's folders, as the embedded cluster does it. */
async function onFolders(_target: ExecTarget, command: readonly string[], {stdin = new Uint8Array()}: ExecOptions): Promise<ExecResult> {
	const places: Record<string, string> = {
		'conf=/host/etc/cni/net.d': `conf=${node.configuration}`,
		'conf=/host/cni-configuration': `conf=${node.configuration}`,
		'bin=/host/opt/cni/bin': `bin=${node.binaries}`,
		'bin=/host/cni-binaries': `bin=${node.binaries}`,
		'proc=/proc': `proc=${node.root}`,
	};
	return runOnNode(
		node,
		command.map(word => places[word] ?? word),
		stdin,
	);
}

function cluster(parts: FakeParts & {names?: string[]; seesBinaries?: boolean} = {}): FakeCluster {
	const {names = ['node-1', 'node-2'], seesBinaries = true, objects = {}, ...rest} = parts;
	return fakeCluster({exec: onFolders, ...rest, objects: {...clusterObjects(names, {seesBinaries}), ...objects}});
}

async function collect(client: FakeCluster, options: Partial<CollectOptions> = {}): ReturnType<typeof collectEvidence> {
	return collectEvidence(client, {nodes: [], version: '1.0.0', signal: new AbortController().signal, ...options});
}

test('one exec a node answers everything where the agent sees both folders', async () => {
	const client = cluster();
	const evidence = await collect(client);
	expect(evidenceSchema.safeParse(evidence).success).toBe(true);
	for (const {via, attempts, observation} of evidence.nodes) {
		expect(via).toBe('agent');
		expect(attempts).toEqual([{via: 'agent', ok: true, reason: ''}]);
		expect(observation?.configurationFolder?.host).toBe('/etc/cni/net.d');
		expect(observation?.binaryFolder).toMatchObject({host: '/opt/cni/bin', files: [{name: 'loopback'}]});
	}

	expect(client.requests.filter(({path}) => path.startsWith('exec'))).toHaveLength(2);
	// Nothing is made: what is sent asks for our own rights.
	const written = client.requests.filter(({method = 'GET', path}) => method !== 'GET' && !path.endsWith('/selfsubjectaccessreviews'));
	expect(written).toEqual([]);
});

describe('connections to hostPorts', () => {
	async function look(options: Partial<CollectOptions>): Promise<{words: string[]; from: unknown; tried: string[]}> {
		const words: string[] = [];
		const tried: string[] = [];
		const client = cluster({
			objects: {'/api/v1/pods': podList([agentPod('node-1'), agentPod('node-2')], [workload('web', 'node-1')])},
			// Nothing leaves this machine: what a node is told to connect to is noted and omitted.
			async exec(target, command, rest) {
				words.push(...command.filter(word => word.startsWith('connect=')).map(word => `${target.pod} ${word}`));
				return onFolders(
					target,
					command.filter(word => !word.startsWith('connect=')),
					rest,
				);
			},
		});
		const {clientProbes} = await collect(client, {
			connectFromHere: async ({address, port}) => {
				tried.push(`${address}:${port}`);
				return {ok: true, milliseconds: 1, error: ''};
			},
			...options,
		});
		expect(client.requests.filter(({path}) => path.startsWith('exec'))).toHaveLength(2);
		return {words: words.sort(), from: clientProbes, tried};
	}

	test('are made in the one round trip to each node, and from this machine', async () => {
		expect(await look({})).toEqual({
			words: ['cilium-node-1 connect=10.1.0.5,80', 'cilium-node-2 connect=10.0.0.1,8080'],
			from: [{address: '10.0.0.1', port: 8080, answer: 'open'}],
			tried: ['10.0.0.1:8080'],
		});
	});

	test('are skipped where the person does not want them', async () => {
		expect(await look({connects: false})).toEqual({words: [], from: null, tried: []});
	});
});

describe('of what was seen before', () => {
	const names = ['node-1', 'node-2', 'node-3', 'node-4'];
	const web = (phase = 'Running'): object => workload('web', 'node-1', {phase});
	const exec = async (target: ExecTarget, command: readonly string[], options: ExecOptions): Promise<ExecResult> => {
		const words = command.filter(word => !word.startsWith('connect='));
		return onFolders(target, words, options);
	};
	const withPods = (workloads: readonly object[], nodes = names, more: FakeParts = {}): FakeCluster =>
		cluster({
			names: nodes,
			exec,
			objects: {
				'/api/v1/pods': podList(
					nodes.map(name => agentPod(name)),
					workloads,
				),
			},
			...more,
		});

	/** Looks at a cluster, then at what became of it: who is asked the second time, and the evidence of both. */
	async function lookTwice(first: FakeCluster, second: FakeCluster) {
		const before = await collect(first, {via: 'agent'});
		const asked: string[] = [];
		const now = await collect(second, {
			via: 'agent',
			before,
			onProgress: progress => {
				if (progress.type === 'node') asked.push(progress.node.name);
			},
		});
		return {before, now, asked: asked.sort()};
	}

	test('nobody is asked where nothing changed, and each answer is kept with its age', async () => {
		const {before, now, asked} = await lookTwice(withPods([web()]), withPods([web()]));
		expect(asked).toEqual([]);
		expect(now.nodes.map(({observation}) => observation)).toEqual(before.nodes.map(({observation}) => observation));
		expect(now.nodes.map(({askedAt}) => askedAt)).toEqual(names.map(() => before.collectedAt));
		const third = await collect(withPods([web()]), {before: now});
		expect(third.nodes.map(({askedAt}) => askedAt)).toEqual(names.map(() => before.collectedAt));
	});

	test('what is as it was is the very same object, so that it is not judged again; what changed is another', async () => {
		const {now} = await lookTwice(withPods([web()]), withPods([web()]));
		const third = await collect(withPods([web()]), {before: now});
		const identical = third.nodes.map((each, index) => each === now.nodes[index]);
		expect(identical).toEqual([true, true, true, true]);
		expect(third.cilium).toBe(now.cilium);
		expect(third.pods[0]).toBe(now.pods[0]);
		const views = view(third).nodes.map((each, index) => each === view(now).nodes[index]);
		expect(views).toEqual([true, true, true, true]);
		const changed = await collect(withPods([web('Pending')]), {before: third});
		expect(changed.pods[0]).toMatchObject({phase: 'Pending'});
		expect(changed.nodes.map((each, index) => each === third.nodes[index])).toEqual([false, false, true, true]);
	});

	test('the node of a pod that changed is asked again, and the one that connects to its hostPorts', async () => {
		const {now, asked} = await lookTwice(withPods([web('Pending')]), withPods([web()]));
		expect(asked).toEqual(['node-1', 'node-2']);
		expect(now.nodes.map(({askedAt}) => askedAt === undefined)).toEqual([true, true, false, false]);
		expect((await lookTwice(withPods([web()]), withPods([]))).asked).toEqual(['node-1', 'node-2']);
	});

	test('a node that joins is asked, and one that is gone is no longer told of', async () => {
		const {now, asked} = await lookTwice(withPods([], ['node-1', 'node-2']), withPods([], ['node-2', 'node-3']));
		expect(asked).toContain('node-3');
		expect(now.nodes.map(({name}) => name)).toEqual(['node-2', 'node-3']);
	});

	test('a node that did not answer is asked again', async () => {
		const deaf = withPods([], names, {
			exec: async (target, command, options) => {
				if (target.pod === 'cilium-node-3') throw new Error('no route to host');
				return exec(target, command, options);
			},
		});
		const {now, asked} = await lookTwice(deaf, withPods([]));
		expect(asked).toContain('node-3');
		expect(asked).not.toContain('node-1');
		expect(now.nodes[2]?.observation).not.toBe(null);
	});

	test('what this machine heard of hostPorts that did not change stays, and of those that are gone does not', async () => {
		const connectFromHere = async () => ({ok: true, milliseconds: 1, error: ''}) as const;
		const before = await collect(withPods([web()]), {connectFromHere});
		expect(before.clientProbes).toHaveLength(1);
		const connects = async (): Promise<never> => Promise.reject(new Error('nothing is to be connected to'));
		expect((await collect(withPods([web()]), {before, connectFromHere: connects})).clientProbes).toEqual(before.clientProbes);
		expect((await collect(withPods([]), {before, connectFromHere: connects})).clientProbes).toBe(null);
	});
});

test('a reader pod sees what the agent does not, and is gone afterwards', async () => {
	const client = cluster({seesBinaries: false});
	const evidence = await collect(client);
	expect(evidence.nodes[0]).toMatchObject({
		via: 'pod',
		attempts: [
			{via: 'agent', ok: true, reason: 'the agent cannot see /opt/cni/bin'},
			{via: 'pod', ok: true, reason: ''},
		],
		observation: {
			configurationFolder: {files: [{name: '05-cilium.conf'}]},
			binaryFolder: {host: '/opt/cni/bin', files: [{name: 'loopback'}]},
		},
	});
	const [post] = client.requests.filter(({method, path, query}) => method === 'POST' && path.endsWith('/pods') && query === undefined);
	expect(post?.body).toMatchObject({spec: {nodeName: 'node-1', volumes: [{hostPath: {path: '/opt/cni/bin'}}]}});
	expect(JSON.stringify(post?.body)).toContain(`quay.io/cilium/cilium@${digest}`);
	expect(client.made.size).toBe(0);
	expect(evidence.gaps).toEqual([]);
});

test('progress tells phases, then the cluster, then each node as it comes', async () => {
	const heard: CollectProgress[] = [];
	await collect(cluster(), {onProgress: progress => heard.push(progress)});
	expect(heard.map(({type}) => type)).toEqual(['phase', 'names', 'cluster', 'phase', 'node', 'node']);
	const [, , first] = heard;
	expect(first?.type === 'cluster' && first.evidence.nodes.every(({observation}) => observation === null)).toBe(true);
	expect(heard.flatMap(progress => (progress.type === 'node' ? [`${progress.done}/${progress.total}`] : []))).toEqual(['1/2', '2/2']);
});

test('a node that does not answer is recorded with the reason and stops nothing', async () => {
	const client = cluster({
		exec: async (target, command, options) => {
			if (target.pod !== 'cilium-node-1') return onFolders(target, command, options);
			return new Promise((_resolve, reject) => {
				options.signal?.addEventListener('abort', () => reject(options.signal?.reason as Error));
			});
		},
	});
	const evidence = await collect(client, {nodeTimeoutMilliseconds: 100});
	expect(evidence.nodes[0]).toMatchObject({
		via: 'api',
		observation: null,
		attempts: [{via: 'agent', ok: false, reason: 'no answer within 0.1 s'}],
	});
	expect(client.made.size).toBe(0);
});

/** An agent whose image has no shell, in a runtime's words; what it has answers as the recording does. */
function shellless(programs: Readonly<Record<string, string>>): NonNullable<FakeParts['exec']> {
	return async (target, command, options) => {
		if (target.container !== 'cilium-agent') return onFolders(target, command, options);
		const stdout = programs[command.join(' ')];
		if (stdout !== undefined) return {stdout: Buffer.from(stdout), stderr: new Uint8Array(), exitCode: 0, truncated: false};
		throw refusal(
			500,
			`OCI runtime exec failed: exec failed: exec: "${command[0] ?? ''}": executable file not found in $PATH`,
			'create',
			'pods/exec',
		);
	};
}

const ownAnswers = {
	'cilium-dbg status -o json':
		'{"cilium": {"state": "Ok", "msg": "1.20.2"}, "kube-proxy-replacement": {"mode": "True", "features": {"hostPort": {"enabled": true}}}}',
	'cilium-dbg service list -o json':
		'[{"spec": {"flags": {"type": "HostPort"}, "frontend-address": {"ip": "0.0.0.0", "port": 8080, "protocol": "TCP"}}}, {"spec": {"flags": {"type": "ClusterIP"}}}]',
	'cilium-dbg bpf lb list -o json':
		'{"10.88.0.11:8080/TCP (0)": ["0.0.0.0:0 (3) (0) [HostPort]"], "10.96.0.1:443/TCP (0)": ["0.0.0.0:0 (1) (0) [ClusterIP, non-routable]"]}',
	'iptables-nft-save': '*nat\n:CNI-HOSTPORT-DNAT - [0:0]\n-A PREROUTING -j CNI-HOSTPORT-DNAT\n-A KUBE-SVC-X -j KUBE-SEP-Y\nCOMMIT\n',
	'ip6tables-nft-save': '',
};

test('an agent without a shell is asked what needs none, and the way out is named', async () => {
	const podStatus = (): unknown => ({
		phase: 'Failed',
		containerStatuses: [
			{state: {terminated: {reason: 'StartError', message: 'runc create failed: exec: "sh": executable file not found in $PATH: unknown'}}},
		],
	});
	const client = cluster({names: ['node-1', 'node-2'], seesBinaries: false, podStatus, exec: shellless(ownAnswers)});
	const {nodes} = await collect(client, {concurrency: 1});
	for (const {attempts, observation} of nodes) {
		expect(attempts).toEqual([
			{
				via: 'agent',
				ok: true,
				reason: expect.stringMatching(/cannot see \/opt\/cni\/bin; the agent’s image has no shell: .*--image IMAGE.*--via ssh/u) as string,
			},
			{
				via: 'pod',
				ok: false,
				reason: expect.stringMatching(/^the reader pod cannot run: its image has no shell; --image IMAGE.*--via ssh/u) as string,
			},
		]);
		expect(observation).toMatchObject({
			agentStatus: {version: '1.20.2', kubeProxyReplacement: 'true', hostPortEnabled: true},
			serviceEntries: [{ip: '0.0.0.0', port: 8080}],
			datapathEntries: [{address: '10.88.0.11', port: 8080, protocol: 'TCP'}],
			nat: {nft: {available: true, rules: [':CNI-HOSTPORT-DNAT - [0:0]', '-A PREROUTING -j CNI-HOSTPORT-DNAT']}, legacy: null},
			configurationFolder: null,
			binaryFolder: null,
			listeners: null,
			errors: [],
		});
	}

	// One pod for both nodes: of the same image the next one would fail in the same way.
	expect(
		client.requests.filter(({method, path, query}) => method === 'POST' && path.endsWith('/pods') && query === undefined),
	).toHaveLength(1);
	expect(client.made.size).toBe(0);
});

test('the name of the agent’s command from before 1.15 is tried as well', async () => {
	const old = Object.fromEntries(Object.entries(ownAnswers).map(([command, answer]) => [command.replace('cilium-dbg', 'cilium'), answer]));
	const [seen] = (await collect(cluster({names: ['node-1'], exec: shellless(old)}))).nodes;
	expect(seen?.observation).toMatchObject({agentStatus: {version: '1.20.2'}, serviceEntries: [{port: 8080}]});
});

test('what the datapath has is asked as text where it does not come as JSON', async () => {
	const {'cilium-dbg bpf lb list -o json': _, ...others} = ownAnswers;
	const table = 'SERVICE ADDRESS   BACKEND ADDRESS (REVNAT_ID) (SLOT)\n10.88.0.11:8080/TCP (0)   0.0.0.0:0 (3) (0) [HostPort]\n';
	const answers = {...others, 'cilium-dbg bpf lb list -o json': 'Error: unknown shorthand flag', 'cilium-dbg bpf lb list': table};
	const [seen] = (await collect(cluster({names: ['node-1'], exec: shellless(answers)}))).nodes;
	expect(seen?.observation).toMatchObject({datapathEntries: [{address: '10.88.0.11', port: 8080, protocol: 'TCP'}], errors: []});
});

test('with --image a pod tells what an agent without a shell cannot', async () => {
	for (const seesBinaries of [true, false]) {
		const client = cluster({names: ['node-1'], seesBinaries, exec: shellless(ownAnswers)});
		const [seen] = (await collect(client, {pods: {image: 'docker.io/library/busybox:1.36'}})).nodes;
		expect(seen?.attempts.map(({ok}) => ok)).toEqual(seesBinaries ? [true, true] : [true, true, true]);
		expect(seen?.observation).toMatchObject({
			agentStatus: {version: '1.20.2'},
			configurationFolder: {files: [{name: '05-cilium.conf'}]},
			binaryFolder: {files: [{name: 'loopback'}]},
			kernel: expect.stringMatching(/./u) as string,
		});
		expect(client.made.size).toBe(0);
	}
});

test('the reader pod bears the pull secrets that the agent’s pod has', async () => {
	const {spec, ...agent} = agentPod('node-1', {seesBinaries: false}) as {spec: object};
	const withSecrets = {...agent, spec: {...spec, imagePullSecrets: [{name: 'mirror'}]}};
	const client = cluster({names: ['node-1'], seesBinaries: false, objects: {'/api/v1/pods': podList([withSecrets], [])}});
	const [seen] = (await collect(client)).nodes;
	expect(seen?.agent?.pullSecrets).toEqual(['mirror']);
	const [post] = client.requests.filter(({method, path, query}) => method === 'POST' && path.endsWith('/pods') && query === undefined);
	expect(post?.body).toMatchObject({spec: {imagePullSecrets: [{name: 'mirror'}]}});
});

test('a node whose own system has no shell is said to be one, and what the pod saw stays', async () => {
	await addProgram(join(node.binaries, 'portmap'), 'exit 1');
	for (const said of [
		'nsenter: failed to execute env: No such file or directory',
		"nsenter: can't execute 'env': No such file or directory",
	]) {
		const client = cluster({
			names: ['node-1'],
			exec: async (target, command, options) =>
				command[0] === 'nsenter'
					? {stdout: new Uint8Array(), stderr: Buffer.from(`${said}\n`), exitCode: 127, truncated: false}
					: onFolders(target, command, options),
		});
		const [seen] = (await collect(client, {via: 'pod'})).nodes;
		expect(seen?.attempts).toMatchObject([
			{via: 'pod', ok: true},
			{via: 'pod', ok: false, reason: expect.stringMatching(/^node-1 itself has no shell \(nsenter: .*was not read$/u) as string},
		]);
		expect(seen?.observation?.binaryFolder?.files.map(({name}) => name).sort()).toEqual(['loopback', 'portmap']);
	}
});

test('an answer that is too long counts as not told', async () => {
	const client = cluster({
		names: ['node-1'],
		exec: async (target, command, options) => {
			const {stdout, ...ended} = await shellless(ownAnswers)(target, command, options);
			return command.includes('service') ? {...ended, stdout: stdout.subarray(0, 40), truncated: true} : {...ended, stdout};
		},
	});
	const [seen] = (await collect(client)).nodes;
	expect(seen?.observation).toMatchObject({
		agentStatus: {version: '1.20.2'},
		serviceEntries: null,
		errors: ['cilium service list: the answer is too long and was cut off'],
	});
});

test('an agent without a shell and without its own command is replaced by a pod of the image that was named', async () => {
	const client = cluster({names: ['node-1'], exec: shellless({})});
	const [seen] = (await collect(client, {pods: {image: 'docker.io/library/busybox:1.36'}})).nodes;
	expect(seen?.attempts).toMatchObject([
		{via: 'agent', ok: false, reason: expect.stringContaining('neither a shell nor its own command') as string},
		{via: 'pod', ok: true},
	]);
	expect(seen?.observation?.configurationFolder?.files).toHaveLength(1);
	expect(client.made.size).toBe(0);
});

test('a crashing agent is not asked; its reason is told', async () => {
	const client = cluster({names: ['node-1'], objects: {'/api/v1/pods': podList([agentPod('node-1', {running: false})], [])}});
	const [seen] = (await collect(client)).nodes;
	expect(seen?.attempts[0]).toEqual({via: 'agent', ok: false, reason: 'the agent does not run (CrashLoopBackOff: back-off 5m0s)'});
	expect(seen).toMatchObject({via: 'pod', observation: {kernel: expect.stringMatching(/./u) as string}});
});

test('without the right to exec no pod is made in the agent’s stead', async () => {
	const client = fakeCluster({objects: clusterObjects(['node-1'])});
	const [seen] = (await collect(client)).nodes;
	expect(seen).toMatchObject({
		via: 'api',
		attempts: [{via: 'agent', ok: false, reason: 'missing permission: create pods/exec. a hint; --via ssh works without it'}],
	});
	expect(client.requests.some(({method, path}) => method === 'POST' && path.endsWith('/pods'))).toBe(false);
});

test('one refusal of the reader pod is enough: the other nodes are not asked again', async () => {
	const names = Array.from({length: 40}, (_, index) => `node-${index}`);
	const refused = refusal(403, 'missing permission: create pods', 'create');
	const client = cluster({names, seesBinaries: false, objects: {'POST /api/v1/namespaces/kube-system/pods': refused}});
	const evidence = await collect(client, {concurrency: 4});
	expect(evidence.nodes).toHaveLength(40);
	for (const {via, attempts} of evidence.nodes) {
		expect(via).toBe('agent');
		expect(attempts[1]).toEqual({via: 'pod', ok: false, reason: 'missing permission: create pods; --via ssh needs no pod'});
	}

	expect(client.requests.filter(({method, path}) => method === 'POST' && path.endsWith('/pods'))).toHaveLength(1);
});

test('no more nodes are asked at the same time than allowed', async () => {
	let [now, most] = [0, 0];
	const names = Array.from({length: 12}, (_, index) => `node-${index}`);
	const client = cluster({
		names,
		exec: async (...call) => {
			now += 1;
			most = Math.max(most, now);
			try {
				return await onFolders(...call);
			} finally {
				now -= 1;
			}
		},
	});
	await collect(client, {concurrency: 3});
	expect(most).toBe(3);
});

test('nodes that are skipped on purpose are not asked', async () => {
	const nodes = [nodeObject('node-1'), nodeObject('node-2', {ready: 'Unknown', message: 'gone'})];
	const client = cluster({objects: {'/api/v1/nodes': nodes}});
	const evidence = await collect(client);
	expect(evidence.nodes[1]).toMatchObject({skipped: 'not Ready: KubeletReady: gone', observation: null, attempts: []});
	expect(client.requests.filter(({path}) => path.startsWith('exec'))).toHaveLength(1);
});

test('a node without an agent says so', async () => {
	const client = cluster({objects: {'/api/v1/pods': podList([agentPod('node-1')], [])}});
	expect((await collect(client)).nodes[1]).toMatchObject({via: 'api', attempts: [{ok: false, reason: 'no Cilium agent pod on this node'}]});
});

test('an interruption stops, removes the pods and throws the reason', async () => {
	const reason = new Error('interrupted by the user');
	const controller = new AbortController();
	const client = cluster({
		seesBinaries: false,
		exec: async (target, command, options) => {
			if (target.container === 'cilium-agent') return onFolders(target, command, options);
			expect(client.made.size).toBeGreaterThan(0);
			controller.abort(reason);
			throw reason;
		},
	});
	await expect(collect(client, {signal: controller.signal})).rejects.toBe(reason);
	expect(client.made.size).toBe(0);
});

test('a pod that was not removed at first is removed by the last look', async () => {
	let failures = 0;
	const client: FakeCluster = cluster({names: ['node-1'], seesBinaries: false});
	const request = client.request.bind(client);
	client.request = async asked => {
		if (asked.method === 'DELETE' && failures++ === 0) throw refusal(503, 'try later', 'delete');
		return request(asked);
	};
	const evidence = await collect(client);
	expect(failures).toBe(2);
	expect(client.made.size).toBe(0);
	expect(evidence.gaps).toEqual([]);
});

test('pods that cannot be removed are a gap with the command that finds them', async () => {
	const client = cluster({names: ['node-1'], seesBinaries: false});
	const request = client.request.bind(client);
	client.request = async asked => {
		if (asked.method === 'DELETE') throw refusal(503, 'try later', 'delete');
		return request(asked);
	};
	expect((await collect(client)).gaps).toMatchObject([{reason: 'try later', hint: expect.stringContaining('cleanup') as string}]);
});

test('an interrupted run that cannot remove its pods says so before it ends', async () => {
	const controller = new AbortController();
	const heard: string[] = [];
	const client = cluster({
		names: ['node-1'],
		seesBinaries: false,
		exec: async (target, command, options) => {
			if (target.container !== 'cilium-agent') controller.abort(new Error('interrupted'));
			return onFolders(target, command, options);
		},
	});
	const request = client.request.bind(client);
	client.request = async asked => {
		if (asked.method === 'DELETE') throw refusal(503, 'try later', 'delete');
		return request(asked);
	};
	const onProgress = (progress: CollectProgress): unknown => progress.type === 'phase' && heard.push(progress.text);
	await expect(collect(client, {signal: controller.signal, onProgress})).rejects.toThrow('interrupted');
	expect(heard.at(-1)).toMatch(/try later.*cleanup/u);
});

test.each([
	['pod', ['pod', 'pod'], 0],
	['auto', ['agent'], 127],
] as const)('by %s, what portmap does on the node itself is asked there only with consent', async (via, ways, exitCode) => {
	const shown: Array<{spec: {hostPID?: boolean; volumes: unknown[]}}> = [];
	const client = cluster({
		names: ['node-1'],
		exec: async (target, command, options) => {
			const isOnNode = command[0] === 'nsenter';
			// A library that only the node has.
			await addProgram(join(node.binaries, 'portmap'), isOnNode ? "echo '{}'" : "echo 'libc.so.6: not found'; exit 127");
			const words = isOnNode ? command.slice(command.indexOf('sh')) : command;
			const own: Record<string, string> = {'conf=/etc/cni/net.d': `conf=${node.configuration}`, 'bin=/opt/cni/bin': `bin=${node.binaries}`};
			return onFolders(
				target,
				words.map(word => own[word] ?? word),
				options,
			);
		},
	});
	const announce = async (manifest: object): Promise<void> => void shown.push(manifest as (typeof shown)[number]);
	const [seen] = (await collect(client, {via, announce})).nodes;
	expect(seen?.attempts.map(attempt => attempt.via)).toEqual(ways);
	expect(seen?.observation?.binaryFolder?.files.find(({name}) => name === 'portmap')?.versionExitCode).toBe(exitCode);
	expect(seen?.observation?.onNode).toBe(via === 'pod');
	expect(shown.map(({spec}) => [spec.hostPID === true, spec.volumes.length])).toEqual(
		via === 'pod'
			? [
					[false, 2],
					[true, 0],
				]
			: [],
	);
	expect(client.made.size).toBe(0);
});

test('a pod in the node’s own namespaces asks the agent in its container, and nftables', async () => {
	const id = 'ab'.repeat(32);
	const pod = agentPod('node-1') as {status: {containerStatuses: object[]}};
	const containerStatuses = pod.status.containerStatuses.map(status => ({...status, containerID: `containerd://${id}`}));
	const asked: Array<readonly string[]> = [];
	const client = cluster({
		names: ['node-1'],
		objects: {'/api/v1/pods': podList([{...pod, status: {...pod.status, containerStatuses}}], [])},
		async exec(target, command, options) {
			if (command[0] !== 'nsenter') return onFolders(target, command, options);
			asked.push(command);
			return onFolders(target, command.slice(command.indexOf('sh')), options);
		},
	});
	await collect(client, {via: 'pod'});
	expect(asked).toEqual([expect.arrayContaining([`agent=${id}`, 'nat=1', 'root=/'])]);
});

test.each([
	[{versionExitCode: 127, mode: '755'}, /does not run inside a pod/u],
	[{versionExitCode: 0, mode: '755'}, /^$/u],
	[{versionExitCode: 126, mode: '644'}, /^$/u],
	[{versionExitCode: null, mode: ''}, /^$/u],
	[{versionExitCode: null, mode: '', linksTo: '/usr/lib/cni/portmap'}, /links to \/usr\/lib\/cni\/portmap/u],
])('of a portmap like %j, what is left to the node is %s', (parts, words) => {
	const file = {name: 'portmap', size: 1, modified: 0, changed: 0, linksTo: '', architecture: '', sha256: '', versionAnswer: '', ...parts};
	const seen = observation({
		binaryFolder: {host: '/opt/cni/bin', files: [file]},
		agentStatus: agentStatus('1.20.2'),
		nftables: {rules: [], rules6: [], chains: [], tables: []},
	});
	expect(askedOfNode({observation: seen, reason: ''})).toMatch(words);
	expect(askedOfNode({observation: {...seen, onNode: true}, reason: ''})).toBe('');
});

test('nftables’ own tables are left to the node where the pod’s image has no nft, and so is the agent', () => {
	expect(askedOfNode({observation: observation({nftables: null}), reason: ''})).toMatch(/no nft.*; the agent is asked from the node/u);
	expect(askedOfNode({observation: observation({nftables: null, onNode: true}), reason: ''})).toBe('');
});

test('a folder that is not there is asked for on the node itself, where the runtime’s configuration lies', async () => {
	const events = [{type: 'Warning', reason: 'FailedMount', message: 'hostPath type check failed: /opt/cni/bin is not a directory'}];
	const client = cluster({
		names: ['node-1'],
		podStatus: () => ({phase: 'Pending', containerStatuses: [{state: {waiting: {reason: 'ContainerCreating'}}}]}),
		objects: {'/api/v1/namespaces/kube-system/events': events},
	});
	const shown: boolean[] = [];
	const announce = async (manifest: object): Promise<void> => {
		shown.push((manifest as {spec: {hostPID?: boolean}}).spec.hostPID === true);
	};
	const [seen] = (await collect(client, {via: 'pod', announce})).nodes;
	expect(seen?.attempts[0]?.reason).toContain('hostPath type check failed');
	expect(shown).toEqual([false, true]);
});
