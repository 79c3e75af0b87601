import {expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import {refusalsOf} from '../../source/diagnosis/refusals.ts';
import {view} from '../../source/diagnosis/view.ts';
import type {Evidence, HostPortPod, NatTable} from '../../source/evidence/evidence.ts';
import {neededChanges} from '../../source/repair/plan/needed-change.ts';
import {natTable, pod, port} from './builders.ts';
import {healthyPortmapEvidence, pathlessEvidence, withNode, withObservation} from './scenes.ts';

const hooks = [
	':KUBE-HOSTPORTS - [0:0]',
	'-A PREROUTING -m comment --comment "kube hostport portals" -m addrtype --dst-type LOCAL -j KUBE-HOSTPORTS',
	'-A OUTPUT -m comment --comment "kube hostport portals" -m addrtype --dst-type LOCAL -j KUBE-HOSTPORTS',
];

type Mapped = {readonly pod: string; readonly port: number; readonly to: string; readonly protocol?: string; readonly hostIP?: string};

/** What CRI-O (internal/hostport) and dockershim write for one mapping, as iptables-save shows it. */
function mapped({pod: name, port: hostPort, to, protocol = 'tcp', hostIP = ''}: Mapped): string[] {
	const chain = `KUBE-HP-${Buffer.from(`${name}${hostPort}${protocol}${to}`).toString('hex').toUpperCase().slice(-16)}`;
	const comment = `-m comment --comment "${name} hostport ${hostPort}"`;
	const address = to.replace(/:\d+$/, '').replaceAll(/[[\]]/g, '');
	return [
		`:${chain} - [0:0]`,
		`-A KUBE-HOSTPORTS -p ${protocol} ${comment} -m ${protocol} --dport ${hostPort} -j ${chain}`,
		`-A ${chain} -s ${address}/${address.includes(':') ? 128 : 32} ${comment} -j KUBE-MARK-MASQ`,
		`-A ${chain} ${hostIP === '' ? '' : `-d ${hostIP}/32 `}-p ${protocol} ${comment} -m ${protocol} -j DNAT --to-destination ${to}`,
	];
}

type Scene = {
	readonly base?: Evidence;
	readonly runtime?: string;
	readonly nat?: {nft?: NatTable | null; legacy?: NatTable | null};
	readonly pods?: readonly HostPortPod[];
};

/** One node of one runtime, with its pods and tables. */
function scene({base = pathlessEvidence('1.17.4'), runtime = 'cri-o://1.29.1', nat = {}, pods = [router]}: Scene): Evidence {
	const {nft = natTable(), legacy = natTable()} = nat;
	const seen = withNode(withObservation(base, 'node-1', {nat: {nft, legacy}}), 'node-1', node => ({...node, containerRuntime: runtime}));
	return {...seen, nodes: seen.nodes.filter(({name}) => name === 'node-1'), pods: [...pods]};
}

const router = pod('router-1', 'node-1', '10.0.0.9', [port(80, 8080)]);
const live = mapped({pod: 'router-1_default', port: 80, to: '10.0.0.9:8080'});
const stale = mapped({pod: 'router-0_default', port: 81, to: '10.0.0.7:8080'});
const dns = pod('dns-1', 'node-1', '10.0.0.8', [port(53, 5353, {protocol: 'UDP', hostIP: '10.88.0.11'})]);

test('CRI-O’s own chain is named where OUTPUT does not lead to it', () => {
	const rules = [...hooks.filter(line => !line.startsWith('-A OUTPUT ')), ...live];
	const [finding] = diagnose(scene({nat: {nft: natTable(rules)}})).findings;
	expect(finding).toMatchObject({code: 'HP08', remedy: expect.stringContaining('the container runtime then restores its jumps')});
	expect(finding?.because).toContainEqual({source: 'nat table on node-1', says: 'PREROUTING jumps to KUBE-HOSTPORTS, OUTPUT does not'});
	expect(JSON.stringify(finding)).not.toMatch(/CNI-HOSTPORT|portmap/);
});

const healthy: ReadonlyArray<readonly [what: string, scene: Scene]> = [
	['CRI-O on the nft build', {nat: {nft: natTable([...hooks, ...live])}}],
	['CRI-O on the legacy build, Cilium 1.19', {base: pathlessEvidence('1.19.6'), nat: {legacy: natTable([...hooks, ...live])}}],
	[
		'names as CRI-O had them before',
		{nat: {nft: natTable([...hooks, ...mapped({pod: 'k8s_router-1_default_0_', port: 80, to: '10.0.0.9:8080'})])}},
	],
	[
		'UDP on an address of its own',
		{
			nat: {
				nft: natTable([...hooks, ...mapped({pod: 'dns-1_default', port: 53, to: '10.0.0.8:5353', protocol: 'udp', hostIP: '10.88.0.11'})]),
			},
			pods: [dns],
		},
	],
	[
		'both families',
		{
			nat: {nft: natTable([...hooks, ...live], [...hooks, ...mapped({pod: 'router-1_default', port: 80, to: '[fd00::9]:8080'})])},
			pods: [{...router, podIPs: ['10.0.0.9', 'fd00::9']}],
		},
	],
	['a mapping of a pod that is gone beside', {nat: {nft: natTable([...hooks, ...live, ...stale])}}],
	[
		'an older mapping of the same port behind, for CRI-O puts the newest first',
		{nat: {nft: natTable([...hooks, ...live, ...mapped({pod: 'router-1_default', port: 80, to: '10.0.0.3:8080'})])}},
	],
	['portmap in the list beside', {base: healthyPortmapEvidence('1.17.4'), nat: {nft: natTable([...hooks, ...live])}}],
];

test.each(healthy)('%s: mapped, nothing to repair, nothing to delete', (_what, parts) => {
	const evidence = scene(parts);
	const {findings, nodes, hostPorts, cluster} = diagnose(evidence);
	expect(hostPorts.map(({state}) => state)).toEqual(hostPorts.map(() => 'wired'));
	expect(nodes.map(({verdict}) => verdict)).toEqual(['ok']);
	expect(cluster.cilium.path).toBe('runtime');
	expect(findings.filter(({severity}) => severity !== 'info')).toEqual([]);
	expect(findings.map(({code}) => code)).toContain('HP22');
	expect(findings.map(({remedy}) => remedy).join(' ')).not.toMatch(/delete/i);
	for (const strategy of ['portmap', 'native'] as const) {
		expect(neededChanges(evidence, strategy)).toEqual([]);
		expect(refusalsOf(view(evidence), strategy).map(({code}) => code)).toContain('HP17');
	}
});

test('what is left of a pod that is gone is told apart from what a pod lives on', () => {
	const {findings} = diagnose(scene({nat: {nft: natTable([...hooks, ...live, ...stale])}}));
	const found = findings.find(({code}) => code === 'HP07');
	expect(found).toMatchObject({severity: 'info', title: '1 port mapping of CRI-O on node-1 leads to pods that are gone'});
	expect(found?.because.map(({says}) => says)).toEqual([expect.stringContaining('81/TCP → 10.0.0.7:8080')]);
	expect(found?.remedy).toContain('Do not touch the KUBE-HOSTPORTS chains');
	expect(diagnose(scene({nat: {nft: natTable([...hooks, ...live])}})).findings.map(({code}) => code)).not.toContain('HP07');
});

test.each([
	['dockershim', 'docker://20.10.24'],
	['a runtime of before', 'containerd://1.7.13'],
])('mappings of %s that no pod has are named, and not to be deleted', (keeper, runtime) => {
	const nft = natTable([...hooks, ...stale]);
	const found = diagnose(scene({base: healthyPortmapEvidence('1.10.16'), runtime, nat: {nft}, pods: []})).findings.find(
		({code}) => code === 'HP07',
	);
	expect(found?.title).toContain(keeper);
	expect(found?.remedy).not.toMatch(/delete/i);
});

test('kubenet’s live mapping carries its pod', () => {
	const {hostPorts} = diagnose(scene({runtime: 'docker://20.10.24', nat: {nft: natTable([...hooks, ...live])}}));
	expect(hostPorts).toMatchObject([{state: 'wired', by: expect.stringMatching(/^rule KUBE-HP-/) as string}]);
});

/** The rules of portmap for the cluster's pods, with the chain of a runtime before or behind the jump to them. */
function migrated(where: 'before' | 'behind', to: string): Evidence {
	const base = healthyPortmapEvidence('1.17.4');
	const own = base.nodes[0]?.observation?.nat.nft?.rules ?? [];
	const left = [...hooks, ...mapped({pod: 'web_default', port: 8080, to})];
	return withObservation(base, 'node-1', {
		nat: {nft: natTable(where === 'before' ? [...left, ...own] : [...own, ...left]), legacy: natTable()},
	});
}

test('a mapping of the runtime of before that stands first catches the traffic, and the node is to be restarted', () => {
	const {findings, hostPorts} = diagnose(migrated('before', '10.0.0.77:80'));
	expect(hostPorts.find(({pod: name, hostPort}) => name.startsWith('web') && hostPort === 8080)?.state).toBe('unwired');
	expect(findings[0]).toMatchObject({code: 'HP07', severity: 'error', nodes: ['node-1']});
	expect(findings[0]?.because[0]?.says).toMatch(
		/KUBE-HP-\S+, which stands before the jump to CNI-HOSTPORT-DNAT and leads to 10\.0\.0\.77:80/,
	);
	expect(findings[0]?.remedy).toContain('Drain node-1 and restart the node');
});

test.each([
	['behind', '10.0.0.77:80'],
	['before', '10.0.0.5:80'],
] as const)('healthy twin: %s portmap’s, to %s', (where, to) => {
	expect(diagnose(migrated(where, to)).findings.filter(({severity}) => severity === 'error')).toEqual([]);
});

test('an older mapping of the runtime that stands first catches the traffic, and a restart of the pod mends it', () => {
	const older = mapped({pod: 'router-1_default', port: 80, to: '10.0.0.3:8080'});
	const {findings, hostPorts} = diagnose(scene({nat: {nft: natTable([...hooks, ...older, ...live])}}));
	expect(hostPorts.map(({state}) => state)).toEqual(['unwired']);
	expect(findings[0]).toMatchObject({code: 'HP07', severity: 'error'});
	expect(findings.map(({remedy}) => remedy).join(' ')).not.toMatch(/delete/i);
	expect(findings[0]?.remedy).toContain('Restart the pod');
});

test('CRI-O whose rules were not seen is no fault, and no proof either', () => {
	const {findings, hostPorts, nodes} = diagnose(scene({}));
	expect(findings.filter(({severity}) => severity === 'error')).toEqual([]);
	expect(findings.map(({code}) => code)).not.toContain('HP22');
	expect(findings.map(({code}) => code)).not.toContain('HP01');
	expect(hostPorts.map(({state}) => state)).toEqual(['unknown']);
	expect(nodes.map(({verdict}) => verdict)).toEqual(['unknown']);
});

test('CRI-O that is told to map nothing leaves the port dead, and eBPF is the way out', () => {
	const base = scene({});
	const off = withObservation(base, 'node-1', {
		runtime: {binaryFolders: [], configurationFolder: '', source: '/etc/crio/crio.conf.d/10-own.conf', mapsHostPorts: false},
	});
	const {findings, hostPorts} = diagnose(off);
	expect(hostPorts.map(({state}) => state)).toEqual(['unwired']);
	expect(findings[0]).toMatchObject({code: 'HP01', severity: 'error', repairable: true});
	expect(findings[0]?.remedy).toContain('--strategy native');
	expect(neededChanges(off, 'portmap')).toEqual([]);
});

test('without any pod with a hostPort nothing is wrong on CRI-O', () => {
	const {findings, nodes} = diagnose(scene({pods: []}));
	expect(findings.filter(({severity}) => severity !== 'info')).toEqual([]);
	expect(nodes.map(({verdict}) => verdict)).toEqual(['ok']);
});
