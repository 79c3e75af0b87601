import {expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {Evidence, Observation} from '../../source/evidence/evidence.ts';
import {agentStatus, pod, port} from './builders.ts';
import {healthyNativeEvidence, withObservation} from './scenes.ts';

// Packets: up to 1.15 the node alone reaches it, from 1.20 on everybody; of the versions between nobody has tried, and where the version
// or the datapath was not read, the version is all there is.

type Seen = 'datapath: own' | 'datapath: node too' | 'service table';

function sceneOf(version: string, seen: Seen, hostIP = '127.0.0.1'): Evidence {
	const isSix = hostIP.includes(':');
	const own = isSix ? '::' : '0.0.0.0';
	const address = isSix ? 'fd00:88::11' : '10.88.0.11';
	const ip = isSix ? 'fd00::9' : '10.0.0.9';
	const known = version === '' ? '1.15.19' : version;
	const base = healthyNativeEvidence(known, ['node-1']);
	const entry = (ownAddress: string) => ({
		type: 'HostPort',
		address: ownAddress,
		port: 8182,
		protocol: '',
		isLoopback: true,
		backends: [{ip, port: 80}],
	});
	const parts: Partial<Observation> =
		seen === 'service table'
			? {serviceEntries: [{ip: own, port: 8182, protocol: 'TCP', backends: [{ip, port: 80}]}]}
			: {datapathEntries: seen === 'datapath: own' ? [entry(own)] : [entry(own), entry(address)]};
	const status = agentStatus(version, {
		kubeProxyReplacement: 'true',
		hostPortEnabled: true,
		nodePortEnabled: true,
		socketLoadBalancing: true,
		devices: ['eth0'],
	});
	const pods = [pod('private', 'node-1', ip, [port(8182, 80, {hostIP})])];
	const scene = withObservation({...base, pods}, 'node-1', {...parts, agentStatus: status});
	return {...scene, cilium: scene.cilium && {...scene.cilium, version}};
}

const told = (evidence: Evidence) =>
	diagnose(evidence).findings.filter(({code, hostPorts}) => code !== 'HP22' && hostPorts.some(name => name.includes('private')));

test.each<[version: string, seen: Seen, code: string, title: string, remedy: string]>([
	['1.15.19', 'datapath: own', 'HP20 info', 'on the loopback address of its node only', 'other nodes and pods get no answer'],
	['1.15.19', 'service table', 'HP20 info', 'on the loopback address of its node only', 'other nodes and pods get no answer'],
	['1.16.4', 'service table', 'HP20 info', 'on the loopback address of its node only', 'for 1.16.4 it was not measured'],
	['1.17.4', 'service table', 'HP20 info', 'on the loopback address of its node only', 'for 1.17.4 it was not measured'],
	['1.18.12', 'service table', 'HP20 info', 'on the loopback address of its node only', 'for 1.18.12 it was not measured'],
	['1.19.6', 'service table', 'HP20 info', 'on the loopback address of its node only', 'for 1.19.6 it was not measured'],
	['', 'service table', 'HP20 info', 'on the loopback address of its node only', 'for this version it was not measured'],
	// The datapath decides before any version does.
	['1.17.4', 'datapath: own', 'HP20 info', 'on the loopback address of its node only', 'other nodes and pods get no answer'],
	['1.17.4', 'datapath: node too', 'HP27 warning', 'is open to everyone on node-1', 'network policy'],
	['1.20.2', 'datapath: own', 'HP20 info', 'on the loopback address of its node only', 'other nodes and pods get no answer'],
	['1.20.2', 'datapath: node too', 'HP27 warning', 'is open to everyone on node-1', 'network policy'],
	['', 'datapath: node too', 'HP27 warning', 'is open to everyone on node-1', 'network policy'],
	['1.20.2', 'service table', 'HP27 warning', 'may be open to everyone on node-1', 'network policy'],
	// Of a version that is newer than any that is known, what the last one does is said as what may be.
	['1.21.0', 'service table', 'HP27 warning', 'may be open to everyone on node-1', 'network policy'],
])('Cilium %j, %s: %s', (version, seen, code, title, remedy) => {
	const findings = told(sceneOf(version, seen));
	expect(findings.map(each => `${each.code} ${each.severity}`)).toEqual([code]);
	expect(findings[0]?.title).toContain(title);
	expect(findings[0]?.remedy).toContain(remedy);
	// What was not seen is not said as if it were.
	if (remedy.startsWith('Whether')) expect(findings[0]?.remedy).not.toContain('other nodes and pods get no answer');
});

test('the loopback address of IPv6 is named as that of IPv4 is', () => {
	const [finding] = told(sceneOf('1.20.2', 'datapath: node too', '::1'));
	expect(finding?.code).toBe('HP27');
	expect(finding?.because[0]?.says).toMatch(/asks for ::1 and has an entry for fd00:88::11 too$/u);
	expect(told(sceneOf('1.20.2', 'datapath: own', '::1')).map(({code, severity}) => `${code} ${severity}`)).toEqual(['HP20 info']);
});
