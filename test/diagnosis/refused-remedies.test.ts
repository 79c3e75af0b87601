import {expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import {refusalsOf} from '../../source/diagnosis/refusals.ts';
import {view} from '../../source/diagnosis/view.ts';
import type {Evidence} from '../../source/evidence/evidence.ts';
import {configurationFile, pod, port, portmapHooks, times} from './builders.ts';
import {asNode, having, list, own, portmap, sandbox, seen, withEvent, withFiles, withRules, withSettings} from './reported-inputs.ts';
import {healthyPortmapEvidence, missingBinaryEvidence, pathlessEvidence, withObservation} from './scenes.ts';

// A remedy and a refusal of one cluster follow the same judgement: what `fix` refuses no remedy promises.

const one = ['node-1'];
const younger = {...list(), modified: Date.parse(times.podsCreated) / 1000 + 3600};
const missing = missingBinaryEvidence('1.16.4', one);
const old = (evidence: Evidence): Evidence => {
	const {binaryFolder} = evidence.nodes[0]?.observation ?? {};
	const files = (binaryFolder?.files ?? []).map(file =>
		file.name === 'portmap'
			? {...file, versionAnswer: '{"cniVersion":"0.4.0","supportedVersions":["0.1.0","0.2.0","0.3.0","0.3.1","0.4.0"]}'}
			: file,
	);
	return seen(evidence, {binaryFolder: {host: '/opt/cni/bin', files}});
};
const settings = {'cni-chaining-mode': 'portmap'};

const faults: ReadonlyArray<readonly [string, string, Evidence]> = [
	['the binary is missing', 'HP02', missing],
	['the binary will be missing', 'HP02', withSettings(pathlessEvidence('1.16.4', one), settings)],
	['pods older than the list', 'HP04', withFiles(withRules(portmap, []), younger)],
	['neither way', 'HP01', pathlessEvidence('1.16.4', one)],
	['portmap is too old for the list', 'HP30', withFiles(old(portmap), list({}, {cniVersion: '1.0.0'}))],
	['portmap will be too old', 'HP30', withSettings(old(withObservation(healthyPortmapEvidence('1.20.1', one), 'node-1', {})), settings)],
];
const networks: ReadonlyArray<readonly [string, readonly string[]]> = [
	['GKE', ['kube-system/anetd']],
	['AKS', ['kube-system/azure-cns']],
	['EKS', ['kube-system/aws-node']],
	['Calico', ['calico-system/calico-node']],
	['flannel', ['kube-flannel/kube-flannel-ds']],
];

test.each(faults.flatMap(([what, code, evidence]) => networks.map(([network, sets]) => [what, network, code, sets, evidence] as const)))(
	'%s, beside %s',
	(_what, _network, code, sets, evidence) => {
		const beside = {...evidence, otherDaemonSets: [...sets, 'kube-system/kube-proxy']};
		expect(refusalsOf(view(beside), 'portmap')).not.toEqual([]);
		const {findings} = diagnose(beside);
		const of = (all: typeof findings): typeof findings => all.filter(each => each.code === code);
		expect(of(findings)).not.toEqual([]);
		for (const {remedy, repairable} of of(findings)) {
			expect(repairable).toBe(false);
			expect(remedy).not.toMatch(/Run kubectl hostport fix|hostport fix (?:does it|installs)/);
		}

		// Without the other network `fix` does it.
		expect(of(diagnose(evidence).findings).some(({repairable}) => repairable)).toBe(true);
	},
);

test('what the network’s own list needs is said, where Cilium is chained to it', () => {
	const chained = withSettings(pathlessEvidence('1.16.4', one), {'cni-chaining-mode': 'generic-veth', 'cni-chaining-target': '*'});
	const [finding] = diagnose({...chained, otherDaemonSets: ['kube-flannel/kube-flannel-ds', 'kube-system/kube-proxy']}).findings;
	expect(finding).toMatchObject({code: 'HP01', repairable: false});
	expect(finding?.remedy).toContain("Add portmap to that network's own CNI config at its source");
});

test.each([
	['1.16.4', true],
	['1.19.4', false],
])('CRI-O that is told to map nothing, on %s: portmap is no way out', (version, isRepairable) => {
	const runtime = {
		binaryFolders: ['/opt/cni/bin'],
		configurationFolder: '/etc/cni/net.d',
		source: '/etc/crio/crio.conf',
		mapsHostPorts: false,
	};
	const [finding] = diagnose(asNode(seen(pathlessEvidence(version, one), {runtime}), {containerRuntime: 'cri-o://1.31.0'})).findings;
	expect(finding).toMatchObject({code: 'HP01', repairable: isRepairable});
	expect(finding?.remedy).not.toMatch(/Choose portmap|chains? portmap/);
	expect(finding?.remedy.includes('Remove disable_hostport_mapping')).toBe(!isRepairable);
});

test('several plugins that come from one place are restored once', () => {
	const flannel = configurationFile('05-cilium.conflist', {
		cniVersion: '0.3.1',
		name: 'cbr0',
		plugins: [{type: 'flannel'}, {type: 'cilium-cni'}],
	});
	const remedy = diagnose(withFiles(portmap, flannel)).findings.find(({code}) => code === 'HP24')?.remedy ?? '';
	expect(remedy.match(/Install the node’s CNI plugins package/g)).toHaveLength(1);
});

test('a hostIP of IPv6 whose table never had a rule of portmap’s: what flushed it is not asked for at once', () => {
	const made = pod('six', 'node-1', '', [port(9000, 80, {hostIP: 'fd00:88::11'})], {podIPs: ['10.0.0.40', 'fd00::40']});
	const remedies = [[], portmapHooks].map(rules6 => diagnose(withRules(having(portmap, made), own, rules6)).findings[0]?.remedy);
	expect(remedies).toEqual([expect.stringMatching(/conditionsV6/), expect.stringMatching(/find what flushes the nat table/)]);
});

test('an older portmap that only an event tells of: fix would not replace it', () => {
	const event = `${sandbox}plugin type="portmap" failed (add): incompatible CNI versions; config is "1.0.0", plugin supports ["0.4.0"]`;
	const [finding] = diagnose(withEvent(portmap, event)).findings;
	expect(finding).toMatchObject({code: 'HP30', repairable: false, remedy: expect.not.stringContaining('hostport fix') as string});
});
