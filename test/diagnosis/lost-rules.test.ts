import {describe, expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {CachedSandbox, Evidence, Observation} from '../../source/evidence/evidence.ts';
import {epoch, natTable, portmapHooks, times} from './builders.ts';
import {healthyPortmapEvidence, withObservation, writtenFile} from './scenes.ts';

// On node-2 no rule is left for the collector's two ports. Was there ever one?

const hooks = [...portmapHooks];
const emptied = hooks.filter(line => !line.startsWith('-A'));
const started = epoch(times.podsCreated);

function scene(rules: readonly string[], written: number, parts: Partial<Observation> = {}, touched?: number): Evidence {
	const file = {...writtenFile('1.17.4', true), modified: written};
	return withObservation(healthyPortmapEvidence('1.17.4'), 'node-2', {
		configurationFolder: {host: '/etc/cni/net.d', ...(touched !== undefined && {modified: touched}), files: [file]},
		nat: {nft: natTable(rules), legacy: natTable()},
		...parts,
	});
}

function first(evidence: Evidence) {
	const [finding] = diagnose(evidence).findings;
	return {code: finding?.code, title: finding?.title ?? '', lines: finding?.because.map(({source, says}) => `${source}: ${says}`) ?? []};
}

const sandbox = (uid: string, hostPort: number): CachedSandbox => ({
	sandbox: 'b974442c5b6f7355a1f3df84',
	network: 'portmap',
	pod: 'default/otel-collector-2',
	uid,
	addresses: [],
	mappings: [{hostPort, containerPort: hostPort, protocol: 'TCP', hostIP: ''}],
});

describe('by the times of file and folder', () => {
	test('a file from before the pod: it was lost', () => {
		const {code, title, lines} = first(scene(hooks, started - 1));
		expect(code).toBe('HP08');
		expect(title).toMatch(/have no rules, although portmap was chained before the pod$/);
		expect(lines.some(line => line.includes('not later than the pod'))).toBe(true);
	});

	test('a file from after it: there never was one', () => {
		const {code, lines} = first(scene(hooks, started + 1));
		expect(code).toBe('HP04');
		expect(lines).toContain(
			"/etc/cni/net.d/05-cilium.conflist on node-2: written 2024-02-01T10:00:01Z by the node's clock, later than the pod's start",
		);
	});

	test('another file that went since may have been the loaded one', () => {
		const {code, lines} = first(scene(hooks, started - 100, {}, started + 50));
		expect(code).toBe('HP04');
		expect(lines.find(line => line.includes('a file came or went 2024-02-01T10:00:50Z'))).toMatch(
			/another file may have been loaded then$/,
		);
		expect(first(scene(hooks, started - 100, {}, started - 50)).code).toBe('HP08');
	});
});

describe('by what is left of portmap’s chains', () => {
	test('a chain to which nothing leads: somebody emptied the table, whatever the file’s time', () => {
		for (const written of [started - 1, started + 1]) {
			const {code, title, lines} = first(scene(emptied, written));
			expect(code).toBe('HP08');
			expect(title).toBe('the rules of 2 hostPorts on node-2 are gone: the nat table was emptied');
			expect(lines).toContain('nat table on node-2: PREROUTING no longer jumps to CNI-HOSTPORT-DNAT; portmap never removes that jump');
			expect(lines.some(line => line.includes('not later than the pod'))).toBe(written < started);
		}
	});

	test('services that write rules are named', () => {
		const facts = {firewalld: 'active since 2024-02-01T11:00:00Z', nftables: 'active', ip_local_port_range: '1 2'};
		expect(first(scene(emptied, started - 1, {facts})).lines).toContain(
			'services on node-2: firewalld is active since 2024-02-01T11:00:00Z, nftables is active',
		);
	});
});

describe('by the runtime’s cache', () => {
	test('the mapping was asked for: it was lost, though the file is younger', () => {
		const sandboxes = [sandbox('uid-otel-collector-2', 4317), sandbox('uid-otel-collector-2', 4318)];
		const {code, lines} = first(scene(hooks, started + 1, {sandboxes}));
		expect(code).toBe('HP08');
		expect(lines).toContain(
			'CNI cache of node-2: sandbox b974442c5b6f of observability/otel-collector-2:4317/TCP was created with this mapping',
		);
	});

	test('it was not: there never was a rule, though the file is older', () => {
		for (const sandboxes of [[], [sandbox('another', 4317)], [sandbox('uid-otel-collector-2', 9)]]) {
			const {code, lines} = first(scene(emptied, started - 1, {sandboxes}));
			expect(code).toBe('HP04');
			expect(lines).toContain('CNI cache of node-2: no mapping was requested when the pod was created');
		}
	});

	test('of a pod without a uid it tells nothing', () => {
		const base = scene(hooks, started - 1, {sandboxes: []});
		expect(first({...base, pods: base.pods.map(each => ({...each, uid: ''}))}).code).toBe('HP08');
	});
});
