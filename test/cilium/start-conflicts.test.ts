import {readFileSync} from 'node:fs';
import path from 'node:path';
import {expect, test} from 'vitest';
import {isReadKey, type Settings} from '../../source/cilium/keys.ts';
import {startConflicts} from '../../source/cilium/start-conflicts.ts';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {Strategy} from '../../source/diagnosis/strategy.ts';
import {makePlan} from '../../source/repair/plan/make-plan.ts';
import {pathlessEvidence} from '../diagnosis/scenes.ts';

const ipsec = {'enable-ipsec': 'true', 'dnsproxy-enable-transparent-mode': 'true'};
const dsr = {'bpf-lb-mode': 'dsr', 'routing-mode': 'tunnel'};

const rows: ReadonlyArray<readonly [version: string, strategy: Strategy, settings: Settings, says: RegExp | '']> = [
	// IPsec: the DNS proxy’s transparent mode goes with chaining; beside eBPF NodePort it came with 1.16.
	['1.15.19', 'portmap', ipsec, /dnsproxy-enable-transparent-mode/],
	['1.20.2', 'portmap', ipsec, /dnsproxy-enable-transparent-mode/],
	['1.20.2', 'portmap', {...ipsec, 'enable-l7-proxy': 'false'}, ''],
	['1.20.2', 'portmap', {...ipsec, 'dnsproxy-insecure-skip-transparent-mode-check': 'true'}, ''],
	['1.20.2', 'portmap', {...ipsec, 'enable-ipsec': 'false'}, ''],
	['1.13.18', 'portmap', {'enable-ipsec': 'true'}, ''],
	['1.15.19', 'native', ipsec, /IPsec/],
	['1.10.16', 'native', {'enable-ipsec': 'true'}, /IPsec/],
	['1.16.0', 'native', ipsec, ''],
	['1.20.2', 'native', ipsec, ''],
	// eBPF host routing, which chaining turns off unless somebody has set it.
	['1.20.2', 'portmap', {'datapath-mode': 'netkit'}, /netkit/],
	['1.20.2', 'portmap', {'datapath-mode': 'netkit-l2'}, /netkit/],
	['1.20.2', 'portmap', {'datapath-mode': 'veth'}, ''],
	['1.20.2', 'portmap', {'datapath-mode': 'auto'}, ''],
	['1.20.2', 'native', {'datapath-mode': 'netkit'}, ''],
	['1.15.19', 'portmap', {'enable-bbr': 'true'}, /BBR/],
	['1.15.19', 'portmap', {'enable-bbr': 'true', 'enable-bbr-hostns-only': 'true'}, ''],
	['1.15.19', 'portmap', {'enable-bbr': 'true', 'enable-host-legacy-routing': 'false'}, ''],
	['1.12.19', 'portmap', {'enable-bbr': 'true'}, ''],
	['1.15.19', 'portmap', {'enable-ipv4-big-tcp': 'true'}, /BIG TCP/],
	['1.15.19', 'portmap', {'enable-ipv6-big-tcp': 'T'}, /BIG TCP/],
	['1.20.2', 'portmap', {'enable-fib-table-id-annotation': 'true'}, /routing tables/],
	// What full replacement asks for.
	['1.20.2', 'native', {'install-iptables-rules': 'false'}, /install-iptables-rules/],
	['1.20.2', 'native', {'install-iptables-rules': 'true'}, ''],
	['1.15.19', 'native', {'install-iptables-rules': 'false'}, ''],
	['1.15.19', 'native', dsr, /bpf-lb-mode/],
	['1.12.19', 'native', {'bpf-lb-mode': 'hybrid', tunnel: 'vxlan'}, /bpf-lb-mode/],
	['1.12.19', 'native', {'bpf-lb-mode': 'hybrid', tunnel: 'disabled'}, ''],
	['1.20.2', 'native', {...dsr, 'routing-mode': 'native'}, ''],
	['1.20.2', 'native', {...dsr, 'bpf-lb-mode': 'snat'}, ''],
	['1.20.2', 'native', {...dsr, 'bpf-lb-dsr-dispatch': 'geneve'}, ''],
	['1.20.2', 'portmap', dsr, ''],
];

test.each(rows)('Cilium %s, %s with %j', (version, strategy, settings, says) => {
	const found = startConflicts(version, strategy, [{}, settings]);
	expect(found.map(one => one.says)).toEqual(says === '' ? [] : [expect.stringMatching(says)]);
	expect(startConflicts(version, strategy, [{}])).toEqual([]);
});

test.each(rows.filter(([, , , says]) => says !== ''))(
	'Cilium %s, %s with %j: the plan is refused and has no step',
	(version, strategy, settings, says) => {
		const base = pathlessEvidence(version);
		const configMap = base.cilium?.configMap;
		if (!base.cilium || !configMap) throw new Error('no cilium-config');
		const evidence = {
			...base,
			kubeProxyMode: '',
			cilium: {...base.cilium, configMap: {...configMap, data: {...configMap.data, ...settings}}},
		};
		const plan = makePlan(evidence, diagnose(evidence), {strategy, sources: ['portmap']});
		expect(plan.refusals.map(({message}) => message).join('\n')).toMatch(says);
		expect(plan.steps).toEqual([]);
	},
);

test('agents that run with the strategy’s settings already are not restarted with others', () => {
	expect(startConflicts('1.20.2', 'portmap', [{...ipsec, 'cni-chaining-mode': 'portmap'}])).toEqual([]);
	expect(startConflicts('1.20.2', 'native', [{'kube-proxy-replacement': 'true', 'install-iptables-rules': 'false'}])).toEqual([]);
});

test('every key that is compared is kept in saved evidence', () => {
	const source = readFileSync(path.join(import.meta.dirname, '..', '..', 'source', 'cilium', 'start-conflicts.ts'), 'utf8');
	const keys = new Set([...source.matchAll(/settings\['([\w-]+)'\]|\{'([\w-]+)':/gu)].map(([, one, other]) => one ?? other ?? ''));
	expect(keys.size).toBeGreaterThan(10);
	expect([...keys].filter(key => !isReadKey(key))).toEqual([]);
});
