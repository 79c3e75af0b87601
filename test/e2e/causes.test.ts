import {setTimeout as sleep} from 'node:timers/promises';
import {afterAll, afterEach, beforeAll, describe, expect, test} from 'vitest';
import {patchCiliumConfig, resetCluster, restartAgents} from './support/cilium.ts';
import {
	listenOnHost,
	onNode,
	readConfiguration,
	removeConfiguration,
	renameConfiguration,
	setPortmap,
	writeConfiguration,
} from './support/hands-on-nodes.ts';
import {kubectl, list, rollOut, until, waitForRollOut} from './support/kubectl.ts';
import {makePod, remakePods, removePod, waitForPod} from './support/pods.ts';
import type {Checked} from './support/product.ts';
import {look} from './support/scene.ts';
import {nothingStaysBehind} from './support/suite.ts';
import {isOwnCluster, namespace, root} from './support/tested-cluster.ts';

const web = `${root}/test/e2e/workloads/web.yaml`;

nothingStaysBehind();

// Every scene that can be made with hands on the nodes; each test leaves the cluster as it found it, or as the next one needs it.
describe.skipIf(!isOwnCluster)('causes on Cilium 1.10.16', () => {
	beforeAll(async () => {
		await resetCluster('1.10.16');
		await rollOut(web, 'deployment/web');
	});

	test('neither way: HP01', async () => {
		expectFirst(await look('no-way'), 'HP01', 'error', ['node-1', 'node-2']);
	});

	test('the replacement half on: HP01b', async () => {
		await patchCiliumConfig({'kube-proxy-replacement': 'partial', 'enable-host-port': 'true'});
		await restartAgents();
		expectFirst(await look('half-on'), 'HP01b', 'error', ['node-1', 'node-2']);
		await patchCiliumConfig({'kube-proxy-replacement': 'disabled', 'enable-host-port': null});
		await restartAgents();
	});

	test('the ConfigMap changed, the agents not restarted: HP03', async () => {
		await patchCiliumConfig({'cni-chaining-mode': 'portmap'});
		expectFirst(await look('not-restarted'), 'HP03', 'error', ['node-1', 'node-2']);
	});

	test('portmap chained and not there: HP02', async () => {
		await restartAgents();
		await makePod('waiting', {hostPort: 8081});
		await failedSandboxes(1);
		expectFirst(await look('binary-missing'), 'HP02', 'error', ['node-1', 'node-2']);
	});

	test('there, and nobody may execute it: HP02', async () => {
		for (const node of ['node-1', 'node-2'] as const) await setPortmap(node, 'not-executable');
		const {result} = expectFirst(await look('binary-not-executable'), 'HP02', 'error', ['node-1', 'node-2']);
		expect(result.findings[0]?.title).toContain('not executable');
	});

	test('there, for another machine: HP02', async () => {
		for (const node of ['node-1', 'node-2'] as const) await setPortmap(node, 'aarch64');
		const {result} = expectFirst(await look('binary-wrong-architecture'), 'HP02', 'error', ['node-1', 'node-2']);
		expect(result.findings[0]?.title).toContain('another architecture');
	});

	test('there, but the runtime searches another folder: HP02', async () => {
		for (const node of ['node-1', 'node-2'] as const) await setPortmap(node, 'working');
		await waitForPod('waiting');
		await removePod('waiting');
		await kubectl(['delete', 'events', '--all', '--namespace', namespace]);
		await sandboxEvent('node-2', 'failed to find plugin "portmap" in path [/usr/libexec/cni]');
		const {result} = expectFirst(await look('binary-elsewhere'), 'HP02', 'error', ['node-2']);
		expect(result.findings[0]?.because.map(({says}) => says).join('\n')).toContain('the runtime searches /usr/libexec/cni');
		await kubectl(['delete', 'events', '--all', '--namespace', namespace]);
	});

	test('pods from before the chained list: HP04', async () => {
		expectFirst(await look('older-pods'), 'HP04', 'error', ['node-1', 'node-2']);
	});

	test('new pods: nothing is wrong, HP22', async () => {
		await remakePods('web');
		const {result, exitCode} = expectFirst(await look('healthy-portmap'), 'HP22', 'info', ['node-1', 'node-2']);
		expect(result.findings.filter(({severity}) => severity !== 'info')).toEqual([]);
		expect(exitCode).toBe(0);
	});

	test('an older rule before the pod’s own: HP07', async () => {
		await onNode(
			'node-1',
			`iptables -t nat -N CNI-DN-0000000000000000stale
			iptables -t nat -A CNI-DN-0000000000000000stale -p tcp -m tcp --dport 8080 -j DNAT --to-destination 198.18.1.250:80
			iptables -t nat -I CNI-HOSTPORT-DNAT 1 -p tcp -m comment --comment 'dnat name: "portmap" id: "gone"' -m multiport --dports 8080 -j CNI-DN-0000000000000000stale`,
		);
		expectFirst(await look('stale-rule'), 'HP07', 'error', ['node-1']);
		await onNode(
			'node-1',
			'iptables -t nat -D CNI-HOSTPORT-DNAT 1; iptables -t nat -F CNI-DN-0000000000000000stale; iptables -t nat -X CNI-DN-0000000000000000stale',
		);
	});

	test('rules in both builds of iptables: HP09', async () => {
		await onNode('node-1', 'iptables-nft-save -t nat | grep -e CNI- -e "^[*]" -e COMMIT | iptables-legacy-restore --noflush');
		expectFirst(await look('two-iptables'), 'HP09', 'warning', ['node-1']);
		await onNode('node-1', 'iptables-legacy -t nat -F; iptables-legacy -t nat -X');
	});

	test('a process of the host on the same port: HP14', async () => {
		const server = listenOnHost('node-2', 8080);
		await until('the listener', 10, async () =>
			(await onNode('node-2', 'cat /proc/net/tcp')).includes('00000000:1F90') ? true : undefined,
		);
		expectFirst(await look('port-taken-by-process'), 'HP14', 'warning', ['node-2']);
		server.signal('SIGTERM');
		await server.ended;
	});

	test('a third pod for a port that is taken on both nodes: HP14', async () => {
		await makePod('third', {hostPort: 8080});
		await until('the scheduler’s word', 30, async () => {
			const words = await kubectl(['--namespace', namespace, 'get', 'pod', 'third', '--output=jsonpath={.status.conditions[*].message}']);
			return words.includes('free ports') ? words : undefined;
		});
		expectFirst(await look('port-taken-by-pods'), 'HP14', 'error', []);
		await removePod('third');
	});

	test('an application that listens on 127.0.0.1 in its pod: HP21', async () => {
		await makePod('lonely', {hostPort: 8082, listensOn: '127.0.0.1', node: 'node-1'});
		await waitForPod('lonely');
		const {result} = expectFirst(await look('application-on-loopback'), 'HP21', 'error', ['node-1']);
		expect(result.findings[0]?.hostPorts).toEqual([`${namespace}/lonely:8082/TCP`]);
		await removePod('lonely');
	});

	test('the nat table flushed: HP08', async () => {
		await onNode('node-2', 'iptables -t nat -F');
		expectFirst(await look('rules-flushed'), 'HP08', 'error', ['node-2']);
		await remakePods('web', 'node-2');
	});
});

describe.skipIf(!isOwnCluster)('causes in the CNI folder, and in who writes cilium-config', () => {
	beforeAll(async () => {
		await resetCluster('1.10.16');
		for (const node of ['node-1', 'node-2'] as const) await setPortmap(node, 'working');
		await patchCiliumConfig({'cni-chaining-mode': 'portmap'});
		await restartAgents();
		await rollOut(web, 'deployment/web');
	});
	afterEach(async () => {
		for (const file of ['000-by-hand.conflist', '01-broken.conflist']) await removeConfiguration('node-1', file);
	});

	test('a first file that is no JSON: HP05', async () => {
		await writeConfiguration('node-1', '01-broken.conflist', '{"cniVersion": "0.3.1", // a comment\n');
		expectFirst(await look('broken-file'), 'HP05', undefined, ['node-1']);
	});

	test('every CNI file renamed away: HP05', async () => {
		await renameConfiguration('node-2', '05-cilium.conflist', '05-cilium.conflist.cilium_bak');
		await sleep(1000);
		expectFirst(await look('no-file'), 'HP05', 'error', ['node-2']);
		await renameConfiguration('node-2', '05-cilium.conflist.cilium_bak', '05-cilium.conflist');
		await kubectl(['wait', '--for=condition=Ready', 'node', '--all', '--timeout=60s']);
	});

	test('another file that sorts first: HP05', async () => {
		const plain = {cniVersion: '0.3.1', name: 'cilium', plugins: [{type: 'cilium-cni'}]};
		await writeConfiguration('node-1', '000-by-hand.conflist', JSON.stringify(plain));
		await sleep(1000);
		await remakePods('web', 'node-1');
		expectFirst(await look('other-file-first'), 'HP05', 'error', ['node-1']);
	});

	test('the rule that a pod left behind when it was torn down without portmap: HP07', async () => {
		await sleep(1000);
		await remakePods('web', 'node-1');
		expectFirst(await look('left-behind-rule'), 'HP07', 'error', ['node-1']);
		await onNode('node-1', 'iptables -t nat -F CNI-HOSTPORT-DNAT');
		await remakePods('web', 'node-1');
	});

	test('a node without the binary beside one that has it: HP02 there only', async () => {
		await setPortmap('node-2', 'none');
		const checked = await look('joined-after-repair');
		expect(checked.codes[0]).toMatch(/^HP(?:02|25)$/u);
		expect(checked.result.findings[0]?.nodes).toEqual(['node-2']);
		await setPortmap('node-2', 'working');
	});

	test('the ConfigMap of a Helm release put back by a loop, while the nodes still work: HP06', async () => {
		await kubectl(['--namespace', 'kube-system', 'label', 'configmap', 'cilium-config', 'app.kubernetes.io/managed-by=Helm']);
		await kubectl(['--namespace', 'kube-system', 'annotate', 'configmap', 'cilium-config', 'meta.helm.sh/release-name=cilium']);
		const stop = new AbortController();
		const loop = putBack(stop.signal);
		try {
			await patchCiliumConfig({'cni-chaining-mode': 'portmap'});
			await until('the loop to have put it back', 20, async () => {
				const path = '--output=jsonpath={.data.cni-chaining-mode}';
				const mode = await kubectl(['--namespace', 'kube-system', 'get', 'configmap', 'cilium-config', path]);
				return mode === '' ? true : undefined;
			});
			expectFirst(await look('put-back'), 'HP06', 'warning', ['node-1', 'node-2']);
			await restartAgents();
			expectFirst(await look('put-back-and-restarted'), 'HP06', undefined, ['node-1', 'node-2']);
		} finally {
			stop.abort();
			await loop;
		}
	});

	test('custom-cni-conf beside chaining: HP05', async () => {
		await patchCiliumConfig({'cni-chaining-mode': 'portmap', 'custom-cni-conf': 'true'});
		await restartAgents();
		await remakePods('web');
		expect(await readConfiguration('node-1', '05-cilium.conf')).not.toContain('portmap');
		expectFirst(await look('custom-configuration'), 'HP05', 'error', ['node-1', 'node-2']);
	});
});

describe.skipIf(!isOwnCluster)('causes on Cilium 1.17.4 and 1.19.6', () => {
	afterAll(async () => resetCluster('1.10.16'));

	test('1.17.4 with full replacement and an agent without entries: HP10', async () => {
		await resetCluster('1.17.4');
		await rollOut(web, 'deployment/web');
		await patchCiliumConfig({'kube-proxy-replacement': 'true'});
		await restartAgents();
		// The stand-in agent has no datapath: it says that it serves hostPort and lists no entry, as an agent with the fault does.
		expectFirst(await look('native-without-entries'), 'HP10', 'error', ['node-1', 'node-2']);
		await patchCiliumConfig({'kube-proxy-replacement': 'false'});
	});

	test('1.17.4 chained and well: HP22', async () => {
		for (const node of ['node-1', 'node-2'] as const) await setPortmap(node, 'working');
		await patchCiliumConfig({'cni-chaining-mode': 'portmap'});
		await restartAgents();
		await remakePods('web');
		expectFirst(await look('healthy-portmap-1.17'), 'HP22', 'info', ['node-1', 'node-2']);
	});

	test('1.17.4, an argument of the agent that wins over the ConfigMap: HP06', async () => {
		await kubectl([
			'--namespace',
			'kube-system',
			'patch',
			'daemonset',
			'cilium',
			'--type=strategic',
			'--patch',
			JSON.stringify({
				spec: {
					template: {
						spec: {
							containers: [
								{
									name: 'cilium-agent',
									env: [
										{name: 'CILIUM_CNI_CHAINING_MODE', value: 'none'},
										{name: 'STAND_IN_NODE_CONFIG', value: 'cni-chaining-mode=none'},
									],
								},
							],
						},
					},
				},
			}),
		]);
		await kubectl(['--namespace', 'kube-system', 'rollout', 'status', 'daemonset/cilium', '--timeout=120s']);
		await remakePods('web');
		expectFirst(await look('overridden-by-environment'), 'HP06', 'error', ['node-1', 'node-2']);
	});

	test('1.19.6 with the key that it no longer knows: HP19', async () => {
		await resetCluster('1.19.6');
		await rollOut(web, 'deployment/web');
		await patchCiliumConfig({'enable-host-port': 'true', 'enable-node-port': 'true'});
		await restartAgents();
		expectFirst(await look('upgraded-away'), 'HP19', 'error', ['node-1', 'node-2']);
	});

	test('1.19.6 chained and well: HP22', async () => {
		for (const node of ['node-1', 'node-2'] as const) await setPortmap(node, 'working');
		await patchCiliumConfig({'cni-chaining-mode': 'portmap', 'enable-host-port': null, 'enable-node-port': null});
		await restartAgents();
		await remakePods('web');
		await waitForRollOut('deployment/web');
		expectFirst(await look('healthy-portmap-1.19'), 'HP22', 'info', ['node-1', 'node-2']);
	});
});

function expectFirst(checked: Checked, code: string, severity: string | undefined, nodes: readonly string[]): Checked {
	const [first] = checked.result.findings;
	expect(
		{code: first?.code, severity: severity && first?.severity, nodes: first?.nodes.toSorted()},
		JSON.stringify(checked.result.findings, undefined, 1),
	).toEqual({code, severity, nodes});
	return checked;
}

async function failedSandboxes(number: number): Promise<void> {
	await until('a failed sandbox', 60, async () => {
		const events = await list('events', '--namespace', namespace, '--field-selector', 'reason=FailedCreatePodSandBox');
		return events.filter(({message}) => message?.includes('failed to find plugin "portmap"')).length >= number ? true : undefined;
	});
}

/** What a kubelet writes whose runtime is set up for another folder. */
async function sandboxEvent(node: string, message: string): Promise<void> {
	const now = new Date().toISOString().replace(/\.\d+Z$/u, 'Z');
	const event = {
		apiVersion: 'v1',
		kind: 'Event',
		metadata: {name: `forged-${node}`, namespace},
		involvedObject: {kind: 'Pod', namespace, name: 'forged'},
		reason: 'FailedCreatePodSandBox',
		message: `Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "0": ${message}`,
		source: {component: 'kubelet', host: node},
		firstTimestamp: now,
		lastTimestamp: now,
		count: 3,
		type: 'Warning',
	};
	await kubectl(['apply', '--filename', '-'], JSON.stringify(event));
}

/** Somebody else's reconciler: takes the chaining mode away as often as it is set. */
async function putBack(signal: AbortSignal): Promise<void> {
	while (!signal.aborted) {
		await patchCiliumConfig({'cni-chaining-mode': null});
		await sleep(1000);
	}
}
