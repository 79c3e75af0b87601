import {expect, test} from 'vitest';
import {askedBy} from '../../source/diagnosis/asked-path.ts';
import {effectiveSettings} from '../../source/diagnosis/effective-settings.ts';
import type {CiliumEvidence} from '../../source/evidence/evidence.ts';
import {cilium} from './builders.ts';

const node = {labels: {'kubernetes.io/hostname': 'node-1', pool: 'edge'}};
const data = {'kube-proxy-replacement': 'false', 'cni-chaining-mode': 'portmap'};

const nodeConfig = (name: string, defaults: Record<string, string>, parts: object = {}): CiliumEvidence['nodeConfigs'][number] => ({
	name,
	namespace: 'kube-system',
	matchLabels: {},
	matchExpressions: [],
	defaults,
	...parts,
});

function withDaemonSet(parts: object, base = cilium('1.17.4', data)): CiliumEvidence {
	return {...base, daemonSet: base.daemonSet && {...base.daemonSet, ...parts}};
}

test('without overrides cilium-config alone counts, and without it nothing', () => {
	expect(effectiveSettings(cilium('1.17.4', data))(node)).toEqual({configured: data, settings: data, overrides: []});
	expect(effectiveSettings(null)(node)).toEqual({configured: undefined, settings: undefined, overrides: []});
	const unread = {...cilium('1.17.4', data), configMap: null, nodeConfigs: [nodeConfig('one', {'cni-chaining-mode': 'none'})]};
	expect(effectiveSettings(unread)(node).settings).toBeUndefined();
	expect(effectiveSettings({...cilium('1.17.4', data), daemonSet: null})(node).overrides).toEqual([]);
});

test('a CiliumNodeConfig wins where it selects the node, lies beside the agent and the version asks for it', () => {
	const one = nodeConfig('one', {'cni-chaining-mode': 'none', 'some-other-key': 'x'});
	const seen = (version: string, config: typeof one) => effectiveSettings(cilium(version, data, {nodeConfigs: [config]}))(node);
	expect(seen('1.17.4', one)).toEqual({
		configured: data,
		settings: {...data, 'cni-chaining-mode': 'none'},
		overrides: [{source: 'ciliumnodeconfig kube-system/one', key: 'cni-chaining-mode', value: 'none'}],
	});
	expect(seen('1.12.19', one).overrides).toEqual([]);
	expect(seen('1.17.4', nodeConfig('one', one.defaults, {namespace: 'default'})).overrides).toEqual([]);
	expect(seen('1.17.4', nodeConfig('one', one.defaults, {matchLabels: {pool: 'core'}})).overrides).toEqual([]);
	expect(seen('1.17.4', nodeConfig('one', one.defaults, {matchLabels: {pool: 'edge'}})).overrides).toHaveLength(1);
});

test('of several the last by name wins, in whatever order they come', () => {
	const configs = ['b', 'c', 'a'].map(name => nodeConfig(name, {'cni-chaining-mode': `mode-${name}`}));
	for (const nodeConfigs of [configs, configs.toReversed()]) {
		expect(effectiveSettings(cilium('1.17.4', data, {nodeConfigs}))(node).settings?.['cni-chaining-mode']).toBe('mode-c');
	}
});

test('what only repeats cilium-config is no override', () => {
	const same = cilium('1.17.4', data, {nodeConfigs: [nodeConfig('one', {'cni-chaining-mode': 'portmap'})]});
	expect(effectiveSettings(same)(node)).toEqual({configured: data, settings: data, overrides: []});
});

test('arguments win over the environment, and it over CiliumNodeConfig', () => {
	const base = cilium('1.17.4', data, {nodeConfigs: [nodeConfig('one', {'cni-chaining-mode': 'flannel'})]});
	const env = {CILIUM_CNI_CHAINING_MODE: 'aws-cni', CILIUM_KUBE_PROXY_REPLACEMENT: ''};
	const byEnvironment = effectiveSettings(withDaemonSet({env}, base))(node);
	expect(byEnvironment.settings).toEqual({...data, 'cni-chaining-mode': 'aws-cni'});
	expect(byEnvironment.overrides.map(({source}) => source)).toEqual([
		'ciliumnodeconfig kube-system/one',
		'daemonset kube-system/cilium, environment',
	]);
	const byArguments = effectiveSettings(withDaemonSet({env, args: ['--cni-chaining-mode=none', '--debug']}, base))(node);
	expect(byArguments.settings).toEqual({...data, 'cni-chaining-mode': 'none'});
	expect(byArguments.overrides.at(-1)).toEqual({
		source: 'daemonset kube-system/cilium, arguments',
		key: 'cni-chaining-mode',
		value: 'none',
	});
});

test.each([
	['1.17.4', {'kube-proxy-replacement': 'true'}, 'native'],
	['1.17.4', {'kube-proxy-replacement': 'true', 'cni-chaining-mode': 'portmap'}, 'native'],
	['1.17.4', {'kube-proxy-replacement': 'false'}, 'none'],
	['1.17.4', {'kube-proxy-replacement': 'false', 'cni-chaining-mode': 'portmap'}, 'portmap'],
	['1.17.4', {'kube-proxy-replacement': 'false', 'cni-chaining-mode': 'flannel'}, 'portmap'],
	['1.13.18', {'kube-proxy-replacement': 'disabled', 'cni-chaining-mode': 'aws-cni'}, 'portmap'],
	['1.14.19', {'kube-proxy-replacement': 'false', 'cni-chaining-mode': 'aws-cni'}, 'unknown'],
	['1.17.4', {'kube-proxy-replacement': 'false', 'cni-chaining-mode': 'generic-veth'}, 'unknown'],
	['1.17.4', {'kube-proxy-replacement': 'false', 'cni-chaining-mode': 'portmap', 'custom-cni-conf': 'true'}, 'unknown'],
	['1.17.4', {'kube-proxy-replacement': 'false', 'cni-chaining-mode': 'portmap', 'cni-chaining-target': 'aws-cni'}, 'unknown'],
	['1.17.4', {'kube-proxy-replacement': 'false', 'custom-cni-conf': 'true'}, 'unknown'],
	['1.17.4', {'kube-proxy-replacement': 'false', 'read-cni-conf': '/tmp/list'}, 'unknown'],
	['1.10.16', {'kube-proxy-replacement': 'probe'}, 'unknown'],
] as const)('Cilium %s with %j asks for %s', (version, settings, asked) => {
	expect(askedBy(version, settings)).toBe(asked);
	expect(askedBy(version, undefined)).toBe('unknown');
});
