import {expect, test} from 'vitest';
import {nativeHostPort} from '../../source/cilium/native-host-port.ts';

const keys = {'enable-host-port': 'true', 'enable-node-port': 'true'};

test.each([
	// Section 1.1: what the agent takes when the key is absent, and what each value implies.
	['1.7.16', {'kube-proxy-replacement': 'strict'}, 'off', 'too-old'],
	['1.8.13', {'kube-proxy-replacement': 'strict'}, 'on', 'replacement'],
	['1.9.18', {'kube-proxy-replacement': 'probe'}, 'unknown', 'kernel-decides'],
	['1.10.16', {'kube-proxy-replacement': 'disabled'}, 'off', 'replacement-off'],
	['1.10.16', {'kube-proxy-replacement': 'disabled', ...keys}, 'off', 'replacement-off'],
	['1.10.16', {}, 'off', 'replacement-off'],
	['1.10.16', {'kube-proxy-replacement': 'partial', 'enable-host-port': 'true'}, 'off', 'node-port-missing'],
	['1.10.16', {'kube-proxy-replacement': 'partial', ...keys}, 'on', 'keys'],
	['1.10.16', {'kube-proxy-replacement': 'partial', 'enable-node-port': 'true'}, 'on', 'keys'],
	['1.13.18', {'kube-proxy-replacement': 'probe'}, 'unknown', 'value-not-taken'],
	['1.13.18', {'kube-proxy-replacement': 'partial', 'enable-host-port': 'true', 'enable-wireguard': 'true'}, 'on', 'keys'],
	// The exception for WireGuard is gone in 1.18 (pkg/kpr/kpr.go).
	['1.17.4', {'kube-proxy-replacement': 'false', 'enable-host-port': 'true', 'enable-wireguard': 'true'}, 'on', 'keys'],
	['1.18.12', {'kube-proxy-replacement': 'false', 'enable-host-port': 'true', 'enable-wireguard': 'true'}, 'off', 'node-port-missing'],
	['1.12.19', {'kube-proxy-replacement': 'disabled', 'enable-host-port': 'true', 'enable-wireguard': 'true'}, 'off', 'replacement-off'],
	['1.12.19', {'kube-proxy-replacement': 'partial', 'enable-host-port': 'true', 'enable-wireguard': 'true'}, 'off', 'node-port-missing'],
	['1.14.19', {'kube-proxy-replacement': 'strict'}, 'unknown', 'deprecated-value'],
	['1.14.19', {'kube-proxy-replacement': 'disabled'}, 'off', 'replacement-off'],
	['1.14.19', {'kube-proxy-replacement': 'false', ...keys}, 'on', 'keys'],
	['1.14.19', {'kube-proxy-replacement': 'false', 'enable-node-port': 'true'}, 'off', 'host-port-off'],
	['1.16.7', {'kube-proxy-replacement': 'false', 'enable-host-port': 'true'}, 'off', 'node-port-missing'],
	['1.17.4-eksbuild.1', {'kube-proxy-replacement': 'false', ...keys}, 'on', 'keys'],
	['1.18.3', {}, 'off', 'replacement-off'],
	['v1.19.6', {'kube-proxy-replacement': 'false', ...keys}, 'off', 'keys-removed'],
	['1.19.6', {'kube-proxy-replacement': 'true'}, 'on', 'replacement'],
	['1.20.0', {'kube-proxy-replacement': 'strict'}, 'unknown', 'value-not-taken'],
	// Up to 1.18 letter by letter, since then a boolean as Go reads it.
	['1.10.16', {'kube-proxy-replacement': 'Strict'}, 'unknown', 'value-not-taken'],
	['1.17.4', {'kube-proxy-replacement': 'True'}, 'unknown', 'value-not-taken'],
	['1.19.6', {'kube-proxy-replacement': 'True'}, 'on', 'replacement'],
	['1.19.6', {'kube-proxy-replacement': '0'}, 'off', 'replacement-off'],
	['1.17.4', {'kube-proxy-replacement': ' true '}, 'on', 'replacement'],
	['1.17.4', {'kube-proxy-replacement': 'false', 'enable-host-port': '1', 'enable-node-port': 'T'}, 'on', 'keys'],
	['1.17.4', {'kube-proxy-replacement': 'false', 'enable-host-port': 'true', 'enable-node-port': 'yes'}, 'off', 'node-port-missing'],
	['', {'kube-proxy-replacement': 'true'}, 'unknown', 'version-unknown'],
] as const)('Cilium %s with %j serves hostPort by eBPF: %s (%s)', (version, settings, state, because) => {
	expect(nativeHostPort(version, settings)).toEqual({state, because});
});
