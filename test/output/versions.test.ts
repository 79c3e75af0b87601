import {expect, it} from 'vitest';
import {versionsText} from '../../source/output/versions.ts';
import type {Versions} from '../../source/session/versions.ts';

const versions = (parts: Partial<Versions> = {}): Versions => ({
	apiVersion: 'hostport.dev/v1',
	kind: 'Version',
	client: '0.1.0',
	knownCilium: {oldest: '1.8', newest: '1.20'},
	server: null,
	cilium: null,
	...parts,
});
const server = {address: 'https://x:6443', kubernetes: 'v1.30.0'};
const agent = (version: string, agents = 3, image = 'cilium:v1') => ({version, image, agents});

it.each([
	['no cluster', {}, []],
	['a cluster whose pods cannot be listed', {server}, ['Kubernetes     v1.30.0 at https://x:6443']],
	['a version that cannot be read', {server: {...server, kubernetes: ''}}, ['Kubernetes     unknown at https://x:6443']],
	['no agents', {server, cilium: []}, ['Kubernetes     v1.30.0 at https://x:6443', 'Cilium         no agents found']],
	[
		'agents of several versions',
		{server, cilium: [agent('1.17.4'), agent('1.18.0', 1)]},
		['Kubernetes     v1.30.0 at https://x:6443', 'Cilium         1.17.4 on 3 nodes', 'Cilium         1.18.0 on 1 node'],
	],
	['an image that names none', {cilium: [agent('')]}, ['Cilium         unknown on 3 nodes (the image names no version: cilium:v1)']],
	['a Cilium that is not known', {cilium: [agent('2.4.0', 1)]}, [expect.stringMatching(/^Cilium {9}2\.4\.0 on 1 node \(.*2\.4.*\)$/u)]],
])('versions of %s', (_, parts, lines) => {
	const [client, known, ...rest] = versionsText(versions(parts)).trimEnd().split('\n');
	expect([client, known]).toEqual(['Client         0.1.0', 'Known Cilium   1.8 to 1.20']);
	expect(rest).toEqual(lines);
});
