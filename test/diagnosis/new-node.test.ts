import {expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {Evidence} from '../../source/evidence/evidence.ts';
import {binary, epoch, times, workingPortmap} from './builders.ts';
import {healthyNativeEvidence, healthyPortmapEvidence, withNode, withObservation} from './scenes.ts';

/** The healthy cluster, with the binary written at another time on some of its nodes. */
const written = (seconds: number, names: readonly string[] = ['node-1', 'node-2', 'node-3']): Evidence =>
	names.reduce(
		(base, name) =>
			withObservation(base, name, {
				binaryFolder: {host: '/opt/cni/bin', files: [binary('cilium-cni'), binary('loopback'), workingPortmap({modified: seconds})]},
			}),
		healthyPortmapEvidence(),
	);
const joined = epoch(times.created);
const codesOf = (evidence: Evidence) => diagnose(evidence).findings.map(({code}) => code);

test('a binary put there by hand after the nodes joined: the next node will be broken, and no node of today is', () => {
	const {findings, nodes} = diagnose(written(joined + 3600));
	expect(findings).toMatchObject([{code: 'HP22'}, {code: 'HP25', severity: 'info', nodes: [], hostPorts: []}]);
	expect(findings[1]?.because[0]).toMatchObject({
		source: '/opt/cni/bin/portmap on node-1 and 2 more',
		says: expect.stringContaining('2024-01-10T10:00:00Z') as string,
	});
	expect(nodes.map(({verdict}) => verdict)).toEqual(['ok', 'ok', 'ok']);
});

test('one such node among others is enough, and the others are told too', () => {
	const [, finding] = diagnose(written(joined + 3600, ['node-2'])).findings;
	expect(finding?.title).toContain('node-2');
	expect(finding?.because.map(({says}) => says)).toContain('2 nodes had it when they joined');
});

test('a binary that was there when the node joined came with its image or its init script', () => {
	expect(codesOf(written(joined - 86_400))).not.toContain('HP25');
	expect(codesOf(written(joined + 60))).not.toContain('HP25');
});

test('minutes after a node joined it came by hand where all joined together, and by their setup where each got it so', () => {
	expect(codesOf(written(joined + 120))).toContain('HP25');
	const day = 86_400;
	const since = withNode(written(joined + 120, ['node-1', 'node-2']), 'node-3', node => ({
		...node,
		createdAt: new Date((joined + day) * 1000).toISOString(),
	}));
	const each = withObservation(since, 'node-3', {
		binaryFolder: {host: '/opt/cni/bin', files: [binary('cilium-cni'), binary('loopback'), workingPortmap({modified: joined + day + 120})]},
	});
	expect(codesOf(each)).not.toContain('HP25');
});

test('a binary of this program’s own repair was put there by hand, however young the node is', () => {
	const young = written(joined + 60);
	const {cilium} = young;
	if (cilium?.configMap === undefined || cilium.configMap === null) throw new Error('the scene has a cilium-config');
	const manager = {manager: 'kubectl-hostport', operation: 'Update', time: times.created, keys: ['cni-chaining-mode']};
	const repaired = {...young, cilium: {...cilium, configMap: {...cilium.configMap, managers: [manager]}}};
	expect(codesOf(repaired)).toContain('HP25');
	expect(codesOf({...repaired, otherDaemonSets: ['kube-system/kubectl-hostport-portmap']})).not.toContain('HP25');
});

test('the DaemonSet that keeps the binary guards new nodes', () => {
	expect(codesOf({...written(joined + 3600), otherDaemonSets: ['kube-system/kubectl-hostport-portmap']})).not.toContain('HP25');
});

test('a DaemonSet that is ready on no node guards nothing, and the finding says so', () => {
	const name = 'network/kubectl-hostport-portmap';
	const having = (desired: number, ready: number): Evidence => ({
		...written(joined + 3600),
		otherDaemonSets: [name],
		portmapKeepers: [{name, desired, ready}],
	});
	const [, finding] = diagnose(having(3, 0)).findings;
	expect(finding).toMatchObject({code: 'HP25', remedy: expect.stringContaining('kubectl -n network describe pods') as string});
	expect(finding?.because).toContainEqual({source: `daemonset ${name}`, says: 'ready on 0 of 3 nodes: it installs portmap nowhere'});
	expect(diagnose(having(0, 0)).findings[1]?.because).toContainEqual({source: `daemonset ${name}`, says: 'it fits no node'});
	// One node that is just joining does not make it less of a guard.
	expect(codesOf(having(4, 3))).not.toContain('HP25');
});

test('a node that joined since and has it shows that something brings it by now', () => {
	const since = withNode(written(joined + 3600, ['node-1', 'node-2']), 'node-3', node => ({
		...node,
		createdAt: new Date((joined + 7200) * 1000).toISOString(),
	}));
	expect(codesOf(since)).not.toContain('HP25');
	expect(codesOf(withNode(since, 'node-3', node => ({...node, createdAt: new Date((joined + 1800) * 1000).toISOString()})))).toContain(
		'HP25',
	);
});

test('where eBPF serves hostPort no binary is needed', () => {
	expect(codesOf(healthyNativeEvidence())).not.toContain('HP25');
});

test('an init container of the agents that brings portmap reaches every node that joins (RKE2)', () => {
	const base = written(joined + 3600);
	const {cilium} = base;
	if (!cilium?.daemonSet) throw new Error('the scene has a DaemonSet');
	expect(codesOf(base)).toContain('HP25');
	const daemonSet = {...cilium.daemonSet, portmapInstaller: 'install-portmap-cni-plugin'};
	expect(codesOf({...base, cilium: {...cilium, daemonSet}})).not.toContain('HP25');
});
