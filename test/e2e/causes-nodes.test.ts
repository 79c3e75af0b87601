import {setTimeout as sleep} from 'node:timers/promises';
import {beforeAll, describe} from 'vitest';
import {patchCiliumConfig, restartAgents} from './support/cilium.ts';
import {allIsWell, both, causeScenes, makeChainedCluster, type CauseScene} from './support/cause-scene.ts';
import {
	linkConfiguration,
	onNode,
	readConfiguration,
	removeConfiguration,
	renameConfiguration,
	setPortmap,
	takePlugin,
	writeConfiguration,
	type NodeName,
	type PortmapKind,
} from './support/hands-on-nodes.ts';
import {kubectl, list, until} from './support/kubectl.ts';
import {makePod, remakePods, removePod, replacePods, waitForPod} from './support/pods.ts';
import {nothingStaysBehind} from './support/suite.ts';
import {isOwnCluster, namespace} from './support/tested-cluster.ts';

const chained = {type: 'portmap', capabilities: {portMappings: true}};
const listOf = (...plugins: readonly object[]): string => JSON.stringify({cniVersion: '0.3.1', name: 'by-hand', plugins});
const own = '05-cilium.conflist';

nothingStaysBehind();

/** What lies where the runtime looks for portmap, beside a node that is well. */
const kinds: ReadonlyArray<readonly [PortmapKind, name: string, words: RegExp]> = [
	['none', 'binary-missing', /no portmap; there are/u],
	['not-executable', 'binary-not-executable', /mode 644: it is not executable/u],
	['aarch64', 'binary-wrong-architecture', /built for arm64, the node is amd64/u],
	['folder', 'binary-is-a-folder', /no portmap; there are/u],
	['empty', 'binary-empty', /no program \(0 bytes\)/u],
	['cut off', 'binary-cut-off', /portmap ends with \d+/u],
	['link to nothing', 'binary-link-to-nothing', /links to \.\/portmap-1\.3\.0, which does not exist/u],
];

const binaries: readonly CauseScene[] = kinds.map(([kind, name, words]) => ({
	title: `portmap on one node: ${kind}`,
	name,
	async make(undo) {
		undo(async () => setPortmap('node-1', 'working'));
		await setPortmap('node-1', kind);
	},
	first: {code: 'HP02', severity: 'error', nodes: ['node-1']},
	exitCode: 1,
	proof: words,
}));

describe.skipIf(!isOwnCluster)('causes in the binary folder of Cilium 1.10.16', () => {
	beforeAll(async () => makeChainedCluster('1.10.16'));

	causeScenes([
		...binaries,
		{
			title: 'a script whose interpreter no pod sees, which a look from a pod cannot prove',
			name: 'binary-script-without-interpreter',
			async make(undo) {
				undo(async () => setPortmap('node-1', 'working'));
				await setPortmap('node-1', 'script without interpreter');
			},
			first: {code: 'HP02', severity: 'warning', nodes: ['node-1']},
			exitCode: 3,
		},
		{
			title: 'the same, and a pod that it kept from starting: the event proves it',
			name: 'binary-script-proved-by-event',
			async make(undo) {
				undo(async () => removePod('waiting'));
				undo(async () => waitForPod('waiting'));
				undo(async () => setPortmap('node-1', 'working'));
				await setPortmap('node-1', 'script without interpreter');
				await makePod('waiting', {hostPort: 8081, node: 'node-1'});
				await failedSandbox('waiting');
			},
			first: {code: 'HP02', severity: 'error', nodes: ['node-1']},
			exitCode: 1,
		},
		{
			title: 'a link to a portmap elsewhere, by which pods have started',
			name: 'binary-link',
			async make(undo) {
				undo(async () => setPortmap('node-1', 'working'));
				await setPortmap('node-1', 'link');
				// The pod has to be younger than the link by the second in which both are told.
				await sleep(1100);
				await replacePods('web', 'node-1');
			},
			first: {code: 'HP22', severity: 'info', nodes: both},
			exitCode: 0,
		},
		{
			title: 'a portmap that is there, while the runtime says that it searches another folder',
			name: 'binary-elsewhere',
			async make(undo) {
				undo(async () => kubectl(['delete', 'events', '--all', '--namespace', namespace]));
				await sandboxEvent('node-2', 'failed to find plugin "portmap" in path [/usr/libexec/cni]');
			},
			first: {code: 'HP02', severity: 'error', nodes: ['node-2']},
			exitCode: 1,
			proof: /the runtime searches \/usr\/libexec\/cni/u,
		},
		{
			title: 'Cilium’s own plugin gone',
			name: 'cilium-plugin-missing',
			make: async undo => undo(await takePlugin('node-2', 'cilium-cni')),
			first: {code: 'HP24', severity: 'error', nodes: ['node-2']},
			exitCode: 1,
		},
		{
			title: 'the runtime’s own plugin gone',
			name: 'loopback-missing',
			make: async undo => undo(await takePlugin('node-2', 'loopback')),
			first: {code: 'HP24', severity: 'error', nodes: ['node-2']},
			exitCode: 1,
		},
	]);

	allIsWell('healthy-after-binaries');
});

describe.skipIf(!isOwnCluster)('causes in the CNI folder of Cilium 1.10.16', () => {
	beforeAll(async () => makeChainedCluster('1.10.16'));

	/** A file that sorts first, and goes again; the node is Ready in the end. */
	const withFile =
		(file: string, content: string, then?: () => Promise<unknown>): CauseScene['make'] =>
		async undo => {
			undo(async () => kubectl(['wait', '--for=condition=Ready', 'node', '--all', '--timeout=60s']));
			undo(async () => removeConfiguration('node-1', file));
			await writeConfiguration('node-1', file, content);
			await then?.();
		};

	causeScenes([
		{
			title: 'a first file that is no JSON',
			name: 'broken-file',
			make: withFile('01-broken.conflist', '{"cniVersion": "0.3.1", // a comment\n'),
			first: {code: 'HP05', severity: 'error', nodes: ['node-1']},
			exitCode: 1,
		},
		{
			title: 'a byte order mark before Cilium’s own file',
			name: 'byte-order-mark',
			async make(undo) {
				undo(async () => kubectl(['wait', '--for=condition=Ready', 'node', '--all', '--timeout=60s']));
				const before = await readConfiguration('node-1', own);
				undo(async () => writeConfiguration('node-1', own, before));
				await writeConfiguration('node-1', own, `\uFEFF${before}`);
				await notReady();
			},
			first: {code: 'HP05', severity: 'error', nodes: ['node-1']},
			exitCode: 1,
		},
		{
			title: 'a first file that names no plugin',
			name: 'file-without-plugins',
			make: withFile('01-empty.conflist', listOf()),
			first: {code: 'HP05', severity: 'error', nodes: ['node-1']},
			exitCode: 1,
		},
		{
			title: 'a first file that is a list, under the ending of a single plugin',
			name: 'list-under-conf',
			make: withFile('01-by-hand.conf', listOf({type: 'cilium-cni'}, chained), notReady),
			first: {code: 'HP05', severity: 'error', nodes: ['node-1']},
			exitCode: 1,
			proof: /its content does not match its extension/u,
		},
		{
			title: 'portmap before Cilium’s own plugin in Cilium’s own file, and a pod that cannot start',
			name: 'portmap-first',
			async make(undo) {
				const before = await readConfiguration('node-1', own);
				undo(async () => removePod('waiting'));
				undo(async () => waitForPod('waiting'));
				undo(async () => writeConfiguration('node-1', own, before));
				await writeConfiguration('node-1', own, listOf(chained, {type: 'cilium-cni'}));
				await sleep(1000);
				await makePod('waiting', {hostPort: 8081, node: 'node-1'});
				await failedSandbox('waiting');
			},
			first: {code: 'HP05', severity: 'error', nodes: ['node-1']},
			exitCode: 1,
			proof: /portmap stands first/u,
		},
		{
			title: 'Multus’ file first, and no Multus on the node',
			name: 'multus-without-plugin',
			make: withFile('00-multus.conf', JSON.stringify({cniVersion: '0.3.1', name: 'multus-cni-network', type: 'multus', kubeconfig: '/x'})),
			first: {code: 'HP05', severity: 'error', nodes: ['node-1']},
			exitCode: 1,
		},
		{
			title: 'a hand-made list that sorts first and chains portmap too',
			name: 'hand-made-list',
			make: withFile('000-cilium-portmap.conflist', listOf({type: 'cilium-cni'}, chained)),
			first: {code: 'HP05', severity: 'warning', nodes: ['node-1']},
			exitCode: 0,
		},
		{
			title: 'a hand-made list that sorts first and gives portmap no mappings',
			name: 'hand-made-list-without-capability',
			make: withFile('000-by-hand.conflist', listOf({type: 'cilium-cni'}, {type: 'portmap'})),
			first: {code: 'HP05', severity: 'warning', nodes: ['node-1']},
			exitCode: 0,
		},
		{
			title: 'another file that sorts last',
			name: 'file-that-sorts-last',
			make: withFile('99-bridge.conflist', listOf({type: 'bridge'})),
			first: {code: 'HP22', severity: 'info', nodes: both},
			exitCode: 0,
		},
		{
			title: 'a first file that is a link to something that no pod sees',
			name: 'file-is-a-link',
			async make(undo) {
				undo(async () => kubectl(['wait', '--for=condition=Ready', 'node', '--all', '--timeout=60s']));
				undo(async () => removeConfiguration('node-1', '00-link.conflist'));
				await linkConfiguration('node-1', '00-link.conflist', '/nowhere/list');
			},
			first: {code: 'HP05', severity: 'warning', nodes: ['node-1']},
			exitCode: 3,
		},
		{
			title: 'every CNI file renamed away',
			name: 'no-file',
			async make(undo) {
				undo(async () => kubectl(['wait', '--for=condition=Ready', 'node', '--all', '--timeout=60s']));
				undo(async () => renameConfiguration('node-2', `${own}.cilium_bak`, own));
				await renameConfiguration('node-2', own, `${own}.cilium_bak`);
			},
			first: {code: 'HP05', severity: 'error', nodes: ['node-2']},
			exitCode: 1,
		},
		{
			title: 'Cilium’s own file without the capability, and a pod made with it',
			name: 'own-file-without-capability',
			async make(undo) {
				const before = await readConfiguration('node-1', own);
				undo(async () => remakeClean('node-1'));
				undo(async () => writeConfiguration('node-1', own, before));
				await writeConfiguration('node-1', own, listOf({type: 'cilium-cni'}, {type: 'portmap'}));
				await remakeWhenLoaded('node-1');
			},
			first: {code: 'HP08', severity: 'error', nodes: ['node-1']},
			exitCode: 1,
		},
		{
			title: 'another file that sorts first and names no portmap, and a pod made with it',
			name: 'other-file-first',
			async make(undo) {
				undo(async () => remakeClean('node-1'));
				undo(async () => removeConfiguration('node-1', '000-by-hand.conflist'));
				await writeConfiguration('node-1', '000-by-hand.conflist', listOf({type: 'cilium-cni'}));
				await remakeWhenLoaded('node-1');
			},
			first: {code: 'HP05', severity: 'error', nodes: ['node-1']},
			exitCode: 1,
		},
		{
			title: 'the stale rule of a pod that was torn down without portmap',
			name: 'unremoved-rule',
			async make(undo) {
				undo(async () => remakeClean('node-1'));
				await writeConfiguration('node-1', '000-by-hand.conflist', listOf({type: 'cilium-cni'}));
				await remakeWhenLoaded('node-1');
				await removeConfiguration('node-1', '000-by-hand.conflist');
				await remakeWhenLoaded('node-1');
			},
			first: {code: 'HP07', severity: 'error', nodes: ['node-1']},
			exitCode: 1,
		},
	]);

	allIsWell('healthy-after-files');
});

describe.skipIf(!isOwnCluster)('causes on a node of Cilium 1.17.4, by reader pods', () => {
	beforeAll(async () => makeChainedCluster('1.17.4'));

	causeScenes([
		...binaries.slice(0, 3).map(scene => ({...scene, name: `${scene.name}-1.17`})),
		{
			title: 'a hand-made list that sorts first, which Cilium was told to leave alone',
			name: 'hand-made-list-not-exclusive',
			async make(undo) {
				undo(async () => {
					await patchCiliumConfig({'cni-exclusive': 'true'});
					await restartAgents();
				});
				undo(async () => removeConfiguration('node-2', '000-cilium-portmap.conflist'));
				await patchCiliumConfig({'cni-exclusive': 'false'});
				await restartAgents();
				await writeConfiguration('node-2', '000-cilium-portmap.conflist', listOf({type: 'cilium-cni'}, chained));
			},
			first: {code: 'HP05', severity: 'warning', nodes: ['node-2']},
			exitCode: 0,
		},
	]);

	allIsWell('healthy-after-nodes-1.17');
});

/** New pods by the file that the runtime has read by then, once the old ones were torn down by it: it looks when something is written. */
async function remakeWhenLoaded(node: NodeName): Promise<void> {
	await sleep(1000);
	await remakePods('web', node);
}

/** Without rules of before, which would stand first. */
async function remakeClean(node: NodeName): Promise<void> {
	await onNode(node, 'iptables -t nat -F CNI-HOSTPORT-DNAT');
	await sleep(1000);
	await replacePods('web', node);
}

/** What a kubelet says of a runtime that refuses the folder. */
async function notReady(): Promise<void> {
	await kubectl(['wait', '--for=condition=Ready=False', 'node/node-1', '--timeout=60s']);
}

async function failedSandbox(pod: string): Promise<void> {
	await until('a failed sandbox', 60, async () => {
		const selector = `reason=FailedCreatePodSandBox,involvedObject.name=${pod}`;
		return (await list('events', '--namespace', namespace, '--field-selector', selector)).length > 0 ? true : undefined;
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
