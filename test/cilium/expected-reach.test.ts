import {describe, expect, it} from 'vitest';
import {reachOf, socketLoadBalancing, type Serving} from '../../source/cilium/expected-reach.ts';
import type {Settings} from '../../source/cilium/keys.ts';

const portmap: Serving = {strategy: 'portmap', socketLoadBalancing: undefined};
const native: Serving = {strategy: 'native', socketLoadBalancing: true};
const withoutPrograms: Serving = {strategy: 'native', socketLoadBalancing: false};
const unseenPrograms: Serving = {strategy: 'native', socketLoadBalancing: undefined};
const off: Serving = {strategy: 'none', socketLoadBalancing: false};
const unseen: Serving = {strategy: 'unknown', socketLoadBalancing: undefined};

describe('who is to reach a hostPort', () => {
	it.each([
		// Serving, hostIP, the node itself, its loopback, elsewhere.
		['portmap', portmap, '', 'yes yes yes'],
		['portmap', portmap, '0.0.0.0', 'yes yes yes'],
		['portmap', portmap, '10.88.0.11', 'yes no yes'],
		['portmap', portmap, '127.0.0.1', 'no yes no'],
		['portmap', portmap, '::', 'yes no yes'],
		['native', native, '', 'yes yes yes'],
		['native', native, '0.0.0.0', 'yes yes yes'],
		['native', native, '10.88.0.11', 'yes no yes'],
		['native', native, '127.0.0.1', 'no yes no'],
		['native', native, '::1', 'no yes no'],
		['native without socket programs', withoutPrograms, '', 'no no yes'],
		['native without socket programs', withoutPrograms, '10.88.0.11', 'no no yes'],
		['native, programs not seen', unseenPrograms, '', 'unknown unknown yes'],
		['native, programs not seen', unseenPrograms, '10.88.0.11', 'unknown no yes'],
		// Nothing serves it, which is the fault: it is to answer all the same.
		['nothing', off, '', 'yes unknown yes'],
		['an unseen strategy', unseen, '', 'yes unknown yes'],
		['an unseen strategy', unseen, '127.0.0.1', 'no yes no'],
	] as const)('%s, hostIP «%s»: %s', (_name, serving, hostIP, wanted) => {
		const {node, loopback, elsewhere, why} = reachOf(serving, hostIP);
		expect(`${node} ${loopback} ${elsewhere}`).toBe(wanted);
		// What is not to answer, or may not, is told why, and nothing else is.
		const isNarrowed = node !== 'yes' || elsewhere !== 'yes' || loopback === 'no';
		expect(why !== '').toBe(isNarrowed);
	});
});

describe('socket programs by the settings', () => {
	it.each<[string, Settings, boolean | undefined]>([
		['1.20.2', {'kube-proxy-replacement': 'true'}, true],
		['1.20.2', {'kube-proxy-replacement': 'false'}, false],
		['1.15.19', {'kube-proxy-replacement': 'true', 'bpf-lb-sock': 'false'}, true],
		['1.15.19', {'kube-proxy-replacement': 'false', 'enable-node-port': 'true', 'enable-host-port': 'true'}, false],
		['1.15.19', {'kube-proxy-replacement': 'false', 'bpf-lb-sock': 'true'}, true],
		['1.15.19', {'kube-proxy-replacement': 'strict'}, undefined],
		['1.13.18', {'kube-proxy-replacement': 'strict'}, true],
		['1.10.16', {'kube-proxy-replacement': 'probe'}, undefined],
		['1.10.16', {'kube-proxy-replacement': 'partial', 'enable-host-reachable-services': 'true'}, true],
		['1.10.16', {'kube-proxy-replacement': 'partial', 'bpf-lb-sock': 'true'}, false],
		['', {'kube-proxy-replacement': 'true'}, undefined],
	])('%s with %j: %s', (version, settings, wanted) => {
		expect(socketLoadBalancing(version, settings)).toBe(wanted);
	});
});
