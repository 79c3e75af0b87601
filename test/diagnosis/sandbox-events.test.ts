import {expect, test} from 'vitest';
import {sandboxEvents} from '../../source/diagnosis/sandbox-events.ts';
import type {Evidence} from '../../source/evidence/evidence.ts';
import {pod, port} from './builders.ts';

const base = {
	reason: 'FailedCreatePodSandBox',
	namespace: 'default',
	object: 'Pod/web',
	node: 'node-1',
	count: 1,
	lastSeen: null,
	podIs: '',
} as const;
const only = (message: string, parts: Partial<Evidence['events'][number]> = {}) =>
	sandboxEvents({events: [{...base, message, ...parts}], pods: []}).get('node-1')?.[0];

test('the folders that the runtime searched are read from its own words', () => {
	expect(only('failed to find plugin "portmap" in path [/opt/cni/bin /usr/lib/cni]')).toMatchObject({
		missingPlugin: 'portmap',
		searched: ['/opt/cni/bin', '/usr/lib/cni'],
		moment: 'create',
	});
});

test('a pod that cannot be torn down is the same proof', () => {
	const message =
		'error killing pod: failed to "KillPodSandbox" for "x" with KillPodSandboxError: plugin type="portmap" failed (delete): failed to find plugin "portmap" in path [/opt/cni/bin]';
	expect(only(message, {reason: 'FailedKillPod'})).toMatchObject({missingPlugin: 'portmap', moment: 'kill'});
});

test.each([
	['plugin type="portmap" failed (add): fork/exec /opt/cni/bin/portmap: exec format error', 'exec format error', ''],
	['plugin type="portmap" failed (add): fork/exec /opt/cni/bin/portmap: permission denied', 'permission denied', ''],
	['plugin type="portmap" failed (add): neither iptables nor ip6tables is usable', '', 'neither iptables nor ip6tables is usable'],
])('%s', (message, cannotRun, withoutBackend) => {
	expect(only(message)).toMatchObject({missingPlugin: '', cannotRun, withoutBackend});
});

test('an event without a node is put down to the node of its pod', () => {
	const events = [{...base, node: '', message: 'failed to find plugin "portmap" in path [/opt/cni/bin]'}];
	expect(sandboxEvents({events, pods: [pod('web', 'node-7', '', [port(80, 80)])]}).has('node-7')).toBe(true);
});

test('a sandbox that was gone when the kubelet came to remove it is no fault', () => {
	const words = 'rpc error: code = NotFound desc = an error occurred when try to find sandbox "37f0": not found';
	expect(
		only(`error killing pod: failed to "KillPodSandbox" for "7419" with KillPodSandboxError: "${words}"`, {reason: 'FailedKillPod'}),
	).toBeUndefined();
	expect(only(`Failed to create pod sandbox: ${words}`)).toMatchObject({moment: 'create'});
});

test('events about other things are left out', () => {
	expect(sandboxEvents({events: [{...base, reason: 'FailedScheduling', message: 'no nodes'}], pods: []}).size).toBe(0);
});
