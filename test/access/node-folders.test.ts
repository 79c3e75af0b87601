import {expect, test} from 'vitest';
import {nodeFolders} from '../../source/access/node-folders.ts';

test('the chart’s volumes: where the agent sees them, and where it does not', () => {
	const configuration = {volume: 'etc-cni-netd', host: '/etc/cni/net.d', seen: '/host/etc/cni/net.d'};
	const early = nodeFolders([{volume: 'cni-path', host: '/opt/cni/bin', seen: '/host/opt/cni/bin'}, configuration]);
	expect(early.binaryFolder).toEqual({host: '/opt/cni/bin', seen: '/host/opt/cni/bin'});
	expect(early.configurationFolder).toEqual({host: '/etc/cni/net.d', seen: '/host/etc/cni/net.d'});
	const late = nodeFolders([{volume: 'cni-path', host: '/home/kubernetes/bin', seen: ''}, configuration]);
	expect(late).toMatchObject({binaryFolder: undefined, binaryHost: '/home/kubernetes/bin'});
});

test('other manifests are read by the paths', () => {
	const folders = nodeFolders([
		{volume: 'host-cni', host: '/var/lib/cni/bin/', seen: '/target'},
		{volume: 'run', host: '/var/run/cilium', seen: '/var/run/cilium'},
		{volume: 'conf', host: '/var/snap/microk8s/current/args/cni-network', seen: '/conf/'},
	]);
	expect(folders.binaryFolder).toEqual({host: '/var/lib/cni/bin', seen: '/target'});
	expect(folders.configurationFolder).toEqual({host: '/var/snap/microk8s/current/args/cni-network', seen: '/conf'});
});

test('a folder is also seen through the mount of one above it', () => {
	const folders = nodeFolders([
		{volume: 'root', host: '/', seen: '/host'},
		{volume: 'cni-path', host: '/opt/cni/bin', seen: ''},
	]);
	expect(folders.binaryFolder).toEqual({host: '/opt/cni/bin', seen: '/host/opt/cni/bin'});
	expect(folders.configurationFolder).toEqual({host: '/etc/cni/net.d', seen: '/host/etc/cni/net.d'});
});

test('a folder with a longer name is not taken for a mount above', () => {
	expect(nodeFolders([{volume: 'x', host: '/opt/c', seen: '/x'}]).binaryFolder).toBeUndefined();
});

test('without any volume the usual names are given, seen by nobody', () => {
	expect(nodeFolders([])).toEqual({
		configurationHost: '/etc/cni/net.d',
		binaryHost: '/opt/cni/bin',
		configurationFolder: undefined,
		binaryFolder: undefined,
	});
});
