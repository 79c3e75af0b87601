import {expect, test} from 'vitest';
import {isSameFolder} from '../../source/diagnosis/same-folder.ts';

test.each([
	['/opt/cni/bin', '/opt/cni/bin/', true],
	['/opt/cni/bin', '//opt/./cni/bin', true],
	['/var/lib/rancher/k3s/data/current/bin', '/var/lib/rancher/k3s/data/8e61313beb4e/bin', true],
	['/var/lib/rancher/k3s/data/8e61313beb4e/bin', '/var/lib/rancher/k3s/data/current/bin', true],
	['/var/snap/microk8s/current/opt/cni/bin', '/var/snap/microk8s/6750/opt/cni/bin', true],
	['/var/lib/rancher/k3s/data/current/bin', '/var/lib/rancher/k3s/data/cni', false],
	['/var/lib/rancher/k3s/data/8e61313beb4e/bin', '/var/lib/rancher/k3s/data/1111111111111/bin', false],
	['/var/run/cni/net.d', '/run/cni/net.d/', true],
	['/opt/./cni/../cni/bin', '/opt/cni/bin', true],
	['/var/running/cni', '/running/cni', false],
	['/opt/cni/bin', '/usr/libexec/cni', false],
	['/opt/cni/bin', '/usr/lib/cni/bin', false],
	['/current/cni/bin', '/opt/current/bin', false],
	['', '/opt/cni/bin', false],
])('%s and %s are one folder: %s', (one, other, same) => {
	expect(isSameFolder(one, other)).toBe(same);
});

test('what the node knows counts for a path that leads to the folder that was looked at, not for the folder’s own name', () => {
	const facts = {'same-folder:/opt/cni/bin': 'yes', 'same-folder:/usr/lib/cni': 'yes'};
	expect(isSameFolder('/usr/lib/cni', '/opt/cni/bin', facts)).toBe(true);
	expect(isSameFolder('/opt/other/bin', '/opt/cni/bin', facts)).toBe(false);
});
