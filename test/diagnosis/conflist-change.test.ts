import {expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import {conflistChange} from '../../source/diagnosis/conflist-change.ts';
import {refusalsOf} from '../../source/diagnosis/refusals.ts';
import {recommendStrategy} from '../../source/diagnosis/strategy.ts';
import {view} from '../../source/diagnosis/view.ts';
import type {Evidence} from '../../source/evidence/evidence.ts';
import {makePlan} from '../../source/repair/plan/make-plan.ts';
import {neededChanges} from '../../source/repair/plan/needed-change.ts';
import {binary, configurationFile, workingPortmap} from './builders.ts';
import {healthyPortmapEvidence, pathlessEvidence, withObservation, writtenFile} from './scenes.ts';

type File = ReturnType<typeof configurationFile>;

const portmap = {type: 'portmap', capabilities: {portMappings: true}};
const ciliumCni = {type: 'cilium-cni', 'enable-debug': false};
const list = (name: string, plugins: unknown[], network = 'cilium'): File =>
	configurationFile(name, {cniVersion: '0.3.1', name: network, plugins});

/** The same files, settings and binaries on every node of a cluster whose rules are those of `base`. */
function cluster(base: Evidence, files: readonly File[], data: Record<string, string> = {}, others: readonly string[] = []): Evidence {
	const types = ['cilium-cni', 'loopback', 'aws-cni', 'azure-vnet', 'flannel', 'istio-cni', 'multus', 'multus-shim', 'tuning', 'bandwidth'];
	const folder = {host: '/opt/cni/bin', files: [...types.map(type => binary(type)), workingPortmap()]};
	const seen = base.nodes.reduce(
		(all, {name}) => withObservation(all, name, {configurationFolder: {host: '/etc/cni/net.d', files: [...files]}, binaryFolder: folder}),
		base,
	);
	const configMap = seen.cilium?.configMap;
	if (!seen.cilium || !configMap) throw new Error('no ConfigMap');
	return {
		...seen,
		cilium: {...seen.cilium, configMap: {...configMap, data: {...configMap.data, ...data}}},
		otherDaemonSets: [...seen.otherDaemonSets, ...others],
	};
}

const version = '1.17.4';
const plain = writtenFile(version, false);
const chained = writtenFile(version, true);
const multus = configurationFile('00-multus.conf', {
	cniVersion: '0.3.1',
	name: 'multus-cni-network',
	type: 'multus-shim',
	clusterNetwork: '/host/etc/cni/net.d/05-cilium.conflist',
});

const foreign: ReadonlyArray<readonly [what: string, evidence: Evidence, words: RegExp]> = [
	[
		'aws-cni',
		cluster(pathlessEvidence(version), [list('05-cilium.conflist', [{type: 'aws-cni'}, ciliumCni], 'aws-cni')], {
			'cni-chaining-mode': 'aws-cni',
		}),
		/aws-cni: another network plugin/,
	],
	[
		'generic-veth',
		cluster(pathlessEvidence(version), [list('05-cilium.conflist', [{type: 'azure-vnet'}, ciliumCni])], {
			'cni-chaining-mode': 'generic-veth',
			'read-cni-conf': '/host/etc/cni/net.d/15-azure.conflist',
		}),
		/generic-veth: another network plugin/,
	],
	[
		'flannel',
		cluster(pathlessEvidence(version), [list('05-cilium.conflist', [{type: 'flannel'}, ciliumCni])], {'cni-chaining-mode': 'flannel'}),
		/flannel: another network plugin/,
	],
	[
		'a target to join',
		cluster(pathlessEvidence(version), [list('05-cilium.conflist', [{type: 'azure-vnet'}, ciliumCni])], {'cni-chaining-target': 'azure'}),
		/cni-chaining-target is azure/,
	],
	['Multus in front', cluster(pathlessEvidence(version), [multus, plain], {'cni-exclusive': 'false'}), /loads 00-multus\.conf/],
	['Multus in front of an exclusive Cilium', cluster(pathlessEvidence(version), [multus, plain], {}), /loads 00-multus\.conf/],
	[
		'Istio in Cilium’s own file',
		cluster(pathlessEvidence(version), [list('05-cilium.conflist', [ciliumCni, {type: 'istio-cni'}])], {'cni-exclusive': 'false'}),
		/also calls istio-cni/,
	],
	[
		'two plugins of the administrator in it',
		cluster(pathlessEvidence(version), [list('05-cilium.conflist', [ciliumCni, {type: 'tuning'}, {type: 'bandwidth'}])]),
		/also calls tuning and bandwidth/,
	],
	[
		'a file of somebody’s own among several',
		cluster(pathlessEvidence(version), [
			list('01-own.conflist', [{type: 'bandwidth'}, ciliumCni]),
			plain,
			list('10-x.conflist', [{type: 'flannel'}]),
		]),
		/loads 01-own\.conflist/,
	],
	['a list too long to be read', cluster(pathlessEvidence(version), [{...plain, truncated: true}]), /not read completely/],
	['the AWS VPC CNI beside', cluster(pathlessEvidence(version), [plain], {}, ['kube-system/aws-node']), /AWS VPC CNI runs beside/],
];

test.each(foreign)('%s: no diff, no plan, no promise, and all of them for the same reason', (_what, evidence, words) => {
	const seen = view(evidence);
	expect(recommendStrategy(seen).strategy).toBe('portmap');
	expect(neededChanges(evidence, 'portmap')).toEqual([]);
	const refusals = refusalsOf(seen, 'portmap');
	expect(refusals.map(({message}) => message).join('\n')).toMatch(words);
	const diagnosis = diagnose(evidence);
	const plan = makePlan(evidence, diagnosis, {strategy: 'portmap', sources: ['portmap']});
	expect(plan.steps).toEqual([]);
	expect(plan.refusals).toEqual(refusals);
	for (const {remedy, repairable} of diagnosis.findings.filter(({severity}) => severity === 'error')) {
		expect(repairable).toBe(false);
		expect(remedy).not.toMatch(/Run kubectl hostport fix|sets cni-chaining-mode/);
	}
});

const healthy: ReadonlyArray<readonly [what: string, evidence: Evidence]> = [
	[
		'AWS’ list calls portmap',
		cluster(healthyPortmapEvidence(version), [list('05-cilium.conflist', [{type: 'aws-cni'}, portmap, ciliumCni], 'aws-cni')], {
			'cni-chaining-mode': 'aws-cni',
		}),
	],
	[
		'Istio behind portmap',
		cluster(healthyPortmapEvidence(version), [list('05-cilium.conflist', [ciliumCni, portmap, {type: 'istio-cni'}])]),
	],
	['Multus in front of Cilium’s chained list', cluster(healthyPortmapEvidence(version), [multus, chained], {'cni-exclusive': 'false'})],
	[
		'a list of somebody’s own that calls portmap',
		cluster(healthyPortmapEvidence(version), [list('01-own.conflist', [ciliumCni, portmap]), plain]),
	],
	['other files behind Cilium’s', cluster(healthyPortmapEvidence(version), [chained, list('10-flannel.conflist', [{type: 'flannel'}])])],
];

test.each(healthy)('healthy twin: %s: nothing has to change and nothing is refused', (_what, evidence) => {
	expect(neededChanges(evidence, 'portmap')).toEqual([]);
	expect(refusalsOf(view(evidence), 'portmap')).toEqual([]);
	expect(diagnose(evidence).findings.filter(({severity}) => severity === 'error')).toEqual([]);
});

test('a leftover of another network behind Cilium’s own file does not stand in the way', () => {
	const evidence = cluster(pathlessEvidence(version), [plain, list('10-flannel.conflist', [{type: 'flannel'}])]);
	expect(refusalsOf(view(evidence), 'portmap')).toEqual([]);
	expect(neededChanges(evidence, 'portmap').map(({path}) => path)).toContain('/etc/cni/net.d/05-cilium.conflist');
});

test('a plugin that was added on one node is named with that node alone', () => {
	const evidence = withObservation(pathlessEvidence(version), 'node-2', {
		configurationFolder: {host: '/etc/cni/net.d', files: [list('05-cilium.conflist', [ciliumCni, {type: 'linkerd-cni'}])]},
	});
	expect(refusalsOf(view(evidence), 'portmap').map(({message}) => message)).toEqual([
		expect.stringMatching(/^node-2: 05-cilium\.conflist also calls linkerd-cni/),
	]);
});

test('whatever list is loaded, no change that is shown takes a plugin out of it', () => {
	for (const [, evidence] of [...foreign, ...healthy]) {
		for (const node of view(evidence).judged) {
			for (const strategy of ['portmap', 'native'] as const) {
				const {needed} = conflistChange(node, strategy);
				const lost = (node.loaded?.plugins ?? []).filter(type => type !== 'portmap' && needed?.content.includes(`"${type}"`) === false);
				expect(lost).toEqual([]);
			}
		}
	}
});

test('Multus’ file is never to be moved away', () => {
	const evidence = cluster(pathlessEvidence(version), [multus, plain], {'cni-exclusive': 'false', 'cni-chaining-mode': 'portmap'});
	const texts = diagnose(evidence).findings.map(({remedy}) => remedy);
	expect(texts.join('\n')).toContain('Do not move 00-multus.conf away');
	expect(texts.join('\n')).not.toMatch(/then move it away|until 00-multus\.conf is moved away/);
});
