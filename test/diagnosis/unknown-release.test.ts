import {expect, test} from 'vitest';
import {newestKnown, whyUnknown} from '../../source/cilium/releases.ts';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {Evidence} from '../../source/evidence/evidence.ts';
import * as scenes from './cause-scenes.ts';
import {healthyNativeEvidence, healthyPortmapEvidence, missingBinaryEvidence, nksEvidence, pathlessEvidence} from './scenes.ts';

// Of a Cilium that is newer than what was read and measured, or whose version cannot be read, nothing is said as if it were known.

/** The same cluster under another version of Cilium, as far as anybody tells it. */
function under(evidence: Evidence, version: string): Evidence {
	return {
		...evidence,
		cilium: evidence.cilium && {...evidence.cilium, version},
		nodes: evidence.nodes.map(node => ({
			...node,
			observation: node.observation && {
				...node.observation,
				agentStatus: node.observation.agentStatus && {...node.observation.agentStatus, version},
			},
		})),
	};
}

const everyScene = [
	...Object.entries(scenes).flatMap(([name, make]) => {
		const made: unknown = typeof make === 'function' ? (make as () => unknown)() : undefined;
		return typeof made === 'object' && made !== null && 'nodes' in made ? [[name, made as Evidence] as const] : [];
	}),
	['the story', nksEvidence()],
	['no way', pathlessEvidence('1.19.6')],
	['no binary', missingBinaryEvidence('1.19.6')],
] as const;

/** The first minor version that is not known. */
const next = newestKnown.replace(/\d+$/u, minor => String(Number(minor) + 1));

test('there are scenes of many causes', () => {
	expect(everyScene.length).toBeGreaterThan(30);
});

test.each([
	['2.4.0', 'not known for 2.4'],
	[`${next}.0-pre.1`, `not known for ${next}`],
	['', 'could not be read'],
])('no finding of any scene is an error on Cilium %j, and each says that it is %s', (version, words) => {
	for (const [name, evidence] of everyScene.filter(([, {cilium}]) => cilium !== null)) {
		for (const {severity, because, code} of diagnose(under(evidence, version)).findings) {
			expect([name, severity]).not.toEqual([name, 'error']);
			if (severity === 'warning' || code === 'HP22') expect(because.map(({says}) => says).join('\n')).toContain(words);
		}
	}
});

test('that nothing is wrong is said of it too, and not as if it were known', () => {
	for (const evidence of [healthyPortmapEvidence('1.20.2'), healthyNativeEvidence('1.20.2')]) {
		const [finding] = diagnose(under(evidence, '2.4.0')).findings;
		expect(finding).toMatchObject({code: 'HP22', severity: 'info'});
		expect(finding?.because.at(-1)?.says).toContain('not known for 2.4');
		expect(JSON.stringify(diagnose(evidence).findings)).not.toContain('not known for');
	}
});

test('one node that runs ahead of the others is judged so', () => {
	const base = pathlessEvidence('1.19.6');
	const [first, ...others] = under(base, '2.4.0').nodes;
	const {findings} = diagnose({
		...base,
		nodes: first === undefined ? [] : [first, ...base.nodes.filter(({name}) => others.some(each => each.name === name))],
	});
	expect(findings[0]).toMatchObject({severity: 'warning'});
	expect(JSON.stringify(findings[0]?.because)).toContain('not known for 2.4');
});

test.each([
	[`${newestKnown}.0`, ''],
	[`v${newestKnown}.99`, ''],
	['1.8.13', ''],
	['1.20.2-vendor.1', ''],
	[`${next}.0`, `Cilium ${next}.0 is newer than ${newestKnown}`],
	['2.0.0', 'not known for 2.0'],
	['latest', 'could not be read'],
])('%s', (version, words) => {
	if (words === '') expect(whyUnknown(version)).toBe('');
	else expect(whyUnknown(version)).toContain(words);
});
