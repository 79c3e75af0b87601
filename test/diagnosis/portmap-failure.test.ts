import {expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {BinaryFile, Evidence} from '../../source/evidence/evidence.ts';
import {binary, configurationFile, pod, port, times, workingPortmap} from './builders.ts';
import {healthyPortmapEvidence, pathlessEvidence, withObservation, writtenFile, withWaitingPod} from './scenes.ts';

const before = 'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "86": ';
const failing = 'plugin type="portmap" name="portmap" failed (add): ';

/** The healthy cluster with a pod whose start fails on node-1, by this event. */
const withEvent = (message: string, parts: Partial<Evidence['events'][number]> = {}, base = healthyPortmapEvidence()): Evidence =>
	withWaitingPod(base, message, parts);

function seen(evidence: Evidence) {
	const {findings, nodes} = diagnose(evidence);
	const node = nodes.find(({name}) => name === 'node-1');
	return {code: findings[0]?.code, severity: findings[0]?.severity, title: findings[0]?.title ?? '', finding: findings[0], node, findings};
}

// Words of containernetworking/plugins 0.8 to 1.9, iptables 1.8 in both builds, and nft 1.0.
test.each([
	[
		'HP30',
		'kernel',
		"unable to setup DNAT: running [/usr/sbin/iptables -t nat -C …]: exit status 2: iptables v1.8.7 (legacy): Couldn't load match `multiport':No such file or directory",
	],
	[
		'HP30',
		'kernel',
		"failed to create chain: running [/usr/sbin/iptables -t nat -N CNI-HOSTPORT-DNAT --wait]: exit status 3: iptables v1.8.4 (legacy): can't initialize iptables table `nat': Table does not exist (do you need to insmod?)",
	],
	[
		'HP30',
		'kernel',
		'running [/usr/sbin/ip6tables -t nat -A …]: exit status 4: ip6tables v1.8.7 (nf_tables):  RULE_APPEND failed (No such file or directory): rule in chain CNI-HOSTPORT-MASQ',
	],
	[
		'HP30',
		'kernel',
		'exit status 4: Warning: Extension comment revision 0 not supported, missing kernel module? iptables v1.8.9 (nf_tables): unknown',
	],
	[
		'HP30',
		'lock',
		'exit status 4: Another app is currently holding the xtables lock; still 5s 0us time ahead to have a chance to grab the lock...',
	],
	['HP30', 'kernel', 'exit status 2: iptables v1.8.7 (nf_tables): unknown option "--dports"'],
	['HP30', 'kernel', 'exit status 2: iptables v1.8.4 (legacy): unknown option "--to-destination"'],
	['HP30', 'kernel', 'exit status 2: iptables v1.8.4 (legacy): unknown option \\"--dst-type\\"'],
	['HP30', 'lock file', "exit status 4: Fatal: can't open lock file /run/xtables.lock: Read-only file system"],
	['HP30', 'lock file', "exit status 4: Can't open lock file /run/xtables.lock: Permission denied"],
	['HP30', 'too old', 'exit status 2: iptables v1.4.21: unknown option "--random-fully"'],
	[
		'HP30',
		'permission to write',
		'exit status 4: iptables v1.8.8 (nf_tables): Could not fetch rule set generation id: Permission denied (you must be root)',
	],
	['HP30', 'sysctl', 'unable to set up route_localnet: open /proc/sys/net/ipv4/conf/eth0/route_localnet: read-only file system'],
	[
		'HP30',
		'portmap 1.6.0 writes',
		'unable to set up nftables rules for port mappings: /dev/stdin:13:1-121: Error: Could not process rule: Operation not supported add rule ip cni_hostport hostports ip protocol tcp th dport 8080 dnat ip addr . port to 10.0.0.5 . 80 comment "sandbox1"',
	],
	['HP30', 'runs and fails', 'something that nobody has seen yet'],
	[
		'HP09',
		'no firewall program',
		'failed to initialize iptables helper: could not initialize iptables protocol 0: exec: "iptables": executable file not found in $PATH',
	],
	['HP09', 'no firewall program', 'could not initialize iptables protocol 1: exec: \\"ip6tables\\": executable file not found in $PATH'],
	['HP09', 'no firewall program', 'could not find nftables binary: exec: "nft": executable file not found in $PATH'],
])('%s (%s): %s', (code, family, words) => {
	const {title, finding, node, ...scene} = seen(withEvent(before + failing + words));
	expect(scene).toMatchObject({code, severity: 'error'});
	expect(title).toContain(`no pod with a hostPort can start on node-1`);
	expect(title).toContain(family);
	expect(finding?.because[0]?.says).toBe(words);
	expect(finding?.hostPorts).toEqual(['default/waits:7000/TCP']);
	expect(finding?.remedy).not.toBe('');
	expect(node?.verdict).toBe('degraded');
	expect(scene.findings.map(each => each.code)).not.toContain('HP22');
});

test('a version that the plugin does not know stops every pod, by the event alone too', () => {
	const words = 'incompatible CNI versions; config is "1.0.0", plugin supports ["0.3.1" "0.4.0"]';
	expect(seen(withEvent(before + failing + words))).toMatchObject({code: 'HP30', node: {verdict: 'broken'}});
});

test('a portmap of before that check refuses the result of the plugin before it', () => {
	const words = 'failed to parse config: could not parse prevResult: unsupported CNI result version "1.0.0"';
	expect(seen(withEvent(before + failing + words)).title).toContain('portmap is too old for the cniVersion');
});

test.each([
	['cilium-cni', 'broken'],
	// A network of Multus’ that only some pods have.
	['macvlan', 'degraded'],
])('%s does not know the version: the node is %s', (plugin, verdict) => {
	const words = `plugin type="${plugin}" name="portmap" failed (add): incompatible CNI versions; config is "1.1.0", plugin supports ["1.0.0"]`;
	expect(seen(withEvent(before + words))).toMatchObject({code: 'HP24', severity: 'error', node: {verdict}});
});

test.each([
	['1.0.0', ['0.1.0', '0.2.0', '0.3.0', '0.3.1', '0.4.0'], 'HP30'],
	['1.1.0', ['0.3.1', '0.4.0', '1.0.0'], 'HP30'],
	['1.0.0', ['0.3.1', '0.4.0', '1.0.0'], 'HP22'],
	['1.0.0', ['0.3.1', '0.4.0', '1.0.0', '1.1.0'], 'HP22'],
	['0.3.1', ['0.3.1', '0.4.0'], 'HP22'],
	['', ['0.1.0', '0.3.1'], 'HP22'],
	// It takes what it names and nothing else, older ones included.
	['', ['0.3.1', '0.4.0'], 'HP30'],
	['1.0.0', [], 'HP22'],
])('cniVersion %s with a portmap that supports %j: %s, without any event', (cniVersion, supportedVersions, code) => {
	const content = {cniVersion, name: 'portmap', plugins: [{type: 'cilium-cni'}, {type: 'portmap', capabilities: {portMappings: true}}]};
	const answer = JSON.stringify({cniVersion: '1.0.0', supportedVersions});
	const evidence = withObservation(healthyPortmapEvidence(), 'node-1', {
		configurationFolder: {host: '/etc/cni/net.d', files: [configurationFile('05-cilium.conflist', content)]},
		binaryFolder: {host: '/opt/cni/bin', files: [binary('cilium-cni'), binary('loopback'), workingPortmap({versionAnswer: answer})]},
	});
	const scene = seen(evidence);
	expect(scene.code).toBe(code);
	expect(scene.node?.verdict).toBe(code === 'HP30' ? 'broken' : 'ok');
});

test.each([
	['0.3.1', '1.0.0', 'HP30'],
	['1.0.0', '0.3.1', 'HP05'],
	['1.0.0', undefined, 'HP05'],
])('Multus asks for %s and hands over a list of %s: %s', (outer, inner, code) => {
	const capabilities = {portMappings: true};
	const delegates = [{cniVersion: inner, name: 'portmap', plugins: [{type: 'cilium-cni'}, {type: 'portmap', capabilities}]}];
	const content = {cniVersion: outer, name: 'multus-cni-network', type: 'multus', capabilities, delegates};
	const answer = JSON.stringify({cniVersion: '0.4.0', supportedVersions: ['0.3.1', '0.4.0']});
	const files = [binary('cilium-cni'), binary('loopback'), binary('multus'), workingPortmap({versionAnswer: answer})];
	const scene = seen(
		withObservation(healthyPortmapEvidence(), 'node-1', {
			configurationFolder: {host: '/etc/cni/net.d', files: [configurationFile('00-multus.conf', content)]},
			binaryFolder: {host: '/opt/cni/bin', files},
		}),
	);
	expect(scene.code).toBe(code);
	expect(scene.finding?.because[0]?.says.includes('the list that 00-multus.conf calls has cniVersion 1.0.0')).toBe(code === 'HP30');
});

test('a list that offers several versions is the runtime’s to choose from', () => {
	const content = {
		cniVersion: '1.0.0',
		cniVersions: ['0.4.0', '1.0.0'],
		name: 'portmap',
		plugins: [{type: 'cilium-cni'}, {type: 'portmap', capabilities: {portMappings: true}}],
	};
	const evidence = withObservation(healthyPortmapEvidence(), 'node-1', {
		configurationFolder: {host: '/etc/cni/net.d', files: [configurationFile('05-cilium.conflist', content)]},
		binaryFolder: {
			host: '/opt/cni/bin',
			files: [binary('cilium-cni'), binary('loopback'), workingPortmap({versionAnswer: '{"supportedVersions":["0.3.1","0.4.0"]}'})],
		},
	});
	expect(seen(evidence).code).toBe('HP22');
});

test('a pod without a hostPort that came up later refutes nothing, one with a hostPort does', () => {
	const failed = withEvent(before + failing + 'exit status 4: Another app is currently holding the xtables lock', {
		lastSeen: '2024-02-07T01:50:00Z',
	});
	const later = (ports: Parameters<typeof pod>[3]) =>
		seen({...failed, pods: [...failed.pods, pod('later', 'node-1', '10.0.0.77', ports, {createdAt: '2024-02-07T01:55:00Z'})]}).findings.map(
			({code}) => code,
		);
	expect(later([])).toContain('HP30');
	expect(later([port(7001, 80)])).not.toContain('HP30');
});

test('a binary that was replaced after the event is not judged by it', () => {
	const replaced = withObservation(healthyPortmapEvidence(), 'node-1', {
		binaryFolder: {
			host: '/opt/cni/bin',
			files: [binary('cilium-cni'), binary('loopback'), workingPortmap({changed: Date.parse(times.collected) / 1000 + 5})],
		},
	});
	expect(seen(withEvent(before + failing + 'exit status 2: unknown option "--wait"', {}, replaced)).code).not.toBe('HP30');
});

test('another plugin that fails is no failure of portmap, though the network is named so, and a dead hostPort is an error', () => {
	const scene = seen(
		withEvent(`${before}plugin type="cilium-cni" name="portmap" failed (add): unable to connect to Cilium agent: permission denied`),
	);
	expect(scene).toMatchObject({code: 'HP24', severity: 'error'});
	expect(scene.finding?.hostPorts).toEqual(['default/waits:7000/TCP']);
	expect(scene.findings.map(({code}) => code)).not.toContain('HP22');
});

test('a plugin that lies in another folder than the runtime searches: both folders are named', () => {
	const scene = seen(
		withEvent(`${before}plugin type="cilium-cni" failed (add): failed to find plugin "cilium-cni" in path [/usr/libexec/cni]`),
	);
	expect(scene).toMatchObject({code: 'HP24', severity: 'error', node: {verdict: 'broken'}});
	expect(scene.finding?.because[0]?.says).toBe('cilium-cni is in /opt/cni/bin, but the runtime searches /usr/libexec/cni');
	expect(scene.finding?.remedy).toContain('cni.binPath');
});

test('a pod that cannot be torn down by a list of yesterday does not make the node broken today', () => {
	const message =
		'error killing pod: failed to "KillPodSandbox" for "b3": plugin type="istio-cni" failed (delete): failed to find plugin "istio-cni" in path [/opt/cni/bin]';
	const scene = seen(withEvent(message, {reason: 'FailedKillPod'}));
	expect(scene).toMatchObject({code: 'HP24', severity: 'warning', node: {verdict: 'ok'}});
});

test.each([
	['istio-cni', 'Istio'],
	['linkerd-cni', 'Linkerd'],
	['bandwidth', 'CNI plugins package'],
	['aws-cni', 'AWS VPC CNI'],
	['made-up', 'what added made-up to the CNI file'],
])('the remedy for a lacking %s names who brings it', (plugin, words) => {
	const content = writtenFile('1.17.4', true).content.replace(/\{\s*"type": "portmap"/, `{"type": "${plugin}"},\n{"type": "portmap"`);
	const evidence = withObservation(healthyPortmapEvidence('1.17.4'), 'node-1', {
		configurationFolder: {host: '/etc/cni/net.d', files: [configurationFile('05-cilium.conflist', content)]},
	});
	expect(seen(evidence)).toMatchObject({code: 'HP24', severity: 'error'});
	expect(seen(evidence).finding?.remedy).toContain(words);
	expect(seen(evidence).finding?.remedy).not.toContain('Cilium agent pod');
});

const versionsOf = (...versions: readonly string[]) => workingPortmap({versionAnswer: JSON.stringify({supportedVersions: versions})});
const old = versionsOf('0.3.0', '0.3.1', '0.4.0');

/** One node with this portmap, whose agent will write the list of this version at its next start. */
function beforeRestart(version: string, file: BinaryFile, loaded: object | undefined, data: Record<string, string> = {}): Evidence {
	const base = pathlessEvidence(version, ['node-1']);
	const cilium = base.cilium && {
		...base.cilium,
		configMap: base.cilium.configMap && {
			...base.cilium.configMap,
			data: {...base.cilium.configMap.data, 'cni-chaining-mode': 'portmap', ...data},
		},
	};
	return withObservation({...base, cilium}, 'node-1', {
		binaryFolder: {host: '/opt/cni/bin', files: [binary('cilium-cni'), binary('loopback'), file]},
		...(loaded !== undefined && {configurationFolder: {host: '/etc/cni/net.d', files: [configurationFile('05-cilium.conflist', loaded)]}}),
	});
}

const list = (cniVersion: string) => ({
	cniVersion,
	name: 'portmap',
	plugins: [{type: 'cilium-cni'}, {type: 'portmap', capabilities: {portMappings: true}}],
});

test.each<[name: string, evidence: Evidence, says: boolean]>([
	['1.20 asks for 1.0.0 at the next start, and portmap knows 0.4.0', beforeRestart('1.20.2', old, undefined), true],
	['the list of an older Cilium is still loaded', beforeRestart('1.20.2', old, list('0.3.1')), true],
	['a file that asks for 1.1.0 stands there', beforeRestart('1.17.4', versionsOf('0.3.1', '1.0.0'), list('1.1.0')), false],
	['portmap knows 1.0.0', beforeRestart('1.20.2', versionsOf('0.3.1', '1.0.0'), undefined), false],
	['1.17 asks for 0.3.1 alone', beforeRestart('1.17.4', old, undefined), false],
	['portmap did not say what it knows', beforeRestart('1.20.2', versionsOf(), undefined), false],
	['nobody wants portmap', beforeRestart('1.20.2', old, undefined, {'cni-chaining-mode': 'none'}), false],
	['the file is the user’s own', beforeRestart('1.20.2', old, list('0.3.1'), {'custom-cni-conf': 'true'}), false],
])('before any pod fails, where %s', (_name, evidence, says) => {
	const found = diagnose(evidence).findings.filter(({code, severity}) => code === 'HP30' && severity === 'warning');
	expect(found.map(({title}) => title)).toEqual(
		says ? ['no pod can start on node-1 after an agent restart: portmap is too old for CNI 1.0.0'] : [],
	);
	if (says) expect(found[0]?.because[0]?.says).toBe('portmap knows CNI 0.3.0, 0.3.1, 0.4.0, but the CNI file asks for 1.0.0');
});

test('the version that an upgrade of the DaemonSet is about to bring counts too', () => {
	const base = beforeRestart('1.19.6', old, list('0.3.1'));
	expect(seen(base).findings.map(({code}) => code)).not.toContain('HP30');
	const upgraded = {...base, cilium: base.cilium && {...base.cilium, version: '1.20.2'}};
	expect(seen(upgraded).findings.map(({code}) => code)).toContain('HP30');
});

test('who waits for the restart is told to wait with it while portmap is too old', () => {
	const base = beforeRestart('1.20.2', old, undefined);
	const nodes = base.nodes.map(node => ({...node, agent: node.agent && {...node.agent, startedAt: null}}));
	const found = diagnose({...base, nodes}).findings.find(({code}) => code === 'HP03');
	expect(found?.remedy).toMatch(/^Do not restart the agents yet/);
});
