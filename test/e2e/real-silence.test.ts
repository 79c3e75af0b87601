import {readFile} from 'node:fs/promises';
import path from 'node:path';
import {beforeAll, describe} from 'vitest';
import {kubectl} from './support/kubectl.ts';
import {run} from './support/processes.ts';
import {bothNodes, inAgent, onRealNode, remakeWeb, startOver, chartValues} from './support/real-cluster.ts';
import {realScenes, withObject, type RealScene, type Undo} from './support/real-scene.ts';
import {nothingStaysBehind} from './support/suite.ts';
import {addressOf, namespace, runFolder} from './support/tested-cluster.ts';

nothingStaysBehind('at the end');

// The hostPort of node-1 is mapped, and others get no answer: what `check` hears of it from node-2 is what tells.
const onNode1 = (code: string, severity: 'error' | 'warning' = 'error') => ({code, severity, nodes: ['node-1']}) as const;
const answersItselfAlone = {'the node': 'web-of-node-1', 'its loopback': 'web-of-node-1'};
const heardFromNode2 = (error: string): RegExp => new RegExp(`connection from node-2 to \\S+:8080\n${error}; `, 'u');

const well: RealScene = {
	title: 'nothing is wrong: every connection was answered',
	make: async () => undefined,
	ports: bothNodes.map(node => ({node, port: 8080, heard: `web-of-${node}`})),
	first: {code: 'HP22', severity: 'info', nodes: bothNodes},
	exitCode: 0,
	says: /^4 hostPorts mapped, 2 answered, 2 UDP not tried: /u,
};

const policy = withObject(
	{
		apiVersion: 'cilium.io/v2',
		kind: 'CiliumNetworkPolicy',
		metadata: {name: 'nobody'},
		spec: {endpointSelector: {matchLabels: {app: 'web'}}, ingress: [{}]},
	},
	'--namespace',
	namespace,
);

/** nft is no program of the agent's image: it is this machine's own, in the node's network. */
async function nftOnNode1(...words: readonly string[]): Promise<string> {
	const processes = (await readFile(path.join(runFolder, 'pids'), 'utf8')).split('\n').map(line => line.split(' '));
	const pid = processes.find(([, name]) => name === 'node-1-kubelet')?.[0] ?? 'none';
	return run('nsenter', ['--target', pid, '--net', 'nft', ...words], {timeoutSeconds: 20});
}

/** A table of somebody who knows nothing of Kubernetes, in native nftables: one chain of these words, with one rule. */
const guard =
	(chain: string, rule: string) =>
	async (undo: Undo): Promise<void> => {
		undo(async () => nftOnNode1('delete', 'table', 'ip', 'guard'));
		await nftOnNode1('add', 'table', 'ip', 'guard');
		await nftOnNode1('add', 'chain', 'ip', 'guard', 'own', `{ ${chain} ; }`);
		await nftOnNode1('add', 'rule', 'ip', 'guard', 'own', ...rule.split(' '));
	};
/** What is sent to the hostPort of node-1 itself, and not what its pods send to that of another node. */
const toHostPort = `ip daddr ${addressOf['node-1']} tcp dport 8080`;
const toPod = 'tcp dport 80';
const filter = (hook: 'prerouting' | 'forward', packets: string) => guard(`type filter hook ${hook} priority -150`, `${packets} drop`);
const diverted = guard('type nat hook prerouting priority -110', `${toHostPort} dnat to 198.51.100.9:80`);

/** The same looked at by a pod that enters the node, which has nft where the agent's image has none. */
const byPod = (scene: RealScene, more: Pick<RealScene, 'first' | 'says'>): RealScene => ({
	...scene,
	...more,
	title: `${scene.title}, looked at by a pod of the node`,
	words: ['--via', 'pod'],
});
/** Native tables: what the agents cannot see has no cause, and a pod of the node finds it. */
const bothWays = (scene: Omit<RealScene, 'first' | 'exitCode' | 'says'>, code: string, says: RegExp): readonly RealScene[] => {
	const unseen: RealScene = {...scene, first: onNode1('HP29'), exitCode: 1, says: heardFromNode2('(?:timed out|unreachable)')};
	return [unseen, byPod(unseen, {first: onNode1(code), says})];
};

async function interfaceDown(undo: Undo): Promise<void> {
	const onNode = ['--selector', 'app=web', '--field-selector', 'spec.nodeName=node-1'];
	const address = await kubectl(['--namespace', namespace, 'get', 'pods', ...onNode, '--output=jsonpath={.items[0].status.podIP}']);
	const endpoints = await inAgent('node-1', 'cilium-dbg', 'bpf', 'endpoint', 'list');
	const index = endpoints.split('\n').flatMap(line => (line.startsWith(`${address}:`) ? (/ifindex=(\d+)/u.exec(line)?.[1] ?? []) : []))[0];
	const device = (await onRealNode('node-1', `grep -lx ${index ?? 'none'} /sys/class/net/*/ifindex`)).split('/')[4] ?? '';
	undo(async () => onRealNode('node-1', `ip link set ${device} up`));
	await onRealNode('node-1', `ip link set ${device} down`);
}

async function notrack(undo: Undo): Promise<void> {
	const rule = 'PREROUTING -p tcp --dport 8080 -j CT --notrack';
	undo(async () => onRealNode('node-1', `iptables -t raw -D ${rule}`));
	await onRealNode('node-1', `iptables -t raw -I ${rule}`);
}

// Dead whichever way serves the hostPort. The agents have only just started: check waits and asks once more.
const withInterfaceDown: RealScene = {
	title: 'the pod’s interface down',
	make: interfaceDown,
	ports: [],
	first: onNode1('HP21'),
	exitCode: 1,
	says: heardFromNode2('timed out'),
};
const withPolicy: RealScene = {
	title: 'a policy of Cilium that lets nobody in',
	make: policy,
	ports: [],
	first: {code: 'HP11', severity: 'warning', nodes: bothNodes},
	exitCode: 0,
	says: heardFromNode2('timed out'),
};

describe('portmap chained', () => {
	beforeAll(async () => startOver(chartValues.portmap));

	const dead = (heard: string): RealScene['ports'] => [{node: 'node-1', port: 8080, heard, but: answersItselfAlone}];

	realScenes([
		well,
		withInterfaceDown,
		{
			title: 'a NOTRACK rule',
			make: notrack,
			ports: dead('refused'),
			first: onNode1('HP13'),
			exitCode: 1,
			says: heardFromNode2('refused'),
		},
		{
			title: 'a condition that leaves the node’s address out',
			async make(undo) {
				undo(async () => remakeWeb());
				await onRealNode(
					'node-1',
					`rule=$(iptables -t nat -S CNI-HOSTPORT-DNAT | sed -n 's/^-A \\(.*--dports 8080 .*\\)/\\1/p')
					eval "iptables -t nat -D $rule"
					eval "iptables -t nat -A \${rule%% *} ! -d 10.88.0.0/16 \${rule#* }"`,
				);
			},
			ports: [{node: 'node-1', port: 8080, heard: 'refused', but: {'its loopback': 'web-of-node-1'}}],
			first: onNode1('HP20'),
			exitCode: 1,
			says: heardFromNode2('refused'),
		},
		...bothWays(
			{title: 'a native table that drops before the translation', make: filter('prerouting', toHostPort), ports: dead('silent')},
			'HP28',
			/tcp dport 8080 drop \(hook prerouting, priority -150\)/u,
		),
		...bothWays(
			{title: 'a native table that drops what is forwarded', make: filter('forward', toPod), ports: []},
			'HP28',
			/tcp dport 80 drop \(hook forward, priority -150\)/u,
		),
		...bothWays(
			{title: 'a native table that sends it elsewhere before portmap does', make: diverted, ports: dead('silent')},
			'HP07',
			/tcp dport 8080 dnat to 198\.51\.100\.9:80 \(hook prerouting, priority -110/u,
		),
		withPolicy,
		{...well, title: 'after all that'},
	]);
});

describe('full replacement', () => {
	beforeAll(async () => startOver(chartValues.native));

	const unmet: RealScene = {
		...well,
		title: 'a native table that drops the hostPort’s number, which eBPF has translated before',
		make: filter('prerouting', toHostPort),
	};
	realScenes([
		well,
		withInterfaceDown,
		withPolicy,
		{...well, title: 'a NOTRACK rule, which eBPF does not meet', make: notrack},
		{...well, title: 'a native rule that sends it elsewhere, which eBPF does not meet', make: diverted},
		unmet,
		byPod(unmet, unmet),
		...bothWays(
			{title: 'a native table that drops the pod’s port', make: filter('prerouting', toPod), ports: []},
			'HP28',
			/tcp dport 80 drop \(hook prerouting, priority -150\)/u,
		),
	]);
});
