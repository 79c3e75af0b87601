import {setTimeout as sleep} from 'node:timers/promises';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {patchCiliumConfig, resetCluster, restartAgents} from './support/cilium.ts';
import {both, expectFirst, web} from './support/cause-scene.ts';
import {readConfiguration, setPortmap} from './support/hands-on-nodes.ts';
import {kubectl, rollOut, until} from './support/kubectl.ts';
import {atOnce, makePod, remakePods, removeDeployment, removePod, replacePods, waitForPod} from './support/pods.ts';
import {check} from './support/product.ts';
import {needsOwnCluster, nothingStaysBehind} from './support/suite.ts';
import {isOwnCluster, namespace, viewerKubeconfig} from './support/tested-cluster.ts';

const error = (code: string, nodes: readonly string[] = both) => ({code, severity: 'error', nodes}) as const;
const warning = (code: string, nodes: readonly string[] = both) => ({code, severity: 'warning', nodes}) as const;
const info = (code: string, nodes: readonly string[] = both) => ({code, severity: 'info', nodes}) as const;
const inSystem = ['--namespace', 'kube-system'] as const;
const inTests = ['--namespace', namespace] as const;

nothingStaysBehind();

// Each group is one story: a test leaves the cluster as the next one needs it. Where a step repeats, the retry of a test does too.
describe.skipIf(!isOwnCluster)('which way hostPort goes on Cilium 1.10.16', () => {
	beforeAll(async () => {
		await resetCluster('1.10.16');
		await rollOut(web, 'deployment/web');
	});

	test('neither way: HP01', async () => {
		await expectFirst('no-way', error('HP01'), 1);
	});

	test('a user who may only view: nothing is called proved', async context => {
		needsOwnCluster(context, 'it has a viewer');
		const {result, codes, exitCode} = await check([], {kubeconfig: viewerKubeconfig});
		expect(codes[0]).toBe('HP01');
		expect(result.findings.map(({severity}) => severity)).not.toContain('error');
		expect(result.nodes.map(({verdict}) => verdict)).toEqual(['unknown', 'unknown']);
		expect(exitCode).toBe(3);
	});

	test('partial without its two keys: still HP01', async () => {
		await patchCiliumConfig({'kube-proxy-replacement': 'partial'});
		await restartAgents();
		await expectFirst('partial-without-keys', error('HP01'), 1);
	});

	test('half of them: HP01b', async () => {
		await patchCiliumConfig({'kube-proxy-replacement': 'partial', 'enable-host-port': 'true'});
		await restartAgents();
		await expectFirst('half-on', error('HP01b'), 1);
	});

	test('both, and agents that were not restarted: HP03', async () => {
		await patchCiliumConfig({'enable-node-port': 'true'});
		await expectFirst('native-not-restarted', error('HP03'), 1);
	});

	test('agents that say they serve it and list no entry: HP10', async () => {
		await restartAgents();
		// The stand-in agent has no datapath: it says that it serves hostPort and lists no entry, as an agent with the fault does.
		await expectFirst('native-keys-without-entries', error('HP10'), 1);
	});

	test('a hostPort in the NodePort range, which such an agent ignores: HP15', async () => {
		await removeDeployment('web');
		await makePod('edge', {hostPort: 30_080, node: 'node-1'});
		await waitForPod('edge');
		await expectFirst('in-node-port-range', error('HP15', ['node-1']), 1);
		await removePod('edge', ...atOnce);
		await rollOut(web, 'deployment/web');
	});

	test('chaining by a name in capital letters, which this Cilium does not take: HP03', async () => {
		const keys = {'kube-proxy-replacement': 'disabled', 'enable-host-port': null, 'enable-node-port': null};
		await patchCiliumConfig({...keys, 'cni-chaining-mode': 'PORTMAP'});
		await restartAgents();
		const {result} = await expectFirst('mode-in-capitals', error('HP03'), 1);
		expect(result.findings[0]?.title).toContain('capital letters');
	});

	test('in small letters, and agents that were not restarted: HP03, and no haste while portmap is not there', async () => {
		await patchCiliumConfig({'cni-chaining-mode': 'portmap'});
		const {result} = await expectFirst('not-restarted', error('HP03'), 1);
		expect(result.findings[0]?.remedy).toContain('Do not restart the agents yet');
		expect(result.findings[1]).toMatchObject({code: 'HP02', severity: 'warning'});
	});

	test('portmap chained and nowhere: HP02', async () => {
		await restartAgents();
		await makePod('waiting', {hostPort: 8081});
		await until('a failed sandbox', 60, async () => {
			const events = await kubectl([...inTests, 'get', 'events', '--output=jsonpath={.items[*].message}']);
			return events.includes('failed to find plugin "portmap"') ? true : undefined;
		});
		await expectFirst('binary-missing-everywhere', error('HP02'), 1);
		for (const node of ['node-1', 'node-2'] as const) await setPortmap(node, 'working');
		await removePod('waiting', ...atOnce);
	});

	test('pods from before the chained list: HP04', async () => {
		await expectFirst('older-pods', error('HP04'), 1);
	});

	test('one of them restarted: HP04 for the other', async () => {
		await replacePods('web', 'node-1');
		await expectFirst('one-older-pod', error('HP04', ['node-2']), 1);
	});

	test('all of them: nothing is wrong, HP22', async () => {
		await replacePods('web');
		const {result} = await expectFirst('healthy-portmap', info('HP22'), 0);
		expect(result.findings.filter(({severity}) => severity !== 'info')).toEqual([]);
	});

	test('a change of cilium-config that does not concern hostPort: HP22', async () => {
		await patchCiliumConfig({tunnel: 'geneve'});
		await expectFirst('healthy-after-another-change', info('HP22'), 0);
	});

	test('the ConfigMap of a Helm release put back by a loop, while the nodes still work: HP06', async () => {
		await kubectl([...inSystem, 'label', '--overwrite', 'configmap', 'cilium-config', 'app.kubernetes.io/managed-by=Helm']);
		await kubectl([...inSystem, 'annotate', '--overwrite', 'configmap', 'cilium-config', 'meta.helm.sh/release-name=cilium']);
		const stop = new AbortController();
		const loop = putBack(stop.signal);
		try {
			await patchCiliumConfig({'cni-chaining-mode': 'portmap'});
			await until('the loop to have put it back', 20, async () => {
				const path = '--output=jsonpath={.data.cni-chaining-mode}';
				return (await kubectl([...inSystem, 'get', 'configmap', 'cilium-config', path])) === '' ? true : undefined;
			});
			await expectFirst('put-back', warning('HP06'), 0);
		} finally {
			stop.abort();
			await loop;
		}
	});

	test('the agents restarted with it: HP06, and the pods live on rules of before', async () => {
		await restartAgents();
		await expectFirst('put-back-and-restarted', warning('HP06'), 0);
	});

	test('pods restarted: HP06, and they are dead', async () => {
		await remakePods('web');
		await expectFirst('put-back-and-dead', error('HP06'), 1);
	});

	test('custom-cni-conf beside chaining: HP05', async () => {
		await patchCiliumConfig({'cni-chaining-mode': 'portmap', 'custom-cni-conf': 'true'});
		await restartAgents();
		expect(await readConfiguration('node-1', '05-cilium.conf')).not.toContain('portmap');
		await expectFirst('custom-configuration', error('HP05'), 1);
	});
});

describe.skipIf(!isOwnCluster)('which way it goes while a change is under way, on Cilium 1.10.16', () => {
	beforeAll(async () => {
		await resetCluster('1.10.16');
		await rollOut(web, 'deployment/web');
		for (const node of ['node-1', 'node-2'] as const) await setPortmap(node, 'working');
	});

	test('one agent restarted and the other not: HP03 there, HP04 here', async () => {
		await patchCiliumConfig({'cni-chaining-mode': 'portmap'});
		await kubectl([...inSystem, 'delete', 'pod', '--selector=k8s-app=cilium', '--field-selector=spec.nodeName=node-1']);
		await kubectl([...inSystem, 'rollout', 'status', 'daemonset/cilium', '--timeout=120s']);
		const {result} = await expectFirst('canary', error('HP03', ['node-2']), 1);
		expect(result.findings[1]).toMatchObject({code: 'HP04', severity: 'error', nodes: ['node-1']});
	});

	test('the binary gone from the node that is ahead: HP02 there, HP03 here', async () => {
		await setPortmap('node-1', 'none');
		const {result} = await expectFirst('canary-without-binary', error('HP02', ['node-1']), 1);
		expect(result.findings[1]).toMatchObject({code: 'HP03', severity: 'error', nodes: ['node-2']});
		await setPortmap('node-1', 'working');
	});

	test('an agent that crashes on one node: HP24 there', async () => {
		await patchDaemonSet([
			{op: 'add', path: '/spec/template/spec/containers/0/command', value: crashOn('node-1')},
			{op: 'add', path: '/spec/template/spec/containers/0/env/-', value: nodeName},
		]);
		await until('the agent to crash', 120, async () => {
			const waiting = '--output=jsonpath={.items[*].status.containerStatuses[*].state.waiting.reason}';
			return (await kubectl([...inSystem, 'get', 'pods', '--selector=k8s-app=cilium', waiting])).includes('CrashLoopBackOff')
				? true
				: undefined;
		});
		const {codes, result, exitCode} = await check();
		expect(codes).toContain('HP24');
		expect(result.findings.find(({code}) => code === 'HP24')).toMatchObject({severity: 'error', nodes: ['node-1']});
		expect(exitCode).toBe(1);
		await patchDaemonSet([{op: 'remove', path: '/spec/template/spec/containers/0/command'}]);
	});

	test('cilium-config gone: what the nodes show is told all the same', async () => {
		await kubectl([...inSystem, 'rollout', 'status', 'daemonset/cilium', '--timeout=120s']);
		const kept = await kubectl([...inSystem, 'get', 'configmap', 'cilium-config', '--output=json']);
		await kubectl([...inSystem, 'delete', 'configmap', 'cilium-config']);
		try {
			const {codes, exitCode} = await check();
			expect(codes[0]).toBe('HP04');
			expect(exitCode).toBe(1);
		} finally {
			await kubectl([...inSystem, 'create', '--filename', '-'], withoutVersion(kept));
		}
	});

	test('no hostPort anywhere, and neither way: told, and no fault', async () => {
		await patchCiliumConfig({'cni-chaining-mode': null});
		await restartAgents();
		await removeDeployment('web');
		const {result} = await expectFirst('no-host-port-no-way', info('HP01'), 0);
		expect(result.nodes.map(({verdict}) => verdict)).toEqual(['ok', 'ok']);
	});

	test('no Cilium at all: HP18', async () => {
		await kubectl([...inSystem, 'delete', 'daemonset', 'cilium', '--cascade=foreground', '--timeout=60s']);
		await rollOut(web, 'deployment/web');
		await expectFirst('no-cilium', {code: 'HP18', severity: 'warning', nodes: []}, 3);
	});
});

describe.skipIf(!isOwnCluster)('which way it goes on Cilium 1.17.4', () => {
	beforeAll(async () => {
		await resetCluster('1.17.4');
		await rollOut(web, 'deployment/web');
	});

	test('partial, a value of an older scheme: HP01', async () => {
		await patchCiliumConfig({'kube-proxy-replacement': 'partial'});
		await restartAgents();
		const {result} = await expectFirst('older-value-1.17', error('HP01'), 1);
		expect(JSON.stringify(result.findings[0]?.because)).toContain('older scheme');
	});

	test('full replacement and an agent without entries: HP10', async () => {
		await patchCiliumConfig({'kube-proxy-replacement': 'true'});
		await restartAgents();
		await expectFirst('native-without-entries', error('HP10'), 1);
	});

	test('enable-host-port alone: HP01b', async () => {
		await patchCiliumConfig({'kube-proxy-replacement': 'false', 'enable-host-port': 'true'});
		await restartAgents();
		await expectFirst('half-on-1.17', error('HP01b'), 1);
	});

	test('the agent’s environment against cilium-config: HP06', async () => {
		for (const node of ['node-1', 'node-2'] as const) await setPortmap(node, 'working');
		await patchCiliumConfig({'enable-host-port': null, 'cni-chaining-mode': 'portmap'});
		// The second is the stand-in's own way of being overridden.
		const environment = ['CILIUM_CNI_CHAINING_MODE=none', 'STAND_IN_NODE_CONFIG=cni-chaining-mode=none'];
		await kubectl([...inSystem, 'set', 'env', 'daemonset/cilium', ...environment]);
		await kubectl([...inSystem, 'rollout', 'status', 'daemonset/cilium', '--timeout=120s']);
		await expectFirst('overridden-by-environment', error('HP06'), 1);
	});

	test('chained and well: HP22', async () => {
		await kubectl([...inSystem, 'set', 'env', 'daemonset/cilium', 'CILIUM_CNI_CHAINING_MODE-', 'STAND_IN_NODE_CONFIG-']);
		await kubectl([...inSystem, 'rollout', 'status', 'daemonset/cilium', '--timeout=120s']);
		await replacePods('web');
		await expectFirst('healthy-portmap-1.17', info('HP22'), 0);
	});
});

describe.skipIf(!isOwnCluster)('which way it goes on Cilium 1.19.6', () => {
	beforeAll(async () => {
		await resetCluster('1.19.6');
		await rollOut(web, 'deployment/web');
	});
	afterAll(async () => resetCluster('1.10.16'));

	test('keys that it no longer knows: HP19', async () => {
		await patchCiliumConfig({'enable-host-port': 'true', 'enable-node-port': 'true'});
		await restartAgents();
		await expectFirst('upgraded-away', error('HP19'), 1);
	});

	test('the same, chained and well: HP22', async () => {
		for (const node of ['node-1', 'node-2'] as const) await setPortmap(node, 'working');
		await patchCiliumConfig({'cni-chaining-mode': 'portmap'});
		await restartAgents();
		await replacePods('web');
		await expectFirst('healthy-portmap-1.19', info('HP22'), 0);
	});
});

/** Somebody else's reconciler: takes the chaining mode away as often as it is set. */
async function putBack(signal: AbortSignal): Promise<void> {
	while (!signal.aborted) {
		await patchCiliumConfig({'cni-chaining-mode': null});
		await sleep(1000);
	}
}

async function patchDaemonSet(patch: readonly object[]): Promise<void> {
	await kubectl([...inSystem, 'patch', 'daemonset', 'cilium', '--type=json', '--patch', JSON.stringify(patch)]);
}

/** The agent's own program everywhere but on one node. */
function crashOn(node: string): string[] {
	return ['bash', '-c', `[ "$NODE_NAME" = ${node} ] && { echo level=fatal msg=boom; exit 1; }; exec /bin/cilium-agent`];
}

/** On the host network a pod's hostname is the machine's, which all nodes here share. */
const nodeName = {name: 'NODE_NAME', valueFrom: {fieldRef: {fieldPath: 'spec.nodeName'}}};

function withoutVersion(manifest: string): string {
	const object = JSON.parse(manifest) as {metadata: Record<string, unknown>};
	for (const key of ['resourceVersion', 'uid', 'creationTimestamp', 'managedFields']) delete object.metadata[key];
	return JSON.stringify(object);
}
