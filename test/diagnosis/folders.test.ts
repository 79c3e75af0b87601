import {describe, expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {ConfigurationFile, Evidence, NodeEvidence, Observation} from '../../source/evidence/evidence.ts';
import {binary, configurationFile, natTable, portmapHooks, times, workingPortmap} from './builders.ts';
import {
	healthyNativeEvidence,
	healthyPortmapEvidence,
	pathlessEvidence,
	rulesFor,
	withNode,
	withObservation,
	withWaitingPod,
	writtenFile,
} from './scenes.ts';

// What lies in the two folders of node-1, and what comes of it there; the other nodes are well.

const plugins = [binary('cilium-cni'), binary('loopback'), workingPortmap()];
const portmap = {type: 'portmap', capabilities: {portMappings: true}};
const list = (...entries: object[]) => ({cniVersion: '0.3.1', name: 'by-hand', plugins: entries});

function withFirst(name: string, content: unknown, parts: Partial<Observation> = {}, base = healthyPortmapEvidence('1.17.4')): Evidence {
	const files = [configurationFile(name, content), writtenFile('1.17.4', true)];
	return withObservation(base, 'node-1', {configurationFolder: {host: '/etc/cni/net.d', files}, ...parts});
}

function seen(evidence: Evidence) {
	const {findings, nodes} = diagnose(evidence);
	const [first] = findings;
	return {
		code: first?.code,
		severity: first?.severity,
		nodes: first?.nodes,
		title: first?.title ?? '',
		verdict: nodes[0]?.verdict,
		findings,
		node: nodes[0],
	};
}

const hasCustom = (base: Evidence): Evidence => ({
	...base,
	cilium: base.cilium && {
		...base.cilium,
		configMap: base.cilium.configMap && {...base.cilium.configMap, data: {...base.cilium.configMap.data, 'custom-cni-conf': 'true'}},
	},
});

describe('a first file that is no CNI configuration', () => {
	const broken = withFirst('01-broken.conflist', '{"cniVersion": // no\n');
	const withRuntime = (base: Evidence, containerRuntime: string, parts: Partial<NodeEvidence> = {}) =>
		withNode(base, 'node-1', item => ({...item, containerRuntime, ...parts}));

	test('stops every pod on containerd', () => {
		expect(seen(broken)).toMatchObject({code: 'HP05', severity: 'error', nodes: ['node-1'], verdict: 'broken'});
		expect(seen(broken).title).toBe('01-broken.conflist on node-1 is not a valid CNI config: no pod can start');
		expect(seen(broken).node?.reason).toBe('no pod can start: 01-broken.conflist is not a valid CNI config');
		const lines = seen(broken).findings[0]?.because.map(({source, says}) => `${source}: ${says}`) ?? [];
		expect(lines).toContain('/etc/cni/net.d/01-broken.conflist on node-1: the loaded file; it is not valid JSON');
		expect(lines).toContain('/etc/cni/net.d on node-1: also there: 05-cilium.conflist');
		expect(lines).toContain('container runtime on node-1: containerd://1.6.20 refuses the folder because of it');
	});

	test('names no plugin: the same', () => {
		expect(seen(withFirst('01-empty.conflist', list()))).toMatchObject({code: 'HP05', severity: 'error', verdict: 'broken'});
	});

	test.each([
		[
			'a list under the ending of a single plugin',
			'01-x.conf',
			list({type: 'cilium-cni'}, portmap),
			'its content does not match its extension',
		],
		['a list under .json', '01-x.json', list({type: 'cilium-cni'}, portmap), 'its content does not match its extension'],
		[
			'a single plugin under .conflist',
			'01-x.conflist',
			{cniVersion: '0.3.1', name: 'x', type: 'cilium-cni'},
			'its content does not match',
		],
		['a list without a name', '01-x.conflist', {cniVersion: '0.3.1', plugins: [{type: 'cilium-cni'}, portmap]}, 'no name for the network'],
		['a plugin without a type', '01-x.conflist', list({type: 'cilium-cni'}, {capabilities: {}}), 'one of its plugins has no type'],
	])('%s: the same', (_, name, content, words) => {
		expect(seen(withFirst(name, content))).toMatchObject({code: 'HP05', severity: 'error', nodes: ['node-1'], verdict: 'broken'});
		expect(JSON.stringify(seen(withFirst(name, content)).findings[0]?.because)).toContain(words);
	});

	test('portmap first in a list: it refuses, whatever the runtime', () => {
		const scene = withFirst('05-cilium.conflist', list(portmap, {type: 'cilium-cni'}));
		for (const runtime of ['containerd://1.6.20', 'cri-o://1.26']) {
			const {findings, ...first} = seen(withRuntime(scene, runtime));
			expect(first).toMatchObject({code: 'HP05', severity: 'error', nodes: ['node-1'], verdict: 'broken'});
			const says = JSON.stringify(findings[0]?.because);
			expect(says).toContain('portmap comes first in it');
			expect(says).not.toContain('container runtime');
		}
	});

	test('what the runtime says of it is proof, and no cause of its own', () => {
		const message = 'failed to setup network for sandbox "1": plugin type="portmap" failed (add): must be called as chained plugin';
		const event = {
			namespace: 'default',
			object: 'Pod/new',
			node: 'node-1',
			reason: 'FailedCreatePodSandBox',
			message,
			lastSeen: times.collected,
			count: 1,
			podIs: 'waiting' as const,
		};
		const {findings} = seen({...withFirst('05-cilium.conflist', list(portmap, {type: 'cilium-cni'})), events: [event]});
		expect(findings.map(({code}) => code)).toEqual(['HP05']);
		expect(findings[0]?.because.at(-1)).toEqual({source: 'event of default/Pod/new on node-1', says: message});
	});

	test('behind another plugin portmap may stand anywhere', () => {
		const aws = withFirst('05-cilium.conflist', list({type: 'aws-cni'}, portmap, {type: 'cilium-cni'}), {
			binaryFolder: {host: '/opt/cni/bin', files: [...plugins, binary('aws-cni')]},
		});
		expect(seen(aws)).toMatchObject({code: 'HP22', verdict: 'ok'});
	});

	test('is empty: containerd may not have seen it yet, and a node that is NotReady has', () => {
		const empty = withFirst('01-x.conf', '');
		expect(seen(empty)).toMatchObject({code: 'HP05', severity: 'warning', verdict: 'ok'});
		expect(JSON.stringify(seen(empty).findings[0]?.because)).toContain('once it has seen the empty file');
		const notReady = withRuntime(empty, 'containerd://1.6.20', {ready: false, readyMessage: 'cni plugin not initialized'});
		expect(seen(notReady)).toMatchObject({code: 'HP05', severity: 'error', verdict: 'broken'});
		expect(JSON.stringify(seen(notReady).findings[0]?.because)).toContain('cni plugin not initialized');
	});

	test('may be passed over by other runtimes', () => {
		expect(seen(withRuntime(broken, 'cri-o://1.26'))).toMatchObject({code: 'HP05', severity: 'warning', verdict: 'ok'});
		expect(JSON.stringify(seen(withRuntime(broken, '')).findings[0]?.because)).toContain(
			'unknown: whether it passes the file over was not seen',
		);
	});
});

describe('a node that says it has no network for pods', () => {
	const words =
		'KubeletNotReady: runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:cni plugin not initialized';
	const saying = (base: Evidence, readyMessage = words) => withNode(base, 'node-1', item => ({...item, ready: false, readyMessage}));

	test('is not called well, though nothing that was seen tells why', () => {
		const scene = seen(saying(healthyPortmapEvidence('1.17.4')));
		expect(scene).toMatchObject({code: 'HP24', severity: 'warning', nodes: ['node-1'], verdict: 'unknown'});
		expect(scene.findings.map(({code}) => code)).toEqual(['HP24']);
		expect(scene.findings[0]?.because[0]?.says).toBe(words);
		expect(scene.node?.reason).toContain('whether pods start: KubeletNotReady');
	});

	test('has its cause where one was seen', () => {
		const broken = saying(withFirst('01-broken.conflist', '{'));
		expect(seen(broken).findings.map(({code}) => code)).toEqual(['HP05']);
		const noAgent = withNode(saying(healthyPortmapEvidence('1.17.4')), 'node-1', item => ({
			...item,
			agent: item.agent && {...item.agent, ready: false},
		}));
		expect(seen(noAgent).findings.map(({code}) => code)).toEqual(['HP24']);
		expect(seen(noAgent).title).toContain('agent');
	});

	test('is one thing, a node that is NotReady for another reason another', () => {
		expect(seen(saying(healthyPortmapEvidence('1.17.4'), 'KubeletNotReady: disk pressure')).code).toBe('HP22');
	});
});

describe('a plugin that is not there', () => {
	const without = (name: string, base = healthyPortmapEvidence('1.17.4')) =>
		withObservation(base, 'node-1', {binaryFolder: {host: '/opt/cni/bin', files: plugins.filter(file => file.name !== name)}});

	test.each(['cilium-cni', 'loopback'])('%s: no pod starts, and it is not portmap’s fault', name => {
		const scene = seen(without(name));
		expect(scene).toMatchObject({code: 'HP24', severity: 'error', nodes: ['node-1'], verdict: 'broken'});
		expect(scene.title).toBe(`no pod can start or stop on node-1: the runtime does not find ${name}`);
		expect(scene.node?.reason).toBe(`no pod can start: the CNI plugin ${name} is not in /opt/cni/bin`);
		expect(scene.findings[0]?.because.at(-1)?.says).toMatch(new RegExp(`^no ${name}; there are `));
		expect(scene.findings[0]?.remedy).toMatch(name === 'loopback' ? /package/ : /Restart the Cilium agent pod there/);
	});

	test('where the agents install cilium-cni into another folder than the runtime searches: the folders differ, and no restart helps', () => {
		// As by SSH: the folder that the runtime searches is listed, and the agents' own is not.
		const parts: Partial<Observation> = {
			binaryFolder: {host: '/opt/other/bin', files: []},
			facts: {'same-folder:/opt/other/bin': 'yes'},
			runtime: {binaryFolders: ['/opt/other/bin'], configurationFolder: '/etc/cni/net.d', source: '/etc/containerd/conf.d/folders.toml'},
		};
		for (const base of [healthyPortmapEvidence('1.17.4'), pathlessEvidence('1.20.2')]) {
			const scene = seen(withObservation(base, 'node-1', parts));
			expect(scene).toMatchObject({code: 'HP24', severity: 'error', nodes: ['node-1'], verdict: 'broken'});
			expect(scene.title).toBe('no pod can start or stop on node-1: the runtime does not find cilium-cni and loopback');
			expect(scene.findings[0]?.remedy).toMatch(/^Make both use one folder/u);
		}
	});

	test('where the agents’ own folder was listed, whose name the node tells too', () => {
		const parts: Partial<Observation> = {
			binaryFolder: {host: '/opt/cni/bin', files: plugins},
			facts: {'same-folder:/opt/cni/bin': 'yes'},
			runtime: {binaryFolders: ['/opt/other/bin'], configurationFolder: '/etc/cni/net.d', source: '/etc/containerd/config.toml'},
		};
		const message =
			'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "216c": plugin type="cilium-cni" failed (add): failed to find plugin "cilium-cni" in path [/opt/other/bin]';
		const scene = seen(withWaitingPod(withObservation(healthyPortmapEvidence('1.17.4'), 'node-1', parts), message));
		expect(scene).toMatchObject({code: 'HP24', severity: 'error', nodes: ['node-1'], verdict: 'broken'});
		expect(scene.node?.reason).toContain('cilium-cni is in /opt/cni/bin, but the runtime searches /opt/other/bin');
	});

	test('as the runtime of a node with containerd 2 says it: an event is proof where the listing would be none', () => {
		const message =
			'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "216c": plugin type="loopback" failed (add): failed to find plugin "loopback" in path [/opt/other/bin]';
		const base = withNode(withObservation(pathlessEvidence('1.15.19'), 'node-1', {binaryFolder: null}), 'node-1', item => ({
			...item,
			containerRuntime: 'containerd://2.2.9',
		}));
		const scene = seen(withWaitingPod(base, message));
		expect(scene).toMatchObject({code: 'HP24', severity: 'error', nodes: ['node-1'], verdict: 'broken'});
		expect(scene.title).toBe('no pod can start or stop on node-1: the runtime does not find loopback');
	});

	test('of the runtime’s own only where it needs one', () => {
		for (const runtime of ['containerd://2.1.0', 'cri-o://1.26']) {
			const base = withNode(without('loopback'), 'node-1', item => ({...item, containerRuntime: runtime}));
			expect(seen(base)).toMatchObject({code: 'HP22', verdict: 'ok'});
		}
	});

	test('is not claimed of a listing that was cut, of another folder, or of one among several', () => {
		const listing = without('loopback').nodes[0]?.observation?.binaryFolder ?? {host: '', files: []};
		const cut = withObservation(without('loopback'), 'node-1', {binaryFolder: {...listing, partial: true}});
		const runtime = (...binaryFolders: string[]) => ({binaryFolders, configurationFolder: '', source: ''});
		const several = withObservation(without('loopback'), 'node-1', {runtime: runtime('/opt/cni/bin', '/usr/lib/cni')});
		const other = withObservation(without('cilium-cni'), 'node-1', {runtime: runtime('/usr/lib/cni')});
		const unlisted = withObservation(without('loopback'), 'node-1', {binaryFolder: null});
		for (const scene of [cut, several, other, unlisted]) expect(seen(scene).findings.map(({code}) => code)).not.toContain('HP24');
		const elsewhere = withObservation(without('loopback'), 'node-1', {errors: ['cilium status: exit code 1']});
		expect(seen(elsewhere)).toMatchObject({code: 'HP24'});
		const one = withObservation(without('loopback'), 'node-1', {runtime: runtime('/opt/cni/bin')});
		expect(seen(one)).toMatchObject({code: 'HP24'});
	});

	test('of another file is that file’s fault', () => {
		const multus = withFirst(
			'00-multus.conf',
			{cniVersion: '0.3.1', name: 'multus', type: 'multus'},
			{binaryFolder: {host: '/opt/cni/bin', files: plugins}},
		);
		const scene = seen(multus);
		expect(scene).toMatchObject({code: 'HP05', severity: 'error', nodes: ['node-1'], verdict: 'broken'});
		expect(scene.title).toMatch(/^no pod can start or stop on node-1: 00-multus\.conf calls the missing plugin multus$/);
		expect(scene.findings.map(({code}) => code)).not.toContain('HP24');
		expect(seen(hasCustom(multus))).toMatchObject({code: 'HP05', severity: 'error'});
	});
});

describe('portmap without the capability', () => {
	const bare = list({type: 'cilium-cni'}, {type: 'portmap'});
	const flushed = {nat: {nft: natTable([...portmapHooks]), legacy: natTable()}};

	test('in a file of somebody’s own: HP05, an error once a pod has no rule for it', () => {
		const kept = seen(withFirst('00-own.conflist', bare));
		expect(kept).toMatchObject({code: 'HP05', severity: 'warning', verdict: 'degraded'});
		expect(kept.title).toBe('new pods on node-1 get no rules: 00-own.conflist lacks capabilities.portMappings');
		expect(kept.findings).toHaveLength(1);
		const dead = seen(withFirst('00-own.conflist', bare, flushed));
		expect(dead).toMatchObject({code: 'HP05', severity: 'error', verdict: 'degraded'});
		expect(dead.findings[0]?.hostPorts).toHaveLength(3);
		expect(dead.findings).toHaveLength(1);
	});

	test('in Cilium’s own under custom-cni-conf: HP05 too', () => {
		const own = withObservation(healthyPortmapEvidence('1.17.4'), 'node-1', {
			configurationFolder: {host: '/etc/cni/net.d', files: [configurationFile('05-cilium.conflist', bare)]},
		});
		expect(seen(hasCustom(own))).toMatchObject({code: 'HP05', severity: 'warning'});
		expect(seen(own)).toMatchObject({code: 'HP08', severity: 'warning', nodes: ['node-1'], verdict: 'degraded'});
		expect(seen(own).title).toBe('new pods on node-1 get no rules: portmap lacks capabilities.portMappings');
		expect(seen(withObservation(own, 'node-1', flushed))).toMatchObject({code: 'HP08', severity: 'error'});
	});

	test('is only told where no pod has a hostPort', () => {
		const own = (name: string) => {
			const base: Evidence = {...healthyPortmapEvidence('1.17.4'), pods: []};
			const none = base.nodes.reduce((all, item) => withObservation(all, item.name, {nat: {nft: natTable(), legacy: natTable()}}), base);
			return withObservation(none, 'node-1', {configurationFolder: {host: '/etc/cni/net.d', files: [configurationFile(name, bare)]}});
		};
		expect(seen(own('05-cilium.conflist'))).toMatchObject({code: 'HP08', severity: 'info', verdict: 'ok'});
		expect(seen(own('00-own.conflist'))).toMatchObject({code: 'HP05', severity: 'info', verdict: 'ok'});
	});

	test('beside a node whose rules were flushed: two causes, each with its nodes', () => {
		const own = withObservation(healthyPortmapEvidence('1.17.4'), 'node-1', {
			configurationFolder: {host: '/etc/cni/net.d', files: [configurationFile('05-cilium.conflist', bare)]},
			...flushed,
		});
		expect(
			diagnose(withObservation(own, 'node-2', flushed)).findings.map(({code, nodes, title}) => [code, nodes, /capabilities/.test(title)]),
		).toEqual([
			['HP08', ['node-2'], false],
			['HP08', ['node-1'], true],
		]);
	});
});

describe('a first file that is a link', () => {
	const link = (name: string) => {
		const file = {...configurationFile(name, ''), linksTo: '/nowhere/list', mode: ''};
		return withObservation(healthyPortmapEvidence('1.17.4'), 'node-1', {
			configurationFolder: {host: '/etc/cni/net.d', files: name.startsWith('05') ? [file] : [file, writtenFile('1.17.4', true)]},
		});
	};

	test('out of what was seen: what it loads is not known', () => {
		const scene = seen(link('00-link.conflist'));
		expect(scene).toMatchObject({code: 'HP05', severity: 'warning', nodes: ['node-1'], verdict: 'unknown'});
		expect(scene.node?.reason).toBe('00-link.conflist is loaded, a link to a file that was not read');
		expect(scene.findings[0]?.because[0]).toEqual({source: '/etc/cni/net.d/00-link.conflist on node-1', says: 'links to /nowhere/list'});
	});

	test('of Cilium’s own name is no other file', () => {
		expect(seen(link('05-cilium.conflist'))).toMatchObject({verdict: 'unknown'});
		expect(seen(link('05-cilium.conflist')).findings.map(({code}) => code)).not.toContain('HP05');
	});
});

test('a file of somebody’s own that chains portmap as it should only decides', () => {
	const scene = seen(withFirst('000-cilium-portmap.conflist', list({type: 'cilium-cni'}, portmap)));
	expect(scene).toMatchObject({code: 'HP05', severity: 'warning', verdict: 'ok'});
	expect(scene.title).toBe('000-cilium-portmap.conflist is loaded on node-1 instead of the file that Cilium writes');
});

test('without eBPF and with another file that names no portmap, under a cilium-config that asks for nothing, the way is what lacks', () => {
	const base = pathlessEvidence('1.17.4');
	const scene = withObservation(base, 'node-1', {
		configurationFolder: {
			host: '/etc/cni/net.d',
			files: [configurationFile('00-own.conflist', list({type: 'cilium-cni'})), writtenFile('1.17.4', false)],
		},
	});
	expect(diagnose(scene).findings.map(({code, severity, nodes}) => [code, severity, nodes.length])).toEqual([
		['HP01', 'error', 3],
		['HP05', 'warning', 1],
	]);
});

test('the jump in OUTPUT: without it only the node itself gets no answer', () => {
	const base = healthyPortmapEvidence('1.17.4');
	const rules = rulesFor(base.pods, 'node-1').filter(line => !line.startsWith('-A OUTPUT'));
	const scene = seen(withObservation(base, 'node-1', {nat: {nft: natTable(rules), legacy: natTable()}}));
	expect(scene).toMatchObject({code: 'HP08', severity: 'error', nodes: ['node-1'], verdict: 'degraded'});
	expect(scene.findings[0]?.hostPorts).toHaveLength(3);
	expect(
		diagnose(withObservation(base, 'node-1', {nat: {nft: natTable(rules), legacy: natTable()}})).hostPorts.map(({state}) => state),
	).not.toContain('unwired');
	expect(scene.node?.reason).toMatch(/not answer the node itself: the jump from OUTPUT is gone/);
});

test.each(['portmap', 'native'] as const)('a file that only root may read is no fault, and no proof of anything: %s', way => {
	const base = way === 'portmap' ? healthyPortmapEvidence('1.20.2') : healthyNativeEvidence('1.20.2');
	const own = base.nodes[0]?.observation?.configurationFolder?.files ?? [];
	const judged = (parts: Partial<ConfigurationFile>) => {
		const files = own.map(file => ({...file, content: '', mode: '600', ...parts}));
		return diagnose(withObservation(base, 'node-1', {configurationFolder: {host: '/etc/cni/net.d', files}}));
	};
	const {findings, nodes} = judged({unreadable: true});
	expect(findings.map(({code}) => code)).not.toContain('HP05');
	expect(nodes[0]).toMatchObject({verdict: 'unknown', reason: expect.stringContaining('could not be read (mode 600)') as string});
	expect(judged({}).findings.map(({code}) => code)).toContain('HP05');
});
