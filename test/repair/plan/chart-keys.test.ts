import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {expect, test} from 'vitest';
import {parse} from 'yaml';
import type {Settings} from '../../../source/cilium/keys.ts';
import {helmValues} from '../../../source/repair/plan/lasting-form.ts';
import type {Strategy} from '../../../source/diagnosis/strategy.ts';
import {nodeSettings, reasonsOfChanges, wantedKeys, withChanges} from '../../../source/repair/plan/wanted-keys.ts';

// Each file holds what one version's own chart renders; only the keys in which the renderings differ.
const folder = path.join(import.meta.dirname, '..', '..', 'cilium', 'charts');
type Rendering = {readonly values: readonly string[]; readonly data: Settings};
const charts = readdirSync(folder).map(file => ({
	version: path.basename(file, '.json'),
	renderings: (JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as {renderings: Readonly<Record<string, Rendering>>}).renderings,
}));

const ways: ReadonlyArray<readonly [from: string, strategy: Strategy, besideKubeProxy: boolean, to: string]> = [
	['plain', 'portmap', true, 'portmap'],
	['plain', 'portmap', false, 'portmap'],
	['plain', 'native', false, 'full'],
	['plain', 'native', true, 'beside'],
	['portmap', 'native', false, 'full'],
	['portmap', 'native', true, 'beside'],
	['own values', 'portmap', true, 'own values, portmap'],
	['portmap', 'portmap', true, 'portmap'],
	['full', 'native', false, 'full'],
	['beside', 'native', true, 'beside'],
];
const cases = charts.flatMap(({version, renderings}) =>
	ways.flatMap(([from, strategy, beside, to]) => {
		const [before, after] = [renderings[from], renderings[to]];
		return before === undefined || after === undefined ? [] : [{version, from, to, strategy, beside, before, after}];
	}),
);

test('renderings of both real versions are there', () => {
	expect(charts.map(({version}) => version).sort()).toEqual(['1.15.19', '1.20.2']);
	expect(cases.length).toBeGreaterThan(14);
});

test.each(cases)(
	'$version, from $from: fix leaves cilium-config as the chart renders $to',
	({version, strategy, beside, before, after}) => {
		expect(withChanges(before.data, wantedKeys(version, before.data, strategy, beside))).toEqual(after.data);
	},
);

test.each(cases.filter(({from, to}) => from === 'plain' && !to.startsWith('own')))(
	'$version: the values that are printed are those that $to was rendered with',
	({version, strategy, beside, before, after}) => {
		const printed = helmValues(version, wantedKeys(version, before.data, strategy, beside));
		expect(flat(parse(printed) as object)).toEqual(expect.arrayContaining([...after.values]));
		expect(flat(parse(printed) as object).filter(value => !after.values.includes(value) && !isDefault(value))).toEqual([]);
	},
);

test.each([
	...cases.map(({version, before, strategy, beside}) => ({version, settings: before.data, strategy, beside})),
	...['1.8.13', '1.10.16', '1.12.19', '1.13.18', '1.14.19', '1.18.3'].flatMap(version => [
		{
			version,
			settings: {'enable-node-port': 'true', 'install-no-conntrack-iptables-rules': 'true'},
			strategy: 'portmap' as const,
			beside: true,
		},
		{version, settings: {}, strategy: 'native' as const, beside: true},
		{version, settings: {'enable-node-port': 'true', 'enable-host-port': 'true'}, strategy: 'native' as const, beside: false},
	]),
])('$version, $strategy: every key that changes along has its reason', ({version, settings, strategy, beside}) => {
	const changes = wantedKeys(version, settings, strategy, beside);
	const along = Object.keys(changes).filter(key => key !== 'cni-chaining-mode' && key !== 'kube-proxy-replacement');
	const said = reasonsOfChanges(changes).map(sentence => sentence.slice(0, sentence.indexOf(':')));
	expect(said.join(', ').split(', ').filter(Boolean).sort()).toEqual(along.sort());
});

test('a key that the chart removes is named by what its absence means for a single node', () => {
	const [newest] = charts.filter(({version}) => version === '1.20.2');
	const chained = newest?.renderings['portmap']?.data ?? {};
	expect(nodeSettings('1.20.2', wantedKeys('1.20.2', chained, 'native', false))).toMatchObject({
		'cni-chaining-mode': 'none',
		'enable-host-legacy-routing': 'false',
		'dnsproxy-enable-transparent-mode': 'true',
		'kube-proxy-replacement': 'true',
	});
	const plain = newest?.renderings['plain']?.data ?? {};
	expect(nodeSettings('1.20.2', wantedKeys('1.20.2', plain, 'portmap', true))).toEqual({
		'cni-chaining-mode': 'portmap',
		'enable-host-legacy-routing': 'true',
		'dnsproxy-enable-transparent-mode': 'false',
	});
});

test.each([
	['1.8.13', {}, {'cni-chaining-mode': 'portmap'}],
	[
		'1.10.16',
		{'install-no-conntrack-iptables-rules': 'true'},
		{'cni-chaining-mode': 'portmap', 'install-no-conntrack-iptables-rules': 'false'},
	],
	['1.12.19', {}, {'cni-chaining-mode': 'portmap'}],
	['1.13.18', {}, {'cni-chaining-mode': 'portmap', 'enable-host-legacy-routing': 'true'}],
	['1.13.18', {'dnsproxy-enable-transparent-mode': 'true'}, {'cni-chaining-mode': 'portmap', 'enable-host-legacy-routing': 'true'}],
	[
		'1.14.19',
		{'dnsproxy-enable-transparent-mode': 'true'},
		{'cni-chaining-mode': 'portmap', 'enable-host-legacy-routing': 'true', 'dnsproxy-enable-transparent-mode': null},
	],
	// A mode in other letters is no mode before 1.15.
	['1.14.19', {'cni-chaining-mode': 'Portmap'}, {'cni-chaining-mode': 'portmap', 'enable-host-legacy-routing': 'true'}],
	['1.15.19', {'cni-chaining-mode': 'Portmap'}, {}],
] as const)('chaining on %s with %j', (version, settings, wanted) => {
	const changes = wantedKeys(version, settings, 'portmap', true);
	expect(Object.fromEntries(Object.entries(changes).map(([key, {to}]) => [key, to]))).toEqual(wanted);
});

/** `{a: {b: 'c'}}` as `a.b=c`. */
function flat(values: object, prefix = ''): string[] {
	return Object.entries(values).flatMap(([key, value]: [string, unknown]) =>
		typeof value === 'object' && value !== null ? flat(value, `${prefix}${key}.`) : [`${prefix}${key}=${String(value)}`],
	);
}

/** A value that the chart has anyway. */
const isDefault = (value: string): boolean => value === 'kubeProxyReplacement=false';
