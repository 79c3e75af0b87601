import {readFile, rename, rm, writeFile} from 'node:fs/promises';
import {setTimeout as sleep} from 'node:timers/promises';
import {beforeAll, describe} from 'vitest';
import {kubectl, until} from './support/kubectl.ts';
import type {Place} from './support/places.ts';
import {makePod} from './support/pods.ts';
import {
	binaryOf,
	bothNodes,
	configurationOf,
	givePortmap,
	inNetworkOf,
	onRealNode,
	remakeWeb,
	startOver,
	chartValues,
} from './support/real-cluster.ts';
import {addressOf, type ClusterNode} from './support/tested-cluster.ts';
import {
	all,
	error,
	info,
	inTests,
	realScenes,
	tells,
	warning,
	well,
	withObject,
	withPod,
	type RealScene,
	type Undo,
} from './support/real-scene.ts';
import {nothingStaysBehind} from './support/suite.ts';

nothingStaysBehind('at the end');

const web = (node: ClusterNode, heard = `web-of-${node}`, but: RealScene['ports'][number]['but'] = {}) => ({node, port: 8080, heard, but});
const webAnswers = bothNodes.map(node => web(node));
/** Only who is on the node itself hears it. */
const inside = (node: ClusterNode): Partial<Record<Place, string>> => ({'the node': `web-of-${node}`, 'its loopback': `web-of-${node}`});
const ready = async (): Promise<unknown> => kubectl(['wait', '--for=condition=Ready', 'node', '--all', '--timeout=90s']);

/** A rule of the node's own, taken away in the end: `iptables -t raw -I PREROUTING …`. */
const withRule =
	(node: ClusterNode, table: string, chain: string, rule: string) =>
	async (undo: Undo): Promise<void> => {
		undo(async () => onRealNode(node, `iptables -t ${table} -D ${chain} ${rule}`));
		await onRealNode(node, `iptables -t ${table} -I ${chain} ${rule}`);
	};

/** What is sent to a node itself, and not what its pods send to another's. */
const to = (node: ClusterNode): string => `-d ${addressOf[node]} -p tcp --dport 8080`;

/** Rules that nobody removes: containerd calls portmap by the list of the moment, and not at all where another plugin has failed. */
const forgetMappings = async (node: ClusterNode, port: number): Promise<unknown> =>
	onRealNode(
		node,
		`iptables -t nat -S CNI-HOSTPORT-DNAT | sed -n 's/^-A \\(.*--dports ${port} .*\\)/\\1/p' | while read -r rule; do
			eval "iptables -t nat -D $rule"; iptables -t nat -F "\${rule##* }"; iptables -t nat -X "\${rule##* }" || true
		done`,
	);

/** A plugin that is gone while a pod wants to start, which then says so. */
const withoutPlugin =
	(node: ClusterNode, plugin: string) =>
	async (undo: Undo): Promise<void> => {
		const file = binaryOf(node, plugin);
		undo(async () => forgetMappings(node, 8190));
		undo(async () => kubectl([...inTests, 'delete', 'pod', 'waiting', '--ignore-not-found', '--timeout=60s']));
		undo(async () => rename(`${file}.aside`, file));
		await rename(file, `${file}.aside`);
		await makePod('waiting', {hostPort: 8190, node});
		await tells('FailedCreatePodSandBox')('waiting');
	};

describe('around portmap', () => {
	beforeAll(async () => startOver(chartValues.portmap));

	realScenes([
		{
			title: 'Cilium’s own plugin gone',
			make: withoutPlugin('node-2', 'cilium-cni'),
			ports: webAnswers,
			first: error('HP24', ['node-2']),
			exitCode: 1,
			says: /cilium-cni/u,
		},
		{
			title: 'the runtime’s own plugin gone',
			make: withoutPlugin('node-1', 'loopback'),
			ports: webAnswers,
			first: error('HP24'),
			exitCode: 1,
			says: /loopback/u,
		},
		{
			title: 'a rule of the node’s firewall that drops the port before it is translated',
			make: withRule('node-1', 'raw', 'PREROUTING', `${to('node-1')} -j DROP`),
			ports: [web('node-1', 'silent', inside('node-1')), web('node-2')],
			// The connection that was tried proves it.
			first: error('HP13'),
			exitCode: 1,
			says: /--dport 8080 -j DROP/u,
		},
		{
			title: 'one in INPUT, where a hostPort’s packets never come',
			make: withRule('node-1', 'filter', 'INPUT', '-p tcp --dport 8080 -j DROP'),
			ports: webAnswers,
			first: well,
			exitCode: 0,
		},
		{
			title: 'a kernel that forwards nothing',
			async make(undo) {
				undo(async () => inNetworkOf('node-2', 'sysctl -qw net.ipv4.ip_forward=1'));
				await inNetworkOf('node-2', 'sysctl -qw net.ipv4.ip_forward=0');
			},
			// Nor what its own pods send to another node.
			ports: [web('node-1', 'web-of-node-1', {'a pod of another node': 'silent'}), web('node-2', 'silent', inside('node-2'))],
			first: error('HP13', ['node-2']),
			exitCode: 1,
			says: /ip_forward/u,
		},
		{
			title: 'a reverse-path filter',
			make: withRule('node-1', 'mangle', 'PREROUTING', '-m rpfilter --invert -j DROP'),
			ports: [web('node-1', 'silent'), web('node-2', 'web-of-node-2', {'a pod of another node': 'silent'})],
			first: error('HP31'),
			exitCode: 1,
			says: /rpfilter/u,
		},
		{
			title: 'a rule of somebody else before portmap’s jump',
			make: withRule('node-1', 'nat', 'PREROUTING', `${to('node-1')} -j DNAT --to-destination 198.51.100.9:80`),
			ports: [web('node-1', 'silent', inside('node-1')), web('node-2')],
			first: error('HP07'),
			exitCode: 1,
			says: /198\.51\.100\.9/u,
		},
		{
			title: 'portmap’s rules in the other build of iptables too',
			async make(undo) {
				undo(async () => inNetworkOf('node-1', 'iptables-legacy -t nat -F; iptables-legacy -t nat -X'));
				await inNetworkOf('node-1', 'iptables-nft-save -t nat | grep -e CNI- -e "^[*]" -e COMMIT | iptables-legacy-restore --noflush');
			},
			ports: webAnswers,
			first: warning('HP09'),
			exitCode: 0,
		},
		{
			title: 'a UDP sender that conntrack holds to a pod that is gone',
			async make(undo) {
				undo(async () => inNetworkOf('node-1', 'conntrack -D -p udp --orig-port-src 4000 || true'));
				await inNetworkOf(
					'node-1',
					`conntrack -I -p udp -s ${addressOf['node-2']} -d ${addressOf['node-1']} --orig-port-src 4000 --orig-port-dst 9053 -r 198.18.0.250 -q ${addressOf['node-2']} --reply-port-src 9053 --reply-port-dst 4000 --timeout 300`,
				);
			},
			// Others, from ports of their own, are not held.
			ports: [{node: 'node-1', port: 9053, protocol: 'UDP', heard: 'ping'}],
			first: warning('HP16'),
			exitCode: 0,
			says: /198\.18\.0\.250/u,
		},
		{
			title: 'a hostPort that is a Service’s nodePort too',
			make: all(
				withPod('edge', {hostPort: 30_080, node: 'node-2'}),
				withObject(
					{
						apiVersion: 'v1',
						kind: 'Service',
						metadata: {name: 'edge'},
						spec: {type: 'NodePort', selector: {app: 'edge'}, ports: [{port: 80, nodePort: 30_080}]},
					},
					...inTests,
				),
			),
			ports: [{node: 'node-2', port: 30_080, app: 'edge', heard: 'edge'}],
			first: warning('HP15', ['node-2']),
			exitCode: 0,
		},
		{
			title: 'a process of the host on the same port, which the mapping hides',
			make: withPod('squatter', {
				hostPort: 0,
				spec: {hostNetwork: true, nodeName: 'node-1'},
				container: {ports: [], command: ['sh', '-c', 'exec httpd -f -p 8080 -h /tmp']},
			}),
			ports: webAnswers,
			first: warning('HP14'),
			exitCode: 0,
		},
		{
			title: 'one more pod for a port that is taken on both nodes',
			make: withPod('third', {hostPort: 8080}, tells('free ports')),
			ports: webAnswers,
			first: error('HP14', []),
			exitCode: 1,
		},
		{
			title: 'a pod that crashes again and again',
			make: withPod('crash', {hostPort: 8191, node: 'node-1', container: {command: ['false']}}, tells('CrashLoopBackOff')),
			ports: webAnswers,
			// Whether it waits or has just been started again for a moment.
			first: warning('HP21'),
			exitCode: 0,
		},
		{
			title: 'another network’s DaemonSet beside Cilium',
			make: withObject({
				apiVersion: 'apps/v1',
				kind: 'DaemonSet',
				metadata: {name: 'aws-node', namespace: 'kube-system'},
				spec: {
					selector: {matchLabels: {app: 'aws-node'}},
					template: {
						metadata: {labels: {app: 'aws-node'}},
						spec: {nodeSelector: {no: 'such'}, containers: [{name: 'none', image: 'registry.test/none:1'}]},
					},
				},
			}),
			ports: webAnswers,
			first: info('HP18', []),
			exitCode: 0,
		},
		{
			title: 'a node that is Windows',
			async make(undo) {
				// What DaemonSets have put there goes with it, but not at once.
				undo(async () =>
					kubectl(['delete', 'pods', '--all-namespaces', '--field-selector', 'spec.nodeName=forged', '--grace-period=0', '--force']),
				);
				// As Windows nodes usually are, so that no workload of Linux waits for them.
				const spec = {taints: [{key: 'os', value: 'windows', effect: 'NoSchedule'}]};
				await withObject({apiVersion: 'v1', kind: 'Node', metadata: {name: 'forged', labels: {'kubernetes.io/os': 'windows'}}, spec})(undo);
			},
			ports: webAnswers,
			first: info('HP23', ['forged']),
			exitCode: 0,
		},
		{
			title: 'a node that no agent is for',
			async make(undo) {
				const place = async (selector: Record<string, string | null>): Promise<void> => {
					await kubectl([
						'--namespace',
						'kube-system',
						'patch',
						'daemonset',
						'cilium',
						'--type=merge',
						'--patch',
						JSON.stringify({spec: {template: {spec: {nodeSelector: selector}}}}),
					]);
					await kubectl(['--namespace', 'kube-system', 'rollout', 'status', 'daemonset/cilium', '--timeout=140s']);
				};
				undo(async () => kubectl(['label', 'node', 'node-1', 'e2e-agent-']));
				undo(async () => place({'e2e-agent': null}));
				await kubectl(['label', 'node', 'node-1', 'e2e-agent=yes', '--overwrite']);
				await place({'e2e-agent': 'yes'});
			},
			ports: webAnswers,
			first: warning('HP24', ['node-2']),
			exitCode: 3,
		},
		{
			title: 'after all that',
			// By now: what lies there from the first minute of a node would pass for what the node came with.
			make: async () => givePortmap(...bothNodes),
			ports: webAnswers,
			first: well,
			behind: ['HP25'],
			exitCode: 0,
		},
	]);
});

describe('files that are not Cilium’s, where it was told to leave them alone', () => {
	beforeAll(async () => startOver([...chartValues.portmap, 'cni.exclusive=false']));

	type List = {name: string; plugins: Array<{type: string} & Record<string, unknown>>};
	const byHand = '00-by-hand.conflist';
	const own = async (): Promise<List> => JSON.parse(await readFile(configurationOf('node-1', '05-cilium.conflist'), 'utf8')) as List;
	/** New pods by the old list, without the rules of those whose end portmap was not told. */
	const remakeWithRules = async (): Promise<void> => {
		for (const port of [8080, 9053]) await forgetMappings('node-1', port);
		await remakeWeb();
	};
	/** A file that sorts first, made of Cilium's own. */
	const withFile =
		(change: (plugins: List['plugins']) => List['plugins']) =>
		async (undo: Undo): Promise<void> => {
			undo(async () => rm(configurationOf('node-1', byHand), {force: true}));
			const list = await own();
			await writeFile(configurationOf('node-1', byHand), JSON.stringify({...list, name: 'by-hand', plugins: change(list.plugins)}));
			// containerd looks at the folder when something is written there.
			await sleep(1000);
		};

	realScenes([
		{
			title: 'a list that sorts first and chains portmap too',
			make: withFile(plugins => plugins),
			ports: webAnswers,
			first: warning('HP05'),
			exitCode: 0,
		},
		{
			title: 'a list that sorts first and names no portmap, and pods made with it',
			make: async undo => {
				undo(remakeWithRules);
				await withFile(plugins => plugins.filter(({type}) => type !== 'portmap'))(undo);
				await remakeWeb();
			},
			// portmap was not called when the old pod went: its rule still leads to where that was.
			ports: [web('node-1', 'silent'), web('node-2')],
			first: error('HP05'),
			exitCode: 1,
		},
		{
			title: 'a list that sorts first and gives portmap no mappings, and pods made with it',
			make: async undo => {
				undo(remakeWithRules);
				await withFile(plugins => plugins.map(({type, ...rest}) => (type === 'portmap' ? {type} : {type, ...rest})))(undo);
				await remakeWeb();
			},
			// portmap was not called when the old pod went: its rule still leads to where that was.
			ports: [web('node-1', 'silent'), web('node-2')],
			first: error('HP05'),
			exitCode: 1,
		},
		{
			title: 'a first file that is no JSON',
			async make(undo) {
				undo(ready);
				undo(async () => rm(configurationOf('node-1', byHand), {force: true}));
				await writeFile(configurationOf('node-1', byHand), '{"cniVersion": "0.3.1", // a comment\n');
				await until('the node to say so', 60, async () =>
					(await kubectl(['get', 'node', 'node-1', '--output=json'])).includes('NetworkPluginNotReady') ? true : undefined,
				);
			},
			ports: webAnswers,
			first: error('HP05'),
			exitCode: 1,
		},
		{
			title: 'rules that portmap is told to make and iptables does not take, and a pod that wants them',
			async make(undo) {
				undo(async () => kubectl([...inTests, 'delete', 'pod', 'waiting', '--ignore-not-found', '--timeout=60s']));
				await withFile(plugins =>
					plugins.map(plugin => (plugin.type === 'portmap' ? {...plugin, conditionsV4: ['-m', 'nosuch']} : plugin)),
				)(undo);
				await makePod('waiting', {hostPort: 8190, node: 'node-1'});
				await tells('FailedCreatePodSandBox')('waiting');
			},
			ports: webAnswers,
			first: error('HP30'),
			exitCode: 1,
			says: /nosuch/u,
		},
	]);
});
