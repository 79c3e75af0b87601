import {readFileSync} from 'node:fs';
import path from 'node:path';
import {describe, expect, it} from 'vitest';
import {measuredSetups, pathsPage, type Measured, type Setup} from '../../scripts/paths-page.ts';
import {measured} from '../../source/cilium/measured-reach.ts';
import {reachOf, type Serving} from '../../source/cilium/expected-reach.ts';

const setups = measuredSetups(path.join(import.meta.dirname, 'paths'));
const hostIPs: Readonly<Record<string, string>> = {
	none: '',
	'its address': '10.88.0.11',
	'its IPv6 address': 'fd00:88::11',
	loopback: '127.0.0.1',
	unspecified: '0.0.0.0',
	'IPv6 unspecified': '::',
	'IPv6 loopback': '::1',
};

/** How the agent of a setup serves hostPort; full replacement does so whatever is chained beside it. */
function servingOf({name, helm}: Setup): Serving {
	const isFull = helm.includes('kubeProxyReplacement=true');
	const isNative = isFull || helm.includes('hostPort.enabled=true');
	return {strategy: isNative ? 'native' : 'portmap', socketLoadBalancing: isFull || name === 'node-port-sockets'};
}

/** What a place is expected to get of a hostPort; undefined: the address is none that it promises. */
function expectationOf(serving: Serving, {form, address, place}: Measured): boolean | undefined {
	const hostIP = hostIPs[form];
	const isSix = address.startsWith('IPv6');
	const isOfFamily = hostIP === '' || hostIP?.includes(':') === isSix;
	if (hostIP === undefined || address === 'second address' || !isOfFamily) return undefined;
	const {node, loopback, elsewhere} = reachOf(serving, hostIP);
	if (place === "the node's loopback") return (hostIP === '' && isSix) || hostIP === '::' ? undefined : loopback === 'yes';
	return (place === 'the node itself' ? node : elsewhere) === 'yes';
}

/** Faults of a version, each with its finding: what is expected is what the hostIP asks for. */
const knownFaults: Readonly<Record<string, readonly string[]>> = {
	'1.20.2 native': ['loopback', 'unspecified', 'IPv6 loopback', 'IPv6 unspecified'],
	// Its README: no 127.0.0.1 of IPv6, so `::1` is nobody's.
	'1.15.19 portmap': ['IPv6 loopback'],
	'1.20.2 portmap': ['IPv6 loopback'],
	// The loopback address needs the socket programs.
	'1.15.19 native without socket programs': ['loopback'],
	'1.20.2 portmap beside replacement': ['loopback', 'unspecified'],
};

describe('who reaches a hostPort, as it was measured', () => {
	it('is the page in docs', () => {
		expect(readFileSync(path.join(import.meta.dirname, '../../docs/paths.md'), 'utf8')).toBe(pathsPage(setups));
	});

	it.each(
		setups.filter(({name, failed}) => name !== 'off' && failed === '').map(setup => [`${setup.version} ${setup.title}`, setup] as const),
	)('%s: is what verify expects, but for the faults that are known', (_name, setup) => {
		const serving = servingOf(setup);
		const isBeside = setup.name.startsWith('portmap') && serving.strategy === 'native';
		const withoutPrograms = serving.strategy === 'native' && serving.socketLoadBalancing === false;
		const family = isBeside ? 'portmap beside replacement' : `${serving.strategy}${withoutPrograms ? ' without socket programs' : ''}`;
		const excused = knownFaults[`${setup.version} ${family}`] ?? [];
		// A plan says so where the cluster masquerades by eBPF.
		const isLost = (place: string): boolean => setup.name === 'portmap-bpf-masquerade-alone' && place === 'a pod of the same node';
		const compared = setup.rows.filter(
			row => expectationOf(serving, row) !== undefined && !excused.includes(row.form) && !isLost(row.place),
		);
		expect(compared.length).toBeGreaterThan(0);
		for (const row of compared) {
			const wanted = expectationOf(serving, row);
			expect({...row, tcp: row.tcp === 'ok', udp: row.udp === 'ok'}).toEqual({...row, tcp: wanted, udp: wanted});
		}
	});

	const names = {replacement: 'native', switches: 'node-port', 'switches and sockets': 'node-port-sockets', portmap: 'portmap'} as const;
	it.each(measured.map(each => [`${each.version} ${each.by}`, each] as const))(
		'%s: is what plans say of it',
		(_name, {version, by, refused}) => {
			const setup = setups.find(each => each.version === version && each.name === names[by]);
			expect(setup?.failed).toBe('');
			const silent = (setup?.rows ?? []).filter(({form, tcp, udp}) => form === 'none' && (tcp !== 'ok' || udp !== 'ok'));
			expect(silent.map(({place}) => place.replace("the node's loopback", 'its loopback'))).toEqual(refused);
		},
	);

	it('where nothing serves it nobody gets an answer', () => {
		const rows = setups.filter(({name}) => name === 'off').flatMap(({rows: own}) => own);
		expect(rows.length).toBeGreaterThan(0);
		expect(rows.filter(({tcp, udp}) => tcp === 'ok' || udp === 'ok')).toEqual([]);
	});
});
