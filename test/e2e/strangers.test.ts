// Who may do a little and wants more: a user who may create ConfigMaps beside Cilium plants journals, one who may create workloads in a
// namespace of his own calls them Cilium's. The administrator then does what he always does.
import {mkdtemp, rm} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {gunzipSync, gzipSync} from 'node:zlib';
import {afterAll, afterEach, beforeAll, describe, expect, inject, test} from 'vitest';
import {raw} from '../support/hostile-text.ts';
import {openTerminal, type TerminalProgram} from '../support/terminal.ts';
import {resetCluster} from './support/cilium.ts';
import {kubectl, list, rollOut, until, waitForRollOut} from './support/kubectl.ts';
import {makePod, removePod, waitForPod} from './support/pods.ts';
import {run} from './support/processes.ts';
import {check, hostport} from './support/product.ts';
import {expectWeb, forgetRuns, stateOfRepair} from './support/repair.ts';
import {makeServiceAccount} from './support/service-account.ts';
import {needsOwnCluster, nothingStaysBehind} from './support/suite.ts';
import {isOwnCluster, kubeconfig, namespace, root} from './support/tested-cluster.ts';

const web = path.join(root, 'test/e2e/workloads/web.yaml');
const portmap = '/usr/lib/cni/portmap';
const system = ['--namespace', 'kube-system'] as const;
const why = 'it changes Cilium';
/** Later than any run: `rollback` without a name takes the newest. */
const id = '20991231-000000-abcd';
const evil = 'evil.example/rootkit:v1.15.3';
const escapes = '\u001B]0;PWNED\u0007\u001B[2J\u001B]52;c;ZXZpbA==\u0007';

type Loose = Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any -- the journal is edited as a stranger would

nothingStaysBehind();

let folder = '';
let stranger = '';
let genuine: {readonly data: Record<string, string>; readonly plan: Loose; readonly state: Loose};

beforeAll(async () => {
	if (!isOwnCluster) return;
	await resetCluster('1.17.4');
	await forgetRuns();
	await rollOut(web, 'deployment/web');
	await kubectl([
		'--namespace',
		namespace,
		'create',
		'deployment',
		'plain',
		'--image=docker.io/library/busybox:1.36',
		'--',
		'sleep',
		'86400',
	]);
	await waitForRollOut('deployment/plain');
	await kubectl(['--namespace', namespace, 'create', 'configmap', 'victim', '--from-literal=key=good']);
	await makePod('bare', {hostPort: 9393});
	await waitForPod('bare');
	folder = await mkdtemp(path.join(os.tmpdir(), 'hostport-e2e-stranger-'));
	const account = await makeServiceAccount('stranger', folder);
	stranger = account.kubeconfig;
	await kubectl([...system, 'create', 'role', 'planter', '--verb=create', '--resource=configmaps']);
	await kubectl([...system, 'create', 'rolebinding', 'planter', '--role=planter', account.subject]);
	await hostport(['fix', '--yes', '--portmap', portmap], {timeoutSeconds: 300, environment: machine('first')});
	const [journal] = (JSON.parse(await kubectl([...system, 'get', 'configmaps', '-l', 'hostport.dev/kind=run', '-o', 'json'])) as Loose)[
		'items'
	];
	const {data} = journal as {data: Record<string, string>};
	const read = (text = ''): Loose => JSON.parse(gunzipSync(Buffer.from(text, 'base64')).toString()) as Loose;
	genuine = {data, plan: read(data['plan']), state: read(data['state'])};
	await hostport(['rollback', '--yes'], {timeoutSeconds: 300, environment: machine('first')});
	await forgetRuns();
}, 900_000);

afterAll(async () => {
	if (!isOwnCluster) return;
	await kubectl([...system, 'delete', 'role/planter', 'rolebinding/planter', '--ignore-not-found']);
	await kubectl(['--namespace', namespace, 'delete', 'deployment/plain', 'configmap/victim', '--ignore-not-found']);
	await removePod('bare');
	await rm(folder, {recursive: true, force: true});
});

/** A machine that has no copy of any run but its own. */
const machine = (name: string) => ({XDG_STATE_HOME: path.join(folder || os.tmpdir(), name)});

async function plant(change: (plan: Loose, state: Loose, data: Loose) => void): Promise<void> {
	const {plan, state, data} = structuredClone(genuine) as {plan: Loose; state: Loose; data: Loose};
	Object.assign(data, {id, outcome: 'failed'});
	change(plan, state, data);
	const pack = (value: unknown): string => gzipSync(JSON.stringify(value)).toString('base64');
	const labels = {'app.kubernetes.io/managed-by': 'kubectl-hostport', 'hostport.dev/kind': 'run'};
	const manifest = {
		apiVersion: 'v1',
		kind: 'ConfigMap',
		metadata: {name: `hostport-run-${id}`, namespace: 'kube-system', labels},
		data: {
			plan: pack(plan),
			state: pack(state),
			...Object.fromEntries(Object.entries(data).filter(([key]) => key !== 'plan' && key !== 'state')),
		},
	};
	const environment = {...process.env, KUBECONFIG: stranger};
	await run('kubectl', ['create', '--filename', '-'], {environment, timeoutSeconds: 60, input: JSON.stringify(manifest)});
}

const stepOf = (plan: Loose, kind: string): Loose => plan['steps'].find((step: Loose) => step['kind'] === kind) as Loose;
/** Gives a step another id, and what the journal says of it. */
const renamed = (step: Loose, name: string, state: Loose, before: Loose): void => {
	delete state[step['id']];
	step['id'] = name;
	state[name] = {state: 'done', before, seconds: 1, says: escapes};
};
const evilPod = {
	apiVersion: 'v1',
	kind: 'Pod',
	metadata: {name: 'bare', namespace},
	spec: {hostPID: true, containers: [{name: 'c', image: evil, securityContext: {privileged: true}}]},
};

/** Everything that a journal could do something to, once the pods that somebody has asked to go are gone. */
async function world(): Promise<unknown> {
	await until('no pod to be on its way out', 120, async () =>
		(await list('pods', '--all-namespaces')).every(({metadata}) => metadata.deletionTimestamp === undefined) ? true : undefined,
	);
	const pods = await kubectl([
		'get',
		'pods',
		'--all-namespaces',
		'--output=jsonpath={range .items[*]}{.metadata.namespace}/{.metadata.name} {.metadata.uid} {.spec.containers[*].image}{"\\n"}{end}',
	]);
	const victim = await kubectl(['--namespace', namespace, 'get', 'configmap', 'victim', '--output=jsonpath={.data}']);
	const generations = await kubectl(['get', 'daemonsets', '--all-namespaces', '--output=jsonpath={.items[*].metadata.generation}']);
	return {pods, victim, generations, ...(await stateOfRepair())};
}

describe('a user who may create ConfigMaps in kube-system, and nothing else', () => {
	afterEach(async () => {
		if (isOwnCluster) await kubectl([...system, 'delete', 'configmap', `hostport-run-${id}`, '--ignore-not-found']);
	});

	test('may really do no more', async context => {
		needsOwnCluster(context, why);
		const can = async (...words: readonly string[]): Promise<string> =>
			(await kubectl(['auth', 'can-i', ...words, `--as=system:serviceaccount:${namespace}:stranger`]).catch(() => 'no')).trim();
		expect(await can('create', 'configmaps', ...system)).toBe('yes');
		for (const words of [
			['create', 'pods', ...system],
			['get', 'configmaps', ...system],
			['patch', 'configmaps', ...system],
			['create', 'configmaps', '--namespace', namespace],
			['create', 'pods', '--namespace', namespace],
		])
			expect(await can(...words), words.join(' ')).toBe('no');
	});

	test.each<[string, (plan: Loose, state: Loose, data: Loose) => void]>([
		[
			'another ConfigMap',
			plan =>
				Object.assign(stepOf(plan, 'patch-configmap')['parameters'], {namespace, name: 'victim', changes: {key: {from: null, to: 'x'}}}),
		],
		[
			'another key of cilium-config',
			plan => (stepOf(plan, 'patch-configmap')['parameters'].changes['enable-policy'] = {from: null, to: 'never'}),
		],
		[
			'a manifest for a pod',
			(plan, state) => {
				const step = stepOf(plan, 'recreate-pods');
				Object.assign(step['parameters'], {
					namespace,
					owner: '',
					pods: [{name: 'bare', uid: '1', node: 'node-1', ready: true}],
					manifest: JSON.stringify(evilPod),
				});
				renamed(step, `pods/${namespace}/Pod/bare`, state, {there: []});
			},
		],
		['a test pod of another namespace', plan => Object.assign(stepOf(plan, 'test-pod')['parameters'], {namespace, image: evil})],
		['another DaemonSet', plan => (stepOf(plan, 'roll-agents')['parameters'].daemonSet = 'web')],
		['an unknown kind of step', plan => (plan['steps'][0].kind = `run-command${escapes}`)],
		['another shape', plan => (plan['steps'][0].parameters = {})],
		['another version', plan => (plan['apiVersion'] = 'hostport.dev/v2')],
		['a run of another name', (_plan, _state, data) => (data['id'] = '../../x')],
	])('is not obeyed: %s', async (_, change) => {
		if (!isOwnCluster) return;
		const before = await world();
		await plant(change);
		const environment = machine('admin');
		const [runs, newest, named, fix, cleanup] = [
			await hostport(['runs'], {environment}),
			await hostport(['rollback', '--yes'], {environment}),
			await hostport(['rollback', id, '--yes'], {environment}),
			await hostport(['fix', '--yes', '--portmap', portmap], {environment}),
			await hostport(['cleanup', '--dry-run=client'], {environment}),
		];
		expect(await world()).toEqual(before);
		for (const {stdout, stderr} of [runs, newest, named, fix, cleanup]) expect((stdout + stderr).replaceAll('\n', '')).not.toMatch(raw);
		expect(newest.exitCode, newest.stderr).toBe(5);
		// 2: the ConfigMap of that name says that it is of another run.
		expect([2, 5], named.stderr).toContain(named.exitCode);
		expect([3, 5], fix.stderr).toContain(fix.exitCode);
		expect(newest.stderr).toMatch(/Nothing in it is carried out/u);
	});

	test('is not obeyed in what its steps are called, and manifests in it make no pod', async context => {
		needsOwnCluster(context, why);
		await plant((plan, state, data) => {
			for (const step of plan['steps']) Object.assign(step, {title: `harmless${escapes}`, undo: `nothing to undo${escapes}`});
			Object.assign(data, {by: `admin${escapes}`});
			const step = stepOf(plan, 'recreate-pods');
			Object.assign(step['parameters'], {namespace, owner: '', pods: [{name: 'bare', uid: '1', node: 'node-1', ready: true}]});
			renamed(step, `pods/${namespace}/Pod/bare`, state, {there: [], manifest: JSON.stringify(evilPod)});
			const foreign = {...structuredClone(step), id: ''} as Loose;
			Object.assign(foreign['parameters'], {owner: 'Deployment/plain'});
			renamed(foreign, `pods/${namespace}/Deployment/plain`, state, {there: []});
			plan['steps'].push(foreign);
		});
		const plain = await kubectl(['--namespace', namespace, 'get', 'pods', '-l', 'app=plain', '-o', 'jsonpath={.items[*].metadata.uid}']);
		const {data, files} = await stateOfRepair();
		const {exitCode, stderr} = await hostport(['rollback', '--yes'], {environment: machine('admin-2'), timeoutSeconds: 300});
		expect(exitCode, stderr).toBe(0);
		expect(stderr).not.toMatch(/harmless|PWNED/u);
		expect(stderr.replaceAll('\n', '')).not.toMatch(raw);
		expect(stderr).toMatch(/restart the pod hostport-e2e\/bare: restarts them once more/u);
		// At most what a repair could have planned: pods with a hostPort are restarted, each from its own manifest.
		await waitForPod('bare');
		const images = await kubectl(['get', 'pods', '--all-namespaces', '--output=jsonpath={.items[*].spec.containers[*].image}']);
		expect(images).not.toContain('evil');
		expect(await kubectl(['--namespace', namespace, 'get', 'pod', 'bare', '--output=jsonpath={.spec.hostPID}'])).toBe('');
		expect(await kubectl(['--namespace', namespace, 'get', 'pods', '-l', 'app=plain', '-o', 'jsonpath={.items[*].metadata.uid}'])).toBe(
			plain,
		);
		const after = await stateOfRepair();
		expect([after.data, after.files]).toEqual([data, files]);
	});

	test('is not obeyed in a folder of the nodes that is none of CNI binaries', async context => {
		needsOwnCluster(context, why);
		await plant((plan, state) => {
			const step = stepOf(plan, 'put-binary');
			Object.assign(step['parameters'], {folder: '/etc/cron.d', keepsOld: true});
			state[step['id']] = {state: 'started', before: {was: 'too old', sha256: '0', put: '0', answer: ''}, seconds: 1, says: ''};
		});
		const {exitCode, stderr} = await hostport(['rollback', '--yes', '-v', '6'], {environment: machine('admin-3'), timeoutSeconds: 300});
		expect(exitCode, stderr).toBe(5);
		expect(stderr).toContain('which is not a usual folder of CNI binaries; nothing was changed there');
	});

	test('does nothing to the terminal UI', async context => {
		needsOwnCluster(context, why);
		await plant((plan, _state, data) => {
			plan['steps'][0].kind = `run-command${escapes}`;
			Object.assign(data, {by: `admin${escapes}`});
		});
		let terminal: TerminalProgram | undefined;
		try {
			terminal = openTerminal([], {
				columns: 140,
				rows: 40,
				environment: {KUBECONFIG: kubeconfig, ...machine('admin-4')},
				program: inject('program'),
			});
			await terminal.waitFor(/as of \d/u, 90);
			terminal.type('u');
			await terminal.waitFor(/hostport-run-20991231-000000-abcd is not one that this version writes/u, 60);
			expect(terminal.written()).not.toMatch(/\u001B\]|\u0007|PWNED/u);
		} finally {
			terminal?.signal('SIGTERM');
		}
	});
});

describe('a user who may create workloads in a namespace of his own', () => {
	const own = 'aaa-stranger';
	afterAll(async () => {
		if (isOwnCluster) await kubectl(['delete', 'namespace', own, '--ignore-not-found', '--timeout=120s']);
	});

	test('is not taken for Cilium: Pod Security lets none of its agents’ rights in', async context => {
		needsOwnCluster(context, why);
		const before = await check();
		const labels = {'k8s-app': 'cilium'};
		const pod = (hostNetwork: boolean): object => ({
			tolerations: [{operator: 'Exists'}],
			...(hostNetwork && {hostNetwork, volumes: [{name: 'cni-path', hostPath: {path: '/opt/cni/bin'}}]}),
			containers: [{name: 'cilium-agent', image: 'docker.io/library/busybox:1.36', imagePullPolicy: 'Never', command: ['sleep', '86400']}],
			terminationGracePeriodSeconds: 1,
		});
		const daemonSet = (name: string, hostNetwork: boolean): object => ({
			apiVersion: 'apps/v1',
			kind: 'DaemonSet',
			metadata: {name, namespace: own, labels},
			spec: {selector: {matchLabels: {...labels, name}}, template: {metadata: {labels: {...labels, name}}, spec: pod(hostNetwork)}},
		});
		const items = [
			{apiVersion: 'v1', kind: 'Namespace', metadata: {name: own, labels: {'pod-security.kubernetes.io/enforce': 'baseline'}}},
			daemonSet('plain', false),
			daemonSet('wanting', true),
			{apiVersion: 'v1', kind: 'ConfigMap', metadata: {name: 'cilium-config', namespace: own}, data: {'kube-proxy-replacement': 'true'}},
		];
		await kubectl(['apply', '--filename', '-'], JSON.stringify({apiVersion: 'v1', kind: 'List', items}));
		await kubectl(['--namespace', own, 'rollout', 'status', 'daemonset/plain', '--timeout=120s']);
		const {result, codes, exitCode} = await check();
		expect([codes, exitCode]).toEqual([before.codes, before.exitCode]);
		expect(result.cluster.cilium).toEqual(before.result.cluster.cilium);
		const fixed = await hostport(['fix', '--yes', '--portmap', portmap, '--allow-bare-pods'], {
			environment: machine('admin-5'),
			timeoutSeconds: 400,
		});
		expect(fixed.exitCode, fixed.stderr).toBe(0);
		await expectWeb('web');
		const made = await kubectl(['get', 'events', '--namespace', own, '--output=jsonpath={.items[*].involvedObject.name}']);
		expect(made).not.toContain('hostport-');
		expect((await hostport(['rollback', '--yes'], {environment: machine('admin-5'), timeoutSeconds: 400})).exitCode).toBe(0);
	});
});
