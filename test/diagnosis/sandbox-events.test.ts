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
	['networkPlugin cni failed to set up pod "web" network: fork/exec /opt/cni/bin/portmap: permission denied', 'permission denied', ''],
	[
		'plugin type="portmap" failed (add): netplugin failed with no error message: signal: segmentation fault',
		'signal: segmentation fault',
		'',
	],
	[
		'plugin type="portmap" failed (add): netplugin failed with no error message: signal: killed',
		'',
		'netplugin failed with no error message: signal: killed',
	],
	['plugin type="portmap" failed (add): neither iptables nor ip6tables is usable', '', 'neither iptables nor ip6tables is usable'],
	[
		'plugin type="portmap" failed (add): running [/usr/sbin/iptables -t nat -S]: fork/exec /usr/sbin/iptables: exec format error',
		'',
		'running [/usr/sbin/iptables -t nat -S]: fork/exec /usr/sbin/iptables: exec format error',
	],
	[
		'failed to \\"KillPodSandbox\\": plugin type=\\"portmap\\" name=\\"portmap\\" failed (delete): could not teardown ipv4 dnat: exit status 4',
		'',
		'could not teardown ipv4 dnat: exit status 4',
	],
])('%s', (message, cannotRun, portmapSays) => {
	expect(only(message)).toMatchObject({plugin: 'portmap', missingPlugin: '', cannotRun, portmapSays});
});

// The network that Cilium chains is named portmap, pods are named as people like, and both stand in the failures of others.
test.each([
	[
		'error adding pod default_portmap-1 to CNI network "portmap": plugin type="cilium-cni" name="portmap" failed (add): permission denied',
		'cilium-cni',
	],
	['plugin type="multus-shim" failed (add): [default/web:portmap]: plugin type="cilium-cni" failed (add): exec format error', 'cilium-cni'],
	['failed to setup network for sandbox "portmap": fork/exec /opt/cni/bin/cilium-cni: permission denied', 'cilium-cni'],
	['plugin type=\\"portmap\\" failed (add): then plugin type=\\"bandwidth\\" failed (add): signal: killed', 'bandwidth'],
	['Failed to create pod sandbox for portmap-1: context deadline exceeded', ''],
])('no failure of portmap: %s', (message, plugin) => {
	expect(only(message)).toMatchObject({plugin, missingPlugin: '', cannotRun: '', portmapSays: ''});
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

test('events about other things are omitted', () => {
	expect(sandboxEvents({events: [{...base, reason: 'FailedScheduling', message: 'no nodes'}], pods: []}).size).toBe(0);
});
