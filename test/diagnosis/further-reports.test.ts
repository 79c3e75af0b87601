import {describe, expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {Evidence} from '../../source/evidence/evidence.ts';
import {binary, configurationFile, natTable, pod, port, times, workingPortmap} from './builders.ts';
import {healthyPortmapEvidence, rulesFor, withObservation, withWaitingPod} from './scenes.ts';

// Inputs of the kinds of public reports, of other distributions and versions than the reports themselves, each with what looks like it.
const healthy = healthyPortmapEvidence('1.17.4', ['node-1']);

const withEvent = (message: string): Evidence =>
	withWaitingPod(healthy, `Failed to create pod sandbox: rpc error: code = Unknown desc = ${message}`);

const seen = (evidence: Evidence) => {
	const {findings, nodes} = diagnose(evidence);
	return {code: findings[0]?.code, severity: findings[0]?.severity, title: findings[0]?.title ?? '', verdict: nodes[0]?.verdict, findings};
};

describe('what an event says, by whichever runtime', () => {
	test.each([
		[
			'dockershim names no plugin',
			'HP30',
			'degraded',
			'failed to set up sandbox container "9f" network for pod "waits": networkPlugin cni failed to set up pod "waits_default" network: unable to setup DNAT: running [/usr/sbin/iptables -t nat -C CNI-DN-1 -p tcp --wait]: exit status 2: iptables v1.8.2 (legacy): Couldn\'t load match `comment\':No such file or directory',
		],
		[
			'a kernel without its modules on disk',
			'HP30',
			'degraded',
			'failed to setup network for sandbox "86": plugin type="portmap" name="portmap" failed (add): unable to create chain CNI-HOSTPORT-SETMARK: failed to list chains: running [/usr/sbin/iptables -t nat -S --wait]: exit status 3: modprobe: FATAL: Module ip_tables not found in directory /lib/modules/6.1.0-rpi7',
		],
		[
			'CRI-O, whose network is named portmap, and no iptables',
			'HP09',
			'degraded',
			'failed to create pod network sandbox k8s_waits_default_x(9f): error adding pod default_waits to CNI network "portmap": plugin type="portmap" failed (add): failed to open iptables: exec: "iptables": executable file not found in $PATH',
		],
		[
			'CRI-O, a pod and a network named portmap, and cilium-cni fails',
			'HP24',
			'broken',
			'failed to create pod network sandbox k8s_portmap-1_default(9f): error adding pod default_portmap-1 to CNI network "portmap": plugin type="cilium-cni" name="portmap" failed (add): unable to connect to Cilium agent: failed to create cilium agent client after 30.000000 seconds timeout: Get "http://localhost/v1/config": dial unix /var/run/cilium/cilium.sock: connect: no such file or directory',
		],
		[
			'Multus, a network named portmap, and cilium-cni refuses one pod',
			'HP24',
			'degraded',
			'failed to setup network for sandbox "86": plugin type="multus" name="multus-cni-network" failed (add): [default/portmap-waits/uid:portmap]: error adding container to network "portmap": plugin type="cilium-cni" failed (add): unable to allocate IP via local cilium agent: [POST /ipam][502] postIpamFailure "No more IPs available"',
		],
		['containerd has no configuration', 'HP24', 'broken', 'failed to setup network for sandbox "86": cni plugin not initialized'],
		[
			'containerd cannot read the configuration',
			'HP24',
			'broken',
			'failed to setup network for sandbox "86": cni config load failed: failed to load CNI config list file /etc/cni/net.d/05-cilium.conflist: error parsing configuration list: invalid character',
		],
		[
			'CRI-O of Fedora searches other folders',
			'HP24',
			'broken',
			'failed to create pod network sandbox k8s_w(9f): error adding pod default_waits to CNI network "cilium": plugin type="cilium-cni" failed (add): failed to find plugin "cilium-cni" in path [/usr/libexec/cni /usr/lib/cni]',
		],
		[
			'an image that cannot be had',
			'HP24',
			'degraded',
			'failed to get sandbox image "registry.local/portmap/pause:3.9": failed to pull image',
		],
	])('%s: %s, node %s', (_name, code, verdict, message) => {
		expect(seen(withEvent(message))).toMatchObject({code, severity: 'error', verdict});
	});

	test('of a pod that is gone, or refuted by one that has started since, nothing is left', () => {
		const evidence = withEvent('failed to setup network for sandbox "86": cni plugin not initialized');
		const [event] = evidence.events;
		const gone = {...healthy, events: event === undefined ? [] : [{...event, podIs: 'gone' as const}]};
		expect(seen(gone)).toMatchObject({verdict: 'ok'});
		const started = pod('new', 'node-1', '10.0.0.77', [port(7001, 80)], {createdAt: times.collected});
		expect(seen({...evidence, pods: [...healthy.pods, {...started, createdAt: '2099-01-01T00:00:00Z'}]}).verdict).not.toBe('broken');
	});
});

describe('Multus hands Cilium’s list over', () => {
	const list = {
		cniVersion: '0.3.1',
		name: 'portmap',
		plugins: [{type: 'cilium-cni'}, {type: 'portmap', capabilities: {portMappings: true}}],
	};
	const capable = {capabilities: {portMappings: true}};
	const path = '/host/etc/cni/net.d/05-cilium.conflist';
	const withMultus = (name: string, file: object): Evidence =>
		withObservation(healthy, 'node-1', {
			configurationFolder: {host: '/etc/cni/net.d', files: [configurationFile(name, file), configurationFile('05-cilium.conflist', list)]},
			binaryFolder: {
				host: '/opt/cni/bin',
				files: [binary('cilium-cni'), binary('loopback'), workingPortmap(), binary('multus'), binary('multus-shim')],
			},
		});
	const single = (type: string, parts: object): object => ({cniVersion: '0.3.1', name: 'multus-cni-network', type, ...parts});

	test.each<[string, Evidence, boolean]>([
		['thin, with delegates', withMultus('00-multus.conf', single('multus', {delegates: [list]})), true],
		['thick, by the path of the file', withMultus('00-multus.conf', single('multus-shim', {clusterNetwork: path})), true],
		['thick, by the name of the network', withMultus('00-multus.conf', single('multus-shim', {clusterNetwork: 'portmap'})), true],
		['as a list', withMultus('00-multus.conflist', {cniVersion: '0.3.1', name: 'm', plugins: [{type: 'multus', delegates: [list]}]}), true],
		['false is no true', withMultus('00-multus.conf', single('multus', {capabilities: {portMappings: false}, delegates: [list]})), true],
		['thick and capable', withMultus('00-multus.conf', single('multus-shim', {...capable, clusterNetwork: path})), false],
		['thin and capable', withMultus('00-multus.conf', single('multus', {...capable, delegates: [list]})), false],
		['another network, which was not seen', withMultus('00-multus.conf', single('multus-shim', {clusterNetwork: 'flannel'})), false],
	])('without the capability: %s', (_name, evidence, isTold) => {
		const {findings} = seen(evidence);
		const told = findings.filter(({title}) => title.includes('lacks capabilities.portMappings'));
		expect(told.map(({code}) => code)).toEqual(isTold ? ['HP05'] : []);
	});
});

describe('rules of others', () => {
	const own = rulesFor(healthy.pods, 'node-1');
	const nat = (rules: readonly string[]): Evidence => withObservation(healthy, 'node-1', {nat: {nft: natTable(rules), legacy: natTable()}});
	const mapping = (network: string): string[] => [
		':CNI-DN-aa - [0:0]',
		String.raw`-A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \"${network}\" id: \"x\"" -m multiport --dports 25000 -j CNI-DN-aa`,
		'-A CNI-DN-aa -p tcp -m tcp --dport 25000 -j DNAT --to-destination 172.26.64.5:80',
	];

	test.each([
		['nomad', 'Nomad'],
		['podman', 'podman'],
	])('live mappings of %s are named and never to be deleted', (network, engine) => {
		const {findings, verdict} = seen(nat([...own, ...mapping(network)]));
		expect(findings[0]).toMatchObject({code: 'HP07', severity: 'info', title: expect.stringContaining(engine)});
		expect(JSON.stringify(findings)).not.toMatch(/[Dd]elete/);
		expect(verdict).toBe('ok');
	});

	test('those of Cilium’s own list, of pods that are gone, are', () => {
		expect(JSON.stringify(seen(nat([...own, ...mapping('portmap')])).findings)).toMatch(/Delete/);
	});

	test.each<[string, readonly string[], string]>([
		[
			'podman’s netavark',
			[
				':NETAVARK-HOSTPORT-DNAT - [0:0]',
				':NETAVARK-DN-1 - [0:0]',
				'-A PREROUTING -m addrtype --dst-type LOCAL -j NETAVARK-HOSTPORT-DNAT',
				'-A NETAVARK-HOSTPORT-DNAT -p tcp -m tcp --dport 8080 -j NETAVARK-DN-1',
				'-A NETAVARK-DN-1 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.89.0.2:80',
			],
			'NETAVARK-DN-1',
		],
		[
			'a zone of firewalld, by goto',
			[
				':PREROUTING_ZONES - [0:0]',
				':PRE_public - [0:0]',
				':PRE_public_allow - [0:0]',
				'-A PREROUTING -j PREROUTING_ZONES',
				'-A PREROUTING_ZONES -i eth0 -g PRE_public',
				'-A PRE_public -j PRE_public_allow',
				'-A PRE_public_allow -p tcp -m tcp --dport 8080 -j DNAT --to-destination 192.168.1.5:80',
			],
			'PRE_public_allow',
		],
		['a range that is redirected', ['-A PREROUTING -p tcp -m tcp --dport 8000:8999 -j REDIRECT --to-ports 3128'], 'PREROUTING'],
	])('%s catches the traffic first', (_name, rules, chain) => {
		const {code, severity, verdict, findings} = seen(nat([...rules, ...own]));
		expect({code, severity, verdict}).toEqual({code: 'HP07', severity: 'error', verdict: 'degraded'});
		expect(JSON.stringify(findings[0])).toContain(chain);
	});

	test.each<[string, readonly string[]]>([
		[
			'Docker with another port',
			[
				':DOCKER - [0:0]',
				'-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER',
				'-A DOCKER ! -i docker0 -p tcp -m tcp --dport 9999 -j DNAT --to-destination 172.17.0.2:80',
			],
		],
		[
			'a chain that returns before its target',
			[
				':X - [0:0]',
				'-A PREROUTING -j X',
				'-A X -p tcp -m tcp --dport 8080 -j RETURN',
				'-A X -p tcp -m tcp --dport 8080 -j DNAT --to-destination 1.2.3.4:5',
			],
		],
	])('%s does not', (_name, rules) => {
		expect(seen(nat([...rules, ...own]))).toMatchObject({code: 'HP22', verdict: 'ok'});
	});
});

describe('a plugin of the list that is not on the node', () => {
	test.each([
		['linkerd-cni', /Linkerd/],
		['bandwidth', /CNI plugins package/],
		['kuma-cni', /Find what added kuma-cni/],
	])('%s', (type, remedy) => {
		const list = {
			cniVersion: '0.3.1',
			name: 'portmap',
			plugins: [{type: 'cilium-cni'}, {type: 'portmap', capabilities: {portMappings: true}}, {type}],
		};
		const folder = {host: '/etc/cni/net.d', files: [configurationFile('05-cilium.conflist', list)]};
		const {code, verdict, findings} = seen(withObservation(healthy, 'node-1', {configurationFolder: folder}));
		expect({code, verdict}).toEqual({code: 'HP24', verdict: 'broken'});
		expect(findings[0]?.remedy).toMatch(remedy);
		const there = [binary('cilium-cni'), binary('loopback'), workingPortmap(), binary(type)];
		const installed = withObservation(healthy, 'node-1', {configurationFolder: folder, binaryFolder: {host: '/opt/cni/bin', files: there}});
		expect(seen(installed).findings.map(each => each.code)).not.toContain('HP24');
	});
});

test.each(['refused', 'silent', 'unreachable'] as const)(
	'a pod that is %s to its own node never stands beside “nothing is wrong”',
	answer => {
		const probes = healthy.pods.flatMap(({podIPs, ports}) =>
			ports.map(({containerPort}) => ({address: podIPs[0] ?? '', port: containerPort, answer})),
		);
		const {findings} = seen(withObservation(healthy, 'node-1', {probes}));
		expect(findings.map(({code}) => code)).not.toContain('HP22');
		expect(findings.map(({code}) => code)).toContain('HP21');
	},
);
