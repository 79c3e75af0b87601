import {expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {Evidence, NodeEvidence, Observation} from '../../source/evidence/evidence.ts';
import * as cases from './cause-scenes.ts';
import {binary, configurationFile, natTable, pod, port, portmapHooks, portmapRules, workingPortmap} from './builders.ts';
import {
	healthyNativeEvidence,
	healthyPortmapEvidence,
	missingBinaryEvidence,
	pathlessEvidence,
	rulesFor,
	withNode,
	withObservation,
	writtenFile,
} from './scenes.ts';

// Pairs that look alike and differ in one thing: what that thing decides. Written against survivors of mutation testing.

function first(evidence: Evidence): {code: string | undefined; severity: string | undefined} {
	const [finding] = diagnose(evidence).findings;
	return {code: finding?.code, severity: finding?.severity};
}

function everyNode(base: Evidence, change: (node: NodeEvidence) => Partial<NodeEvidence>): Evidence {
	return {...base, nodes: base.nodes.map(node => ({...node, ...change(node)}))};
}

function withKeys(base: Evidence, keys: Readonly<Record<string, string>>): Evidence {
	const configMap = base.cilium?.configMap;
	return {
		...base,
		cilium: base.cilium && {...base.cilium, configMap: configMap ? {...configMap, data: {...configMap.data, ...keys}} : null},
	};
}

function everyObservation(base: Evidence, parts: Partial<Observation>): Evidence {
	return everyNode(base, ({observation}) => ({observation: observation && {...observation, ...parts}}));
}

function stateOf(evidence: Evidence, name: string): {state: string | undefined; by: string | undefined} {
	const found = diagnose(evidence).hostPorts.find(({pod: podName}) => podName === name);
	return {state: found?.state, by: found?.by};
}

const webPod = 'web-6f7d9c-x2x4k';

test('an agent that has not come up yet has not taken the change: HP03, not HP06', () => {
	const base = cases.notTaken();
	expect(first(base).code).toBe('HP06');
	expect(first(everyNode(base, ({agent}) => ({agent: agent && {...agent, ready: false}}))).code).toBe('HP03');
});

test('an agent that started in the same second as the change has read it', () => {
	const base = cases.notTaken();
	const at = base.cilium?.configMap?.lastChanged ?? '';
	expect(first(everyNode(base, ({agent}) => ({agent: agent && {...agent, startedAt: at}}))).code).toBe('HP06');
	expect(first(everyNode(base, ({agent}) => ({agent: agent && {...agent, startedAt: null}}))).code).toBe('HP03');
});

test('without a status the settings of an agent younger than the change are proof, of an older one they are not', () => {
	const silent = everyObservation(pathlessEvidence('1.17.4'), {agentStatus: null, agentLog: []});
	expect(first(silent)).toEqual({code: 'HP01', severity: 'error'});
	const older = {
		...silent,
		cilium: silent.cilium && {
			...silent.cilium,
			configMap: silent.cilium.configMap && {...silent.cilium.configMap, lastChanged: '2024-02-06T12:00:00Z'},
		},
	};
	expect(first(older)).toEqual({code: 'HP01', severity: 'warning'});
});

test('without a status the line Auto-disabling proves that the replacement is off', () => {
	const base = pathlessEvidence('1.10.16');
	const changed = {
		...base,
		cilium: base.cilium && {
			...base.cilium,
			configMap: base.cilium.configMap && {
				...base.cilium.configMap,
				data: {'kube-proxy-replacement': 'strict'},
				lastChanged: '2024-02-06T12:00:00Z',
			},
		},
	};
	expect(first(everyObservation(changed, {agentStatus: null}))).toEqual({code: 'HP03', severity: 'error'});
	expect(first(everyObservation(changed, {agentStatus: null, agentLog: []})).severity).not.toBe('error');
});

test.each([
	['ten minutes before the file', '2024-02-06T11:50:00Z', 'HP04'],
	['two minutes before it, by another clock', '2024-02-06T11:58:00Z', 'HP08'],
	['after it', '2024-02-06T12:10:00Z', 'HP08'],
])('a pod whose start is not known, made %s', (_, createdAt, code) => {
	const base = cases.olderPod();
	const pods = base.pods.map(item => (item.name === webPod ? {...item, createdAt, startedAt: null} : item));
	expect(first({...base, pods}).code).toBe(code);
});

test('a pod that started in the second in which the file was written is not older than it', () => {
	const base = cases.olderPod();
	const pods = base.pods.map(item => (item.name === webPod ? {...item, startedAt: '2024-02-06T12:00:00Z'} : item));
	expect(first({...base, pods}).code).toBe('HP08');
});

test('rules that were cut or not read prove no lack', () => {
	const base = cases.flushed();
	expect(first(base)).toEqual({code: 'HP08', severity: 'error'});
	const cut = withObservation(base, 'node-2', {nat: {nft: {...natTable([...portmapHooks]), truncated: true}, legacy: natTable()}});
	expect(stateOf(cut, 'otel-collector-2')).toEqual({state: 'unknown', by: 'there were too many rules to read'});
	const unread = withObservation(base, 'node-2', {nat: {nft: null, legacy: null}});
	expect(stateOf(unread, 'otel-collector-2')).toEqual({state: 'unknown', by: 'the nat rules were not read'});
	for (const evidence of [cut, unread]) expect(first(evidence).severity).not.toBe('error');
});

test('without rules to read, a list that named no portmap before the pod started proves the lack; a younger list does not', () => {
	const unread = everyObservation(pathlessEvidence(), {nat: {nft: null, legacy: null}});
	expect(first(unread)).toEqual({code: 'HP01', severity: 'error'});
	expect(stateOf(unread, webPod).state).toBe('unwired');
	const younger = everyObservation(unread, {
		configurationFolder: {host: '/etc/cni/net.d', files: [writtenFile('1.10.16', false, '2024-02-06T12:00:00Z')]},
	});
	expect(stateOf(younger, webPod).state).toBe('unknown');
});

test('an entry or a rule for the pod’s address and another port is not its own', () => {
	const native = healthyNativeEvidence();
	const entries = native.nodes[0]?.observation?.serviceEntries ?? [];
	const wrong = entries.map(entry => ({...entry, backends: entry.backends.map(({ip}) => ({ip, port: 9}))}));
	expect(first(withObservation(native, 'node-1', {serviceEntries: wrong})).code).toBe('HP10');
	const portmap = healthyPortmapEvidence();
	const rules = [...portmapHooks, ...portmapRules({sandbox: 'x', hostPort: 8080, target: '10.0.0.5:9'})];
	expect(stateOf(withObservation(portmap, 'node-1', {nat: {nft: natTable(rules), legacy: natTable()}}), webPod).state).toBe('unwired');
});

test('an entry for another protocol or another hostIP is not its own; one without a protocol is', () => {
	const native = healthyNativeEvidence();
	const change = (parts: Partial<NonNullable<Observation['serviceEntries']>[number]>) =>
		stateOf(
			withObservation(native, 'node-1', {
				serviceEntries: (native.nodes[0]?.observation?.serviceEntries ?? []).map(entry => ({...entry, ...parts})),
			}),
			webPod,
		).state;
	expect([
		change({protocol: 'UDP'}),
		change({protocol: ''}),
		change({protocol: 'ANY'}),
		change({protocol: 'NONE'}),
		change({protocol: 'tcp'}),
	]).toEqual(['unwired', 'wired', 'wired', 'wired', 'wired']);
	const asked = {
		...native,
		pods: native.pods.map(item => (item.name === webPod ? {...item, ports: [port(8080, 80, {hostIP: '10.88.0.99'})]} : item)),
	};
	expect(stateOf(asked, webPod).state).toBe('unwired');
});

test('a chain that is there and to which nothing leads: HP08', () => {
	const base = healthyPortmapEvidence();
	const rules = rulesFor(base.pods, 'node-1').filter(line => !line.startsWith('-A CNI-HOSTPORT-DNAT'));
	const cut = withObservation(base, 'node-1', {nat: {nft: natTable(rules), legacy: natTable()}});
	expect(first(cut)).toEqual({code: 'HP08', severity: 'error'});
	expect(stateOf(cut, webPod).by).toMatch(/nothing jumps to it/);
});

test('a rule of another family, build or hostIP does not stand before the pod’s own', () => {
	const base = healthyPortmapEvidence();
	const own = rulesFor(base.pods, 'node-1');
	const stale = portmapRules({sandbox: 'gone', hostPort: 8080, target: '10.0.0.99:80', hostIP: '10.88.0.12'});
	expect(stateOf(withObservation(base, 'node-1', {nat: {nft: natTable([...stale, ...own]), legacy: natTable()}}), webPod).state).toBe(
		'wired',
	);
	const late = portmapRules({sandbox: 'gone', hostPort: 8080, target: '10.0.0.99:80'});
	expect(stateOf(withObservation(base, 'node-1', {nat: {nft: natTable([...own, ...late]), legacy: natTable()}}), webPod).state).toBe(
		'wired',
	);
});

test('whether Cilium serves it was not seen: unknown, not lost', () => {
	const base = everyObservation(pathlessEvidence('1.12.19'), {agentStatus: null, serviceEntries: null, agentLog: []});
	const probe = {
		...base,
		cilium: base.cilium && {
			...base.cilium,
			configMap: base.cilium.configMap && {...base.cilium.configMap, data: {'kube-proxy-replacement': 'probe'}},
		},
	};
	expect(stateOf(probe, webPod)).toEqual({state: 'unknown', by: 'no portmap rule; whether Cilium serves it is not known'});
});

test('why a pod does not answer yet is said in its own words', () => {
	const base = healthyPortmapEvidence();
	const withPod = (parts: object) =>
		stateOf({...base, pods: [...base.pods, pod('new', 'node-2', '10.0.1.9', [port(7, 7)], parts)]}, 'new').by;
	expect(withPod({podIPs: []})).toBe('the pod is without an IP');
	expect(withPod({phase: 'Pending', trouble: 'Unschedulable: no room'})).toBe('the pod is Pending: Unschedulable: no room');
	expect(withPod({phase: ''})).toBe('the pod is not running');
});

test.each([
	['virtual-kubelet', {type: 'virtual-kubelet'}],
	['Fargate', {'eks.amazonaws.com/compute-type': 'fargate'}],
])('a node of kind %s is skipped by its labels alone', (_, labels) => {
	const base = withNode(healthyPortmapEvidence(), 'node-2', item => ({...item, labels, observation: null}));
	const {nodes} = diagnose({...base, pods: base.pods.filter(({node}) => node !== 'node-2')});
	expect(nodes.map(({verdict}) => verdict)).toEqual(['ok', 'skipped', 'ok']);
});

test('of two CiliumNodeConfigs the later by name wins; an empty variable says nothing; a bare argument says true', () => {
	const config = (name: string, mode: string) => ({
		name,
		namespace: 'kube-system',
		matchLabels: {},
		matchExpressions: [],
		defaults: {'cni-chaining-mode': mode},
	});
	const base = healthyPortmapEvidence('1.17.4');
	const set = base.cilium;
	if (set === null) throw new Error('the scene has a Cilium');
	const withConfigs = (...nodeConfigs: ReturnType<typeof config>[]) =>
		first({...pathlessEvidence('1.17.4'), cilium: {...set, nodeConfigs}}).code;
	expect(withConfigs(config('b', 'portmap'), config('a', 'none'))).toBe(withConfigs(config('a', 'none'), config('b', 'portmap')));
	const plain = pathlessEvidence('1.17.4');
	const daemonSet = plain.cilium?.daemonSet ?? null;
	const withSet = (parts: object) =>
		first({...plain, cilium: plain.cilium && {...plain.cilium, daemonSet: daemonSet && {...daemonSet, ...parts}}}).code;
	expect(withSet({env: {CILIUM_CNI_CHAINING_MODE: ''}})).toBe('HP01');
	expect(withSet({args: ['--kube-proxy-replacement']})).toBe('HP06');
	expect(withSet({args: ['--kube-proxy-replacement=true', '--kube-proxy-replacement=false']})).toBe('HP01');
	expect(withSet({args: ['--kube-proxy-replacement', 'true', '--debug']})).toBe('HP06');
	expect(withSet({args: ['--kube-proxy-replacement', 'false']})).toBe('HP01');
	expect(withSet({args: ['--kube-proxy-replacement', '--debug']})).toBe('HP06');
	expect(withSet({args: ['sh', '-c', 'exec cilium-agent --config-dir=/x --kube-proxy-replacement=true\n']})).toBe('HP06');
});

test('a value that Go takes for true is told where the agent does not run with it', () => {
	const odd = withKeys(pathlessEvidence('1.17.4'), {'enable-host-port': 'true', 'enable-node-port': 'True'});
	const [finding] = diagnose(odd).findings;
	expect(finding?.code).toBe('HP06');
	expect(finding?.because[0]).toEqual({
		source: 'configmap kube-system/cilium-config',
		says: 'enable-node-port is "True"; write true to be sure',
	});
});

test('a chaining mode that Cilium does not know, or that joins AWS’ list since 1.14, asks for no portmap', () => {
	const withMode = (version: string, mode: string) => diagnose(withKeys(pathlessEvidence(version), {'cni-chaining-mode': mode}));
	for (const mode of ['portmaps', 'aws-cni', 'generic-veth'])
		expect(withMode('1.17.4', mode).findings.map(({code}) => code)).toEqual(['HP01']);
	expect(JSON.stringify(withMode('1.17.4', 'portmaps').findings[0]?.because)).toContain(
		'cni-chaining-mode: portmaps, which is not a mode of Cilium',
	);
	expect(JSON.stringify(withMode('1.17.4', 'aws-cni').findings[0]?.because)).not.toContain('not a mode of Cilium');
	expect(withMode('1.13.18', 'aws-cni').findings[0]?.code).not.toBe('HP01');
});

test('a CNI file that is a link to one that was not seen, or too long, decides nothing', () => {
	for (const parts of [{content: '', linksTo: '/etc/elsewhere', mode: ''}, {truncated: true}]) {
		const file = {...writtenFile('1.17.4', true), ...parts};
		const base = withObservation(missingBinaryEvidence('1.17.4'), 'node-1', {configurationFolder: {host: '/etc/cni/net.d', files: [file]}});
		const {nodes} = diagnose({...base, events: []});
		expect(nodes[0]?.cni.plugins).toEqual([]);
		expect(diagnose({...base, events: []}).findings[0]?.nodes).not.toContain('node-1');
	}
});

test('portMappings must be switched on, not only named', () => {
	const list = {
		cniVersion: '0.3.1',
		name: 'portmap',
		plugins: [{type: 'cilium-cni'}, {type: 'portmap', capabilities: {portMappings: false}}],
	};
	const base = everyObservation(healthyPortmapEvidence('1.17.4'), {
		configurationFolder: {host: '/etc/cni/net.d', files: [configurationFile('05-cilium.conflist', list)]},
		nat: {nft: natTable(), legacy: natTable()},
	});
	expect(diagnose(base).findings[0]?.title).toMatch(/lacks capabilities.portMappings/);
});

test.each([
	['a link whose target was not seen', {linksTo: '/usr/lib/cni/portmap', mode: ''}, undefined],
	['a program of 386 that runs on amd64', {architecture: '386', versionExitCode: 0, versionAnswer: '{"cniVersion":"1.0.0"}'}, undefined],
	['a script', {architecture: 'script', versionExitCode: null}, undefined],
	['one that nobody may execute', {mode: '600'}, 'HP02'],
	['one that only its owner may execute', {mode: '700'}, undefined],
	['one that the kernel cannot execute', {versionExitCode: 126, versionAnswer: 'sh: exec format error'}, 'HP02'],
])('a portmap that is %s', (_, parts, code) => {
	const base = withObservation(healthyPortmapEvidence('1.17.4'), 'node-2', {
		binaryFolder: {host: '/opt/cni/bin', files: [binary('cilium-cni'), binary('loopback'), binary('portmap', parts)]},
	});
	const findings = diagnose(base).findings.filter(({severity, nodes}) => severity === 'error' && nodes.includes('node-2'));
	expect(findings[0]?.code).toBe(code);
});

test('the runtime’s own configuration says which folder counts', () => {
	const runtime = {binaryFolders: ['/usr/libexec/cni'], configurationFolder: '/etc/cni/net.d', source: '/etc/containerd/config.toml'};
	const other = withObservation(missingBinaryEvidence('1.17.4'), 'node-1', {runtime});
	expect(diagnose({...other, events: []}).findings[0]?.nodes).toEqual(['node-2', 'node-3']);
	const same = withObservation(missingBinaryEvidence('1.17.4'), 'node-1', {runtime: {...runtime, binaryFolders: ['/opt/cni/bin']}});
	expect(diagnose({...same, events: []}).findings[0]?.nodes).toEqual(['node-1', 'node-2', 'node-3']);
	const elsewhere = withObservation(healthyPortmapEvidence('1.17.4'), 'node-1', {
		runtime,
		binaryFolder: {host: '/opt/cni/bin', files: [workingPortmap()]},
	});
	expect(first(elsewhere)).toEqual({code: 'HP22', severity: 'info'});
});

test('names near Cilium’s own file are not its own', () => {
	for (const name of ['05-cilium.conf.conflist', '005-cilium.conflist', '04-05-cilium.conflist']) {
		const base = withObservation(healthyPortmapEvidence('1.17.4'), 'node-1', {
			configurationFolder: {host: '/etc/cni/net.d', files: [{...writtenFile('1.17.4', true), name}]},
		});
		expect(first(base)).toEqual({code: 'HP05', severity: 'warning'});
	}
});

test('where ports still work by rules of before, the title speaks of new pods', () => {
	const base = cases.otherFileFirst();
	expect(diagnose(base).findings[0]?.title).toMatch(/^hostPort is not served on node-1/);
	const kept = withObservation(base, 'node-1', {nat: {nft: natTable(rulesFor(base.pods, 'node-1')), legacy: natTable()}});
	const [finding] = diagnose(kept).findings;
	expect(finding).toMatchObject({code: 'HP05', severity: 'warning', hostPorts: []});
	expect(finding?.title).toMatch(/new pods get no hostPort on node-1/);
	expect(diagnose(kept).nodes[0]?.reason).toMatch(/older rules still serve running pods/);
});

test('a port whose holder is on its way out is not taken for good: no HP14 of its own', () => {
	const taken = cases.portTaken();
	const leaving = {...taken, pods: taken.pods.map(each => (each.name === webPod ? {...each, trouble: 'Terminating'} : each))};
	const codes = (evidence: Evidence): string[] => diagnose(evidence).findings.map(({code}) => code);
	expect(codes(taken)).toContain('HP14');
	expect(codes(leaving)).not.toContain('HP14');
});

test('nodes without an agent are told, all of them too, unless the agents could not be listed', () => {
	const without = (...names: string[]) =>
		names.reduce(
			(base, name) => withNode(base, name, item => ({...item, agent: null, observation: null, via: 'api'})),
			healthyPortmapEvidence(),
		);
	const told = (base: Evidence) =>
		diagnose(base)
			.findings.filter(({code}) => code === 'HP24')
			.map(({severity, nodes}) => [severity, ...nodes]);
	expect(told(without('node-2'))).toEqual([['warning', 'node-2']]);
	expect(told(without('node-1', 'node-2', 'node-3'))).toEqual([['warning', 'node-1', 'node-2', 'node-3']]);
	const unlisted = {of: 'agents' as const, what: 'Cilium agent pods (k8s-app=cilium) in kube-system', reason: 'forbidden', hint: ''};
	expect(told({...without('node-1', 'node-2', 'node-3'), gaps: [unlisted]})).toEqual([]);
});
