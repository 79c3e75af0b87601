import {whyUnknown} from '../cilium/releases.ts';
import type {Diagnosis, Finding} from '../diagnosis/diagnosis.ts';
import type {Evidence} from '../evidence/evidence.ts';
import {isDown} from '../evidence/objects/nodes.ts';
import {exitCode, type ExitCode} from '../errors.ts';
import {countOf} from '../proof/summary.ts';
import type {Proof} from '../proof/proof.ts';
import type {Differences} from './differences.ts';

/** `--fail-on`. */
export type FailOn = 'error' | 'warning' | 'never';

const failingAt: Readonly<Record<FailOn, ReadonlyArray<Finding['severity']>>> = {
	error: ['error'],
	warning: ['error', 'warning'],
	never: [],
};

/**
 * A proved fault weighs more than a blind spot: 1 where any finding is an error; else 3 where some node or some part of
 * the API could not be looked at, a fault was seen on a node that did not show its CNI files, or a fault was seen on a Cilium that is not known; else 0. A node that has no hostPort to serve (Windows, virtual kubelet) is no blind spot,
 * one that is down is.
 * @param failOn the least that counts as a fault; with `never` no finding does, and what was not looked at is 3 all the same
 */
export function outcomeOf({evidence, diagnosis}: {evidence: Evidence; diagnosis: Diagnosis}, failOn: FailOn = 'error'): ExitCode {
	if (diagnosis.findings.some(({severity}) => failingAt[failOn].includes(severity))) return exitCode.faults;
	const isProved = diagnosis.findings.some(({severity}) => severity === 'error');
	const isFaulty = (name: string): boolean =>
		diagnosis.nodes.some(node => node.name === name && (node.verdict === 'broken' || node.verdict === 'degraded'));
	const isBlind =
		evidence.gaps.length > 0 ||
		(!isProved && withoutFiles(evidence).some(({name}) => isFaulty(name))) ||
		diagnosis.nodes.some(node => node.verdict === 'unknown') ||
		// Faults are no more than warnings there.
		(evidence.cilium !== null &&
			whyUnknown(diagnosis.cluster.cilium.version) !== '' &&
			diagnosis.nodes.some(({verdict}) => verdict === 'broken' || verdict === 'degraded')) ||
		evidence.nodes.some(isDown);
	return isBlind ? exitCode.incomplete : exitCode.ok;
}

/** Nodes that were asked and did not show their CNI files, as where the agent's image has no shell: what ails them is not proved, and no repair begins there. */
export const withoutFiles = ({nodes}: Pick<Evidence, 'nodes'>): Evidence['nodes'] =>
	nodes.filter(({observation}) => observation !== null && observation.configurationFolder === null);

/** A connection that fails weighs more than one that could not be tried or proves nothing. */
export function outcomeOfProof(proof: Proof, hasGaps: boolean): ExitCode {
	const {fails, notProven, unasked} = countOf(proof);
	if (fails > 0) return exitCode.faults;
	return notProven > 0 || unasked > 0 || hasGaps ? exitCode.incomplete : exitCode.ok;
}

/** A difference that was seen on every node weighs more than what keeps another from being told. */
export function outcomeOfDifferences({changes, unseen, fileless, refusals}: Differences, {gaps}: Pick<Evidence, 'gaps'>): ExitCode {
	if (changes.length > 0 && fileless.length === 0) return exitCode.faults;
	const isBlind = unseen.length > 0 || fileless.length > 0 || gaps.length > 0;
	return isBlind || refusals.length > 0 ? exitCode.incomplete : exitCode.ok;
}
