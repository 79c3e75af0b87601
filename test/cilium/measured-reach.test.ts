import path from 'node:path';
import {expect, test} from 'vitest';
import {measuredSetups} from '../../scripts/paths-page.ts';
import {measured, reachInWords, type ServedBy} from '../../source/cilium/measured-reach.ts';

const files: Readonly<Record<ServedBy, string>> = {
	replacement: 'native',
	switches: 'node-port',
	'switches and sockets': 'node-port-sockets',
	portmap: 'portmap',
};
const setups = measuredSetups(path.join(import.meta.dirname, 'paths'));

test.each(measured)('$by on $version: what a plan says is what was measured', ({version, by, refused}) => {
	const setup = setups.find(each => each.version === version && each.name === files[by]);
	const rows = setup?.rows.filter(({form, address}) => form === 'none' && address === 'address') ?? [];
	const own = setup?.rows.filter(({form, place}) => form === 'none' && place === "the node's loopback") ?? [];
	expect(rows.length).toBeGreaterThan(5);
	const dead = [...rows, ...own].filter(({tcp, udp}) => tcp !== 'ok' || udp !== 'ok').map(({place}) => place.replace("the node's", 'its'));
	expect([...new Set(dead)].sort()).toEqual([...refused].sort());
});

test.each([
	// A version whose packets were seen has no drawback that was not seen.
	['1.20.2', 'portmap', ''],
	['1.20.0', 'portmap', ''],
	['1.15.19', 'replacement', ''],
	['1.15.19', 'switches', 'the node itself and its loopback cannot connect (measured on Cilium 1.15.19)'],
	[
		'1.17.4',
		'portmap',
		'not measured on Cilium 1.17: whether a pod reaches a hostPort of its own node at the node’s address (cilium/cilium#9784); on 1.15.19 and 1.20.2 every place connects',
	],
	['1.17.4', 'replacement', 'not measured on Cilium 1.17: who reaches a hostPort; on 1.15.19 and 1.20.2 every place connects'],
	[
		'1.10.16',
		'switches',
		'not measured on Cilium 1.10: who reaches a hostPort; on 1.15.19 the node itself and its loopback cannot connect',
	],
	['', 'replacement', 'not measured on Cilium of this version: who reaches a hostPort; on 1.15.19 and 1.20.2 every place connects'],
] as const)('%s by %s: %s', (version, by, words) => {
	expect(reachInWords(version, by)).toBe(words);
});
