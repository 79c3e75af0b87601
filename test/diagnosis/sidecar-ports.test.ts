import {expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {Evidence, HostPortPod, Observation} from '../../source/evidence/evidence.ts';
import {natTable, pod, port} from './builders.ts';
import {entriesFor, healthyNativeEvidence, healthyPortmapEvidence, rulesFor, withObservation} from './scenes.ts';

const game = (ports: HostPortPod['ports'], parts: Partial<HostPortPod> = {}): HostPortPod =>
	pod('game', 'node-1', '10.0.0.46', [port(8080, 80), ...ports], parts);
const sidecar = (hostPort: number, protocol: string, parts: object = {}) =>
	port(hostPort, 7654, {init: true, container: 'sdk', protocol, ...parts});
const open = (number: number): NonNullable<Observation['probes']>[number] => ({address: '10.0.0.46', port: number, answer: 'open'});

/** One node where portmap serves the ordinary port of a pod, and its rules were read. */
function byPortmap(version: string, own: HostPortPod, probes: Observation['probes'] = null): Evidence {
	const base = healthyPortmapEvidence(version, ['node-1']);
	const ordinary = {...own, ports: own.ports.filter(({init}) => !init)};
	return withObservation({...base, pods: [own]}, 'node-1', {
		nat: {nft: natTable(rulesFor([ordinary], 'node-1')), legacy: natTable()},
		probes,
	});
}

const onCrio = (evidence: Evidence): Evidence => ({
	...evidence,
	nodes: evidence.nodes.map(node => ({...node, containerRuntime: 'cri-o://1.29.1'})),
});

test.each<[name: string, evidence: Evidence, ports: readonly string[]]>([
	['its spec says so', byPortmap('1.17.4', game([sidecar(7200, 'TCP', {sidecar: true})])), ['default/game:7200/TCP']],
	[
		'over UDP and TCP, told by the port that answers',
		byPortmap('1.15.3', game([sidecar(7100, 'UDP'), sidecar(7200, 'TCP')]), [open(80), open(7654)]),
		['default/game:7100/UDP', 'default/game:7200/TCP'],
	],
	['on the oldest that this program knows', byPortmap('1.10.16', game([sidecar(7200, 'TCP', {sidecar: true})])), ['default/game:7200/TCP']],
	['by CRI-O', onCrio(byPortmap('1.17.4', game([sidecar(7200, 'TCP', {sidecar: true})]))), ['default/game:7200/TCP']],
])('the hostPort of a sidecar is dead: %s', (_name, evidence, ports) => {
	const {findings, nodes} = diagnose(evidence);
	expect(findings[0]).toMatchObject({code: 'HP32', severity: 'error', hostPorts: ports, nodes: ['node-1']});
	expect(findings.map(({code}) => code)).not.toContain('HP22');
	expect(nodes[0]?.verdict).toBe('degraded');
});

test.each<[name: string, evidence: Evidence]>([
	['of an init container that has ended', byPortmap('1.17.4', game([sidecar(7200, 'TCP', {sidecar: false})]), [open(80)])],
	['of which nothing is known, and that does not answer', byPortmap('1.17.4', game([sidecar(7200, 'TCP')]), [open(80)])],
	[
		'that an ordinary container has too, so its answer proves nothing',
		byPortmap('1.17.4', game([port(9090, 7654), sidecar(7200, 'TCP')]), [open(80), open(7654)]),
	],
	['of a pod that is not ready yet', byPortmap('1.17.4', game([sidecar(7200, 'TCP')], {ready: false}), [open(7654)])],
	['that a rule leads to', withRules(game([sidecar(7200, 'TCP', {sidecar: true})]))],
	['that eBPF has an entry for', native(game([sidecar(7200, 'TCP', {sidecar: true})]))],
])('no fault is a port %s', (_name, evidence) => {
	const {findings} = diagnose(evidence);
	expect(findings.map(({code}) => code)).not.toContain('HP32');
	expect(findings.filter(({severity}) => severity === 'error')).toEqual([]);
});

function withRules(own: HostPortPod): Evidence {
	return withObservation(byPortmap('1.17.4', own), 'node-1', {nat: {nft: natTable(rulesFor([own], 'node-1')), legacy: natTable()}});
}

function native(own: HostPortPod): Evidence {
	const base = healthyNativeEvidence('1.17.4', ['node-1']);
	const address = base.nodes[0]?.addresses[0]?.address ?? '';
	return withObservation({...base, pods: [own]}, 'node-1', {serviceEntries: entriesFor([own], 'node-1', address)});
}
