import {hostPortName, type Diagnosis, type HostPortDiagnosis} from '../../diagnosis/diagnosis.ts';
import type {Proof, ProofResult} from '../../proof/proof.ts';

/** A hostPort as it was and as it is; pods that were made anew are found by their owner. */
export type Comparison = {
	readonly was: HostPortDiagnosis | null;
	readonly is: HostPortDiagnosis | null;
	readonly wasAnswers: Answers | null;
	readonly isAnswers: Answers | null;
};

/** How many of the connections that were tried have worked; `error` is that of the first which did not. */
export type Answers = {readonly worked: number; readonly tried: number; readonly error: string};

type Side = {readonly diagnosis: Diagnosis; readonly proof: Proof | null};

/** Every hostPort of both sides, those that do not work first. */
export function compare(before: Side, after: Side): readonly Comparison[] {
	const left = new Set(before.diagnosis.hostPorts);
	const pairs = new Map<HostPortDiagnosis, HostPortDiagnosis>();
	// The same pod before the same node, and that before any pod of the same owner.
	for (const isSame of [samePod, sameNode, sameOwner]) {
		for (const is of after.diagnosis.hostPorts) {
			if (pairs.has(is)) continue;
			const was = [...left].find(each => isSame(each, is));
			if (was === undefined) continue;
			pairs.set(is, was);
			left.delete(was);
		}
	}

	const rows: Comparison[] = [
		...after.diagnosis.hostPorts.map(is => ({
			was: pairs.get(is) ?? null,
			is,
			wasAnswers: answersOf(pairs.get(is), before.proof),
			isAnswers: answersOf(is, after.proof),
		})),
		...[...left].map(was => ({was, is: null, wasAnswers: answersOf(was, before.proof), isAnswers: null})),
	];
	return rows.sort((a, b) => Number(works(a)) - Number(works(b)));
}

/** It was connected to, and every connection worked. */
export function works({is, isAnswers}: Comparison): boolean {
	return is !== null && isAnswers !== null && isAnswers.worked === isAnswers.tried;
}

const sameOwner = (a: HostPortDiagnosis, b: HostPortDiagnosis): boolean =>
	a.namespace === b.namespace &&
	a.hostPort === b.hostPort &&
	a.protocol === b.protocol &&
	a.hostIP === b.hostIP &&
	(a.owner === '' ? a.pod === b.pod : a.owner === b.owner);
const sameNode = (a: HostPortDiagnosis, b: HostPortDiagnosis): boolean => a.node === b.node && sameOwner(a, b);
const samePod = (a: HostPortDiagnosis, b: HostPortDiagnosis): boolean => a.pod === b.pod && sameNode(a, b);

function answersOf(port: HostPortDiagnosis | undefined, proof: Proof | null): Answers | null {
	if (port === undefined || proof === null) return null;
	const name = hostPortName(port);
	const results = proof.results.filter(({hostPort, verdict}) => hostPort === name && (verdict === 'works' || verdict === 'fails'));
	if (results.length === 0) return null;
	const failed = results.find(({verdict}: ProofResult) => verdict === 'fails');
	return {worked: results.filter(({verdict}) => verdict === 'works').length, tried: results.length, error: failed?.error ?? ''};
}
