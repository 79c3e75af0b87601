// What a saved file holds means what the cluster meant, and holds nothing that nobody reads.
import {readdirSync, readFileSync} from 'node:fs';
import * as fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {addressKeys, readKeys} from '../../source/cilium/keys.ts';
import {releaseOf} from '../../source/cilium/releases.ts';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import {evidenceSchema, type Evidence} from '../../source/evidence/evidence.ts';
import {addressRedactor} from '../../source/evidence/redact.ts';
import {redacted} from '../support/redacted.ts';
import {savedPart} from '../../source/evidence/saved-part.ts';
import {helmValuesManifest} from '../../source/repair/manifests/helm-values.ts';
import {refusalsOf} from '../../source/diagnosis/refusals.ts';
import {recommendStrategy} from '../../source/diagnosis/strategy.ts';
import {view} from '../../source/diagnosis/view.ts';
import {neededChanges} from '../../source/repair/plan/needed-change.ts';
import * as cases from '../diagnosis/cause-scenes.ts';
import {everyField} from '../diagnosis/every-field.ts';
import {mutilatedEvidence} from '../diagnosis/mutilated-evidence.ts';
import {healthyNativeEvidence, healthyPortmapEvidence, missingBinaryEvidence, mixedEvidence, nksEvidence} from '../diagnosis/scenes.ts';

const folder = new URL('scenes/', import.meta.url);
const recorded = readdirSync(folder)
	.filter(name => name !== 'index.json')
	.map(name => [name, () => evidenceSchema.parse(JSON.parse(readFileSync(new URL(name, folder), 'utf8')))] as const);
const made = Object.entries({
	...cases,
	everyField,
	healthyNativeEvidence,
	healthyPortmapEvidence,
	missingBinaryEvidence,
	mixedEvidence,
	nksEvidence,
});
const scenes: ReadonlyArray<readonly [string, () => Evidence]> = [...recorded, ...made];

/** Everything that a saved file is asked for. */
function meaning(evidence: Evidence) {
	const diagnosis = diagnose(evidence);
	const {strategy} = recommendStrategy(view(evidence));
	return {
		diagnosis,
		changes: (['portmap', 'native'] as const).map(each => neededChanges(evidence, each)),
		refusals: (['portmap', 'native'] as const).map(each => refusalsOf(view(evidence), each)),
		values: refusalsOf(view(evidence), strategy).length === 0 ? helmValuesManifest(evidence, evidence.cilium?.version ?? '', strategy) : '',
	};
}

const secret = 'tr0ub4dor&3';

/** The same with a secret wherever people may write one beside what the product reads. */
function withSecrets(evidence: Evidence): Evidence {
	const note = {note: `login admin / ${secret}`};
	const {cilium} = evidence;
	return {
		...evidence,
		cilium: cilium && {
			...cilium,
			configMap: cilium.configMap && {
				...cilium.configMap,
				data: {
					...cilium.configMap.data,
					'kvstore-opt': `{"etcd.password":"${secret}"}`,
					'etcd-config': `endpoints:\n- x\npassword: ${secret}\n`,
					'auth-key': secret,
					'ipsec-key': secret,
					webhook: `https://hooks.test/${secret}`,
					database: `mongodb://u:p@${secret}@db`,
				},
				labels: {...cilium.configMap.labels, token: secret},
				annotations: {...cilium.configMap.annotations, ...note},
			},
			daemonSet: cilium.daemonSet && {
				...cilium.daemonSet,
				args: [...cilium.daemonSet.args, '--token', secret, `--kvstore-opt=etcd.password=${secret}`, `sh -c "x --password ${secret}"`],
				env: {...cilium.daemonSet.env, DATABASE: secret, CILIUM_KVSTORE_OPT: secret},
				labels: {...cilium.daemonSet.labels, ...note},
				annotations: {...cilium.daemonSet.annotations, ...note},
				templateAnnotations: {...cilium.daemonSet.templateAnnotations, ...note},
			},
			nodeConfigs: cilium.nodeConfigs.map(each => ({...each, defaults: {...each.defaults, 'auth-key': secret}})),
		},
		nodes: evidence.nodes.map(node => ({...node, labels: {...node.labels, ...note}})),
		pods: evidence.pods.map(pod => ({...pod, labels: {...pod.labels, ...note}})),
	};
}

describe('a saved file', () => {
	it.each(scenes)('of %s means the same, with secrets planted beside', (_, scene) => {
		const evidence = scene();
		const saved = savedPart(withSecrets(evidence));
		expect(meaning(saved)).toEqual(meaning(evidence));
		expect(JSON.stringify(saved)).not.toContain(secret);
		expect(savedPart(saved)).toEqual(saved);
		const redact = addressRedactor();
		expect(diagnose(redacted(saved, redact)).findings).toEqual(redact(diagnose(evidence).findings));
	});

	it('means the same whatever evidence holds', () => {
		fc.assert(
			fc.property(mutilatedEvidence(), evidence => {
				expect(meaning(savedPart(withSecrets(evidence)))).toEqual(meaning(evidence));
			}),
			{numRuns: 100},
		);
	});

	it('tells what is not in it', () => {
		expect(savedPart(withSecrets(everyField())).notSaved).toEqual([
			expect.stringMatching(/^\d+ keys of cilium-config$/u),
			expect.stringMatching(/^\d+ arguments of the agent$/u),
			'2 environment variables',
			expect.stringMatching(/^\d+ annotations$/u),
			expect.stringMatching(/^\d+ labels$/u),
		]);
		expect(savedPart(savedPart(everyField())).notSaved).toEqual(savedPart(everyField()).notSaved);
	});

	it('keeps who owns cilium-config', () => {
		for (const mark of [
			'meta.helm.sh/release-name',
			'argocd.argoproj.io/instance',
			'kustomize.toolkit.fluxcd.io/name',
			'objectset.rio.cattle.io/id',
		]) {
			const evidence = everyField();
			const configMap = evidence.cilium?.configMap;
			if (evidence.cilium === null || !configMap) throw new Error('no such scene');
			const owned = {...evidence, cilium: {...evidence.cilium, configMap: {...configMap, annotations: {[mark]: 'x'}}}};
			expect(meaning(savedPart(owned))).toEqual(meaning(owned));
		}
	});
});

describe('what narrows the addresses of a node is saved', () => {
	const left = healthyNativeEvidence('1.20.2', ['node-1']);
	/** One node whose datapath has no entry for its address, so that what narrows them stands in the proofs. */
	const narrowed = (
		parts: Partial<NonNullable<Evidence['cilium']>>,
		daemonSet: {args?: string[]; env?: Record<string, string>} = {},
	): Evidence => {
		const {cilium} = left;
		if (!cilium?.daemonSet) throw new Error('no such scene');
		return {
			...left,
			cilium: {...cilium, ...parts, daemonSet: {...cilium.daemonSet, ...daemonSet}},
			nodes: left.nodes.map(node => ({
				...node,
				observation: node.observation && {
					...node.observation,
					datapathEntries: (node.observation.serviceEntries ?? []).map(({port, protocol, backends}) => ({
						type: 'HostPort',
						address: '0.0.0.0',
						port,
						protocol,
						isLoopback: false,
						backends,
					})),
				},
			})),
		};
	};

	const configMap = left.cilium?.configMap ?? null;
	const nodeConfig = (key: string, value: string) => ({
		name: 'one',
		namespace: 'kube-system',
		matchLabels: {},
		matchExpressions: [],
		defaults: {[key]: value},
	});
	const values = {devices: 'eth9', 'nodeport-addresses': '192.0.2.0/24', 'local-max-addr-scope': '0'};
	it.each(addressKeys.map(key => [key, values[key]] as const))('%s, wherever it is set', (key, value) => {
		const places = [
			narrowed({configMap: configMap && {...configMap, data: {...configMap.data, [key]: value}}}),
			narrowed({nodeConfigs: [nodeConfig(key, value)]}),
			narrowed({}, {args: [`--${key}=${value}`]}),
			narrowed({}, {env: {[`CILIUM_${key.replaceAll('-', '_').toUpperCase()}`]: value}}),
		];
		for (const evidence of places) {
			expect(JSON.stringify(meaning(evidence).diagnosis.findings)).toContain(`${key}: ${value}`);
			expect(meaning(savedPart(evidence))).toEqual(meaning(evidence));
		}
	});
});

describe('the keys of cilium-config that are saved', () => {
	it('are all that are read of any scene', () => {
		const read = new Set<string>();
		const watched = (data: Record<string, string>): Record<string, string> =>
			new Proxy(data, {
				get(target, key, receiver) {
					if (typeof key === 'string') read.add(key);
					return Reflect.get(target, key, receiver) as unknown;
				},
			});
		for (const [, scene] of scenes) {
			const evidence = scene();
			const configMap = evidence.cilium?.configMap;
			if (!evidence.cilium || !configMap) continue;
			meaning({...evidence, cilium: {...evidence.cilium, configMap: {...configMap, data: watched(configMap.data)}}});
		}

		expect([...read].filter(key => key.includes('-') && !(readKeys as readonly string[]).includes(key))).toEqual([]);
	});

	it('are all that a repair of any version sets', () => {
		for (const version of ['1.10.16', '1.13.4', '1.15.19', '1.17.4', '1.19.6', '1.20.2']) {
			const keys = releaseOf(version).chainedKeys.map(({key}) => key);
			expect(keys.filter(key => !(readKeys as readonly string[]).includes(key))).toEqual([]);
		}
	});
});
