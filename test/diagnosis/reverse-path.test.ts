import {expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {Evidence, Observation} from '../../source/evidence/evidence.ts';
import {natTable} from './builders.ts';
import {healthyNativeEvidence, healthyPortmapEvidence, rulesFor, withObservation} from './scenes.ts';

type Answer = NonNullable<Observation['probes']>[number]['answer'];

/** The web pod of node-1 gives its own node this answer, beside rules of other tables. */
function withAnswer(answer: Answer, others: readonly string[], base: Evidence): Evidence {
	return withObservation(base, 'node-1', {
		probes: [{address: '10.0.0.5', port: 80, answer}],
		nat: {nft: {...natTable(rulesFor(base.pods, 'node-1')), others: [...others]}, legacy: natTable()},
	});
}

const first = (evidence: Evidence) => {
	const {findings} = diagnose(evidence);
	return {code: findings[0]?.code, severity: findings[0]?.severity, hasAllClear: findings.some(({code}) => code === 'HP22')};
};

const nixos = 'mangle -A nixos-fw-rpfilter -j DROP';
const firewalld = 'raw -A PREROUTING -m rpfilter --validmark --invert -j DROP';

test.each([
	['NixOS, native', 'silent', [nixos], healthyNativeEvidence],
	['NixOS, portmap', 'silent', [nixos], healthyPortmapEvidence],
	['firewalld', 'unreachable', [firewalld], healthyPortmapEvidence],
] as const)('%s: a filter and a pod that stays silent are the cause', (_, answer, others, base) => {
	expect(first(withAnswer(answer, others, base()))).toEqual({code: 'HP31', severity: 'error', hasAllClear: false});
});

test.each([
	['the filter lets Cilium’s traffic through', 'open', [nixos]],
	['a chain of that name that drops nothing', 'open', ['mangle :nixos-fw-rpfilter - [0:0]']],
] as const)('%s: nothing is wrong', (_, answer, others) => {
	expect(first(withAnswer(answer, others, healthyPortmapEvidence()))).toEqual({code: 'HP22', severity: 'info', hasAllClear: true});
});

test.each(['silent', 'unreachable', 'refused'] as const)('a pod that is %s to its own node never stands beside the all-clear', answer => {
	for (const base of [healthyPortmapEvidence(), healthyNativeEvidence()]) {
		expect(first(withAnswer(answer, [], base))).toMatchObject({code: 'HP21', hasAllClear: false});
	}
});
