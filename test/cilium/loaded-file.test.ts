import {expect, test} from 'vitest';
import {loadedFile} from '../../source/cilium/loaded-file.ts';

const can = {capabilities: {portMappings: true}};
const portmap = {type: 'portmap', ...can};
const cilium = {type: 'cilium-cni'};
const multus = (parts: object, ...plugins: object[]) => ({
	cniVersion: '0.3.1',
	name: 'multus-cni-network',
	type: 'multus',
	...parts,
	delegates: [{name: 'portmap', plugins}],
});

// Who lacks `capabilities.portMappings` on the way to portmap: a runtime hands them to the plugins of its own list only.
test.each([
	['portmap takes them', {name: 'portmap', plugins: [cilium, portmap]}, ''],
	['portmap itself does not', {name: 'portmap', plugins: [cilium, {type: 'portmap'}]}, 'portmap'],
	['they are switched off', {name: 'portmap', plugins: [cilium, {type: 'portmap', capabilities: {portMappings: false}}]}, 'portmap'],
	['another plugin needs none', {name: 'portmap', plugins: [cilium, {type: 'bandwidth'}, portmap]}, ''],
	['nobody calls portmap', {name: 'cilium', plugins: [cilium]}, ''],
	['Multus takes them, and portmap behind it', multus(can, cilium, portmap), ''],
	['Multus does not', multus({}, cilium, portmap), 'multus'],
	['Multus has others only', multus({capabilities: {bandwidth: true}}, cilium, portmap), 'multus'],
	['Multus takes them, and portmap behind it does not', multus(can, cilium, {type: 'portmap'}), 'portmap'],
	['Multus does not, and hands over to no portmap', multus({}, cilium), ''],
	[
		'a list that names Multus',
		{name: 'm', plugins: [{type: 'multus', delegates: [{name: 'portmap', plugins: [cilium, portmap]}]}]},
		'multus',
	],
	['a delegate that is one plugin', {name: 'm', type: 'multus', ...can, delegates: [cilium, {name: 'p', ...portmap}]}, ''],
])('%s', (_, content, lacking) => {
	const name = 'plugins' in content ? '00-a.conflist' : '00-a.conf';
	const loaded = loadedFile([{name, content: JSON.stringify(content)}]);
	expect(loaded?.withoutPortMappings).toBe(lacking);
});

test.each([
	[{cniVersion: '1.0.0'}, '1.0.0'],
	[{}, '0.1.0'],
	[{cniVersion: ''}, '0.1.0'],
	[{cniVersion: '1.0.0', cniVersions: ['0.4.0', '1.0.0']}, ''],
])('the version of %j is %s', (head, version) => {
	expect(loadedFile([{name: 'a.conflist', content: JSON.stringify({...head, name: 'a', plugins: [cilium]})}])?.cniVersion).toBe(version);
});

// CRI-O loads the network that `cni_default_network` names, whatever its file sorts behind (cri-o/ocicni, loadNetworks).
test('the network that CRI-O is told to use counts, and no other file does', () => {
	const files = [
		{name: '00-podman.conflist', content: JSON.stringify({name: 'podman', plugins: [{type: 'bridge'}]})},
		{name: '05-cilium.conflist', content: JSON.stringify({name: 'cilium', plugins: [cilium]})},
	];
	expect(loadedFile(files)?.file.name).toBe('00-podman.conflist');
	expect(loadedFile(files, '')?.file.name).toBe('00-podman.conflist');
	expect(loadedFile(files, 'cilium')?.file.name).toBe('05-cilium.conflist');
	expect(loadedFile(files, 'crio')).toBeUndefined();
	// The file of the network may be one that was not read.
	const hidden = {name: '99-own.conflist', content: '', unreadable: true};
	expect(loadedFile([...files, hidden], 'crio')?.file.name).toBe('00-podman.conflist');
	expect(loadedFile([...files, hidden], 'cilium')?.file.name).toBe('05-cilium.conflist');
});
