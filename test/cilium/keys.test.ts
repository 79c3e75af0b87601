import {expect, test} from 'vitest';
import {chainingModeOf, defaultReplacement, fullReplacement, isTrue, keyExists, replacementOf} from '../../source/cilium/keys.ts';
import {chartDropsHostPortKey} from '../../source/cilium/native-host-port.ts';

test.each([
	['1.7.16', 'enable-host-port', false],
	['1.8.13', 'enable-host-port', true],
	['1.18.3', 'enable-host-port', true],
	['1.19.6', 'enable-host-port', false],
	['1.19.6', 'enable-node-port', false],
	['1.13.18', 'cni-exclusive', false],
	['1.14.0', 'cni-exclusive', true],
	['1.19.6', 'kube-proxy-replacement', true],
	['', 'enable-host-port', true],
	['latest', 'cni-exclusive', true],
] as const)('Cilium %s reads %s: %s', (version, key, exists) => {
	expect(keyExists(version, key)).toBe(exists);
});

test.each([
	['1.10.16', 'partial', 'strict'],
	['1.13.18', 'partial', 'strict'],
	['1.14.0', 'false', 'true'],
	['1.19.6', 'false', 'true'],
])('Cilium %s: %s without the key, %s for all of it', (version, absent, full) => {
	expect(defaultReplacement(version)).toBe(absent);
	expect(replacementOf(version, {})).toBe(absent);
	expect(replacementOf(version, {'kube-proxy-replacement': ' '})).toBe(absent);
	expect(fullReplacement(version)).toBe(full);
});

test('of a version that is not known no default is claimed', () => {
	expect(defaultReplacement('')).toBe('');
	expect(replacementOf('', {'kube-proxy-replacement': 'strict'})).toBe('strict');
});

test('booleans are read as Go reads them', () => {
	for (const value of ['1', 't', 'T', 'TRUE', 'true', 'True', ' true\n']) expect(isTrue(value)).toBe(true);
	for (const value of ['0', 'false', 'yes', 'on', 'tRUE', 'truest', 'untrue', '11', '', undefined]) expect(isTrue(value)).toBe(false);
	expect(['TRUE', '1', 'f', '0', 'strict', 'falsehood'].map(value => replacementOf('1.19.6', {'kube-proxy-replacement': value}))).toEqual([
		'true',
		'true',
		'false',
		'false',
		'strict',
		'falsehood',
	]);
});

test('the chaining mode is none where nothing is written; its letters count up to 1.14', () => {
	expect([{}, {'cni-chaining-mode': ''}, {'cni-chaining-mode': ' '}].map(settings => chainingModeOf('1.14.19', settings))).toEqual([
		'none',
		'none',
		'none',
	]);
	const modes = ['1.10.16', '1.14.19', '1.15.6', '1.16.19', '1.20.2'].map(version =>
		chainingModeOf(version, {'cni-chaining-mode': 'PortMap\n'}),
	);
	expect(modes).toEqual(['PortMap', 'PortMap', 'portmap', 'portmap', 'portmap']);
});

test('charts that never write enable-host-port', () => {
	expect(['1.16.7', '1.17.0', '1.17.5', '1.17.6', '1.18.0', '1.19.6'].map(version => chartDropsHostPortKey(version))).toEqual([
		false,
		true,
		true,
		false,
		true,
		true,
	]);
});
