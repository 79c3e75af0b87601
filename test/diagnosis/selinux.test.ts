import {expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {BinaryFile, Evidence, Observation} from '../../source/evidence/evidence.ts';
import {binary, pod, port, times, workingPortmap} from './builders.ts';
import {healthyPortmapEvidence, withObservation} from './scenes.ts';

const setup = 'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "86": ';
const notRun = `${setup}plugin type="portmap" name="portmap" failed (add): fork/exec /opt/cni/bin/portmap: permission denied`;
const noRules = `${setup}plugin type="portmap" name="portmap" failed (add): running [/usr/sbin/iptables -t nat -N CNI-HOSTPORT-DNAT --wait]: exit status 4: iptables v1.8.8 (nf_tables): Could not fetch rule set generation id: Permission denied (you must be root)`;
const enforcing = {
	selinux: 'enforcing',
	'selinux:': 'system_u:object_r:usr_t:s0',
	'selinux:/portmap': 'unconfined_u:object_r:user_home_t:s0',
};

function scene(message: string, facts: Observation['facts'], file: Partial<BinaryFile> = {}): Evidence {
	const base = healthyPortmapEvidence('1.17.4', ['node-1']);
	const waiting = pod('waits', 'node-1', '', [port(7000, 80)], {phase: 'Pending', podIPs: [], createdAt: times.collected});
	const event = {
		reason: 'FailedCreatePodSandBox',
		message,
		namespace: 'default',
		object: 'Pod/waits',
		node: 'node-1',
		count: 3,
		lastSeen: times.collected,
		podIs: 'waiting' as const,
	};
	const portmap = workingPortmap({mode: '755', ...file});
	return withObservation({...base, pods: [...base.pods, waiting], events: [event]}, 'node-1', {
		facts,
		binaryFolder: {host: '/opt/cni/bin', files: [binary('cilium-cni'), binary('loopback'), portmap]},
	});
}

test.each([
	['RKE2: the runtime may not run portmap', notRun, 'the runtime may not run /opt/cni/bin/portmap'],
	[
		'k3s in its own folder',
		notRun.replaceAll('/opt/cni/bin', '/var/lib/rancher/k3s/data/current/bin'),
		'the runtime may not run /var/lib/rancher/k3s/data/current/bin/portmap',
	],
	['portmap may not write its rules', noRules, 'portmap may not write its rules'],
])('%s', (_name, message, what) => {
	const {findings} = diagnose(scene(message, enforcing));
	expect(findings[0]).toMatchObject({code: 'HP34', severity: 'error', title: `SELinux stops pods on node-1: ${what}`});
	expect(findings[0]?.because.map(({says}) => says)).toEqual(expect.arrayContaining(['enforcing']));
	expect(findings.map(({code}) => code)).not.toContain('HP02');
	expect(findings.map(({code}) => code)).not.toContain('HP30');
});

test('the labels of the folder and of the file are its proof', () => {
	const says = diagnose(scene(notRun, enforcing)).findings[0]?.because.map(proof => `${proof.source}: ${proof.says}`);
	expect(says).toContain('label of /opt/cni/bin: system_u:object_r:usr_t:s0');
	expect(says).toContain('label of /opt/cni/bin/portmap: unconfined_u:object_r:user_home_t:s0');
});

test.each<[string, Evidence, string]>([
	['SELinux is permissive', scene(notRun, {selinux: 'permissive'}), 'HP02'],
	['nothing was seen of SELinux (noexec has the same words)', scene(notRun, {}), 'HP02'],
	['nobody may execute the file by its mode', scene(notRun, enforcing, {mode: '644', versionExitCode: 126, versionAnswer: ''}), 'HP02'],
	['the file is for another machine', scene(notRun.replace('permission denied', 'exec format error'), enforcing), 'HP02'],
	[
		'portmap fails for another reason',
		scene(noRules.replace('Permission denied (you must be root)', 'Invalid argument'), enforcing),
		'HP30',
	],
	['portmap may not write rules where SELinux does not decide', scene(noRules, {selinux: 'permissive'}), 'HP30'],
])('another cause where %s', (_name, evidence, code) => {
	const {findings} = diagnose(evidence);
	expect(findings[0]?.code).toBe(code);
	expect(findings.map(each => each.code)).not.toContain('HP34');
});

test('an enforcing node without a denial is healthy', () => {
	const base = healthyPortmapEvidence('1.17.4', ['node-1']);
	expect(diagnose(withObservation(base, 'node-1', {facts: enforcing})).findings[0]?.code).toBe('HP22');
});
